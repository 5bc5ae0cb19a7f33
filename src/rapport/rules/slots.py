"""When a sender may next do an action of a kind, whatever its campaigns want.

Its health, its rests, its limits, its own hours and the pause after its last action are asked; campaigns narrow the
answer further by their windows and spread what is left over them.
Example: an account that has used up its invitations at 15:00 and works from 9:00 has its next slot tomorrow at 9:00.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rapport.rules.facts import SenderFacts
from rapport.rules.limits import Budget
from rapport.rules.pacing import breath_over
from rapport.rules.reasons import Reason, sentence
from rapport.rules.room import room

_MOST_WAITS = 100
"""Each ends at a question that has opened; so many in a row mean that it never comes."""


@dataclass(frozen=True, slots=True)
class Slot:
    """When, and what it waits for until then; without an instant only something that happens brings it."""

    at: datetime | None
    reason: Reason | None
    sentence: str | None


def next_slot(sender: SenderFacts, budget: Budget, now: datetime) -> Slot:
    """The first instant from `now` on at which the sender may do one more of a kind, if nothing else happens."""
    return _first_open(_closed, sender, budget, now)


def next_room(sender: SenderFacts, budget: Budget, now: datetime) -> Slot:
    """The same for what a person asks for: it keeps within the limits, and waits for no hours and no pause."""
    return _first_open(_full, sender, budget, now)


def _first_open(
    closed: Callable[[SenderFacts, Budget, datetime], Slot | None], sender: SenderFacts, budget: Budget, now: datetime
) -> Slot:
    first = waits = closed(sender, budget, now)
    if first is None:
        return Slot(now, None, None)
    for _ in range(_MOST_WAITS):
        if waits is None or waits.at is None:
            break
        at = waits.at
        waits = closed(sender, budget, at)
        if waits is None:
            return Slot(at, first.reason, first.sentence)
    return Slot(None, first.reason, first.sentence)


def _full(sender: SenderFacts, budget: Budget, now: datetime) -> Slot | None:
    """Whether the account is not well, rests, or has used up its limit, with the instant at which that changes."""
    answer = room(sender, budget, now)
    return None if answer.closed_by is None else Slot(answer.changes_at, answer.closed_by, answer.sentence)


def _closed(sender: SenderFacts, budget: Budget, now: datetime) -> Slot | None:
    """The first question that says no, with the instant at which it opens."""
    full = _full(sender, budget, now)
    if full is not None:
        return full
    hours = sender.hours
    if hours is not None and hours.opening_around(now) is None:
        words = {"sender": sender.name, "zone": sender.zone}
        reason = Reason.OUTSIDE_SENDER_HOURS
        return Slot(hours.next_opening(now), reason, sentence(reason, words))
    over = breath_over(sender, now)
    if over > now:
        return Slot(over, Reason.SPACING, sentence(Reason.SPACING, {"sender": sender.name}))
    return None
