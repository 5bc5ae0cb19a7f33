"""Where an enrollment stands: past every step that does nothing for this lead, before the one that comes next.

A wait is over at the instant its condition came true or its patience ended, whenever one looks. A step that was
sent, that an operator skips, or that has nothing left to do is passed over: nobody who is connected or has
a pending invitation is invited.
Example: invited on Monday, waiting 7 days for `connected`, connected on Thursday: it stands before the message since
Thursday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rapport.rules.delays import due
from rapport.rules.facts import EnrollmentFacts, Facts, LeadFacts
from rapport.rules.sequences import Asked, Condition, Sequence, Step, StepKind
from rapport.rules.windows import Schedule


class Passed(StrEnum):
    """Why a step was left behind without being sent."""

    HELD = "held"
    LAPSED = "lapsed"
    ALREADY_SENT = "already_sent"
    SKIPPED = "skipped"
    ALREADY_CONNECTED = "already_connected"
    ALREADY_INVITED = "already_invited"
    NOTHING_TO_WITHDRAW = "nothing_to_withdraw"


@dataclass(frozen=True, slots=True)
class Move:
    """A step left behind, and when."""

    step: str
    why: Passed
    at: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """The step an enrollment stands before."""

    step: Step | None
    """None when no step is left."""
    is_lost: bool
    """The sequence no longer has the step the enrollment stood before: it must be carried over first."""
    reached_at: datetime
    due_at: datetime | None
    """When the step is due, or a wait lapses; None when time alone does not bring it."""
    moves: tuple[Move, ...]


def stand(facts: Facts, now: datetime) -> Position:
    """Where the enrollment stands at an instant."""
    enrollment, lead, sequence = facts.enrollment, facts.lead, facts.campaign.sequence
    schedule = facts.campaign.schedule
    key, reached_at = enrollment.step, enrollment.reached_at
    moves: list[Move] = []
    seen: set[str] = set()
    while key is not None and key not in seen:
        seen.add(key)
        step = sequence.step(key)
        if step is None:
            return Position(None, True, reached_at, None, tuple(moves))
        why = _passed(step, enrollment, lead)
        leads_to = step.then
        due_at = None
        if why is None and step.kind is StepKind.WAIT_FOR:
            due_at = _lapses_at(step, reached_at, schedule=schedule)
            since = known_since(step.condition, enrollment, lead)
            if since is not None and since <= now and (due_at is None or since <= due_at):
                why, reached_at = Passed.HELD, max(reached_at, since)
            elif due_at is not None and due_at <= now:
                why, reached_at, leads_to = Passed.LAPSED, due_at, step.otherwise
        elif why is None:
            due_at = enrollment.due_override_at or due(reached_at, step.delay, schedule=schedule)
        if why is None:
            return Position(step, False, reached_at, due_at, tuple(moves))
        moves.append(Move(step.key, why, reached_at))
        key = leads_to
    return Position(None, False, reached_at, None, tuple(moves))


def entry(sequence: Sequence, lead: LeadFacts) -> str | None:
    """The step a lead begins with: the first, or for somebody already connected the first message.

    What comes before that message is for strangers. A branch about anything but the connection is kept.
    """
    if lead.connected_at is None:
        return sequence.start
    key, seen = sequence.start, set[str]()
    while key is not None and key not in seen:
        seen.add(key)
        step = sequence.step(key)
        if step is None:
            break
        if step.kind is StepKind.MESSAGE:
            return key
        if step.kind is StepKind.WAIT_FOR and step.condition != Condition(Asked.CONNECTED):
            return key
        key = step.then
    return sequence.start


def known_since(condition: Condition | None, enrollment: EnrollmentFacts, lead: LeadFacts) -> datetime | None:
    """Since when a condition holds; None while it does not."""
    if condition is None:
        return None
    if condition.asked is Asked.TAG:
        return lead.tags.get(condition.tag or "")
    return {
        Asked.CONNECTED: lead.connected_at,
        Asked.REPLIED: enrollment.replied_at,
        Asked.HAS_EMAIL: lead.email_at,
        Asked.OPEN_INMAIL: lead.open_inmail_at,
        Asked.MESSAGE_SEEN: lead.seen_at,
    }[condition.asked]


def _passed(step: Step, enrollment: EnrollmentFacts, lead: LeadFacts) -> Passed | None:
    """Why there is nothing to do at a step, whatever the time."""
    if step.key in enrollment.sent:
        return Passed.ALREADY_SENT
    if step.key in enrollment.skipped:
        return Passed.SKIPPED
    if step.kind is StepKind.INVITE and lead.connected_at is not None:
        return Passed.ALREADY_CONNECTED
    if step.kind is StepKind.INVITE and lead.invited_at is not None:
        return Passed.ALREADY_INVITED
    if step.kind is StepKind.WITHDRAW and lead.invited_at is None:
        return Passed.NOTHING_TO_WITHDRAW
    return None


def _lapses_at(step: Step, reached_at: datetime, *, schedule: Schedule) -> datetime | None:
    return None if step.within is None else due(reached_at, step.within, schedule=schedule)
