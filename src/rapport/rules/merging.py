"""What is known of a person, out of what two leads knew, whichever of them is kept.

Per field the heavier word holds (see `said`), then the greater value, so that the order of merges changes nothing.
Example: Ada was imported with the company "Acme" and typed in by hand as of "Globex": she works for Globex.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rapport.rules.said import weight

Facts = Mapping[str, tuple[str, str | None]]
"""Field → its value and the note of who said it. A field without a value is not in it."""


def joined(one: Facts, other: Facts) -> dict[str, tuple[str, str | None]]:
    """What both knew."""
    found: dict[str, tuple[str, str | None]] = {}
    for name in {**one, **other}:
        words = [facts[name] for facts in (one, other) if name in facts]
        found[name] = max(words, key=lambda word: (weight(word[1]), word[1] or "", word[0]))
    return found


def earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    """The first of two instants that may be unknown."""
    return min((each for each in (one, other) if each is not None), default=None)


def latest(one: datetime | None, other: datetime | None) -> datetime | None:
    """The last of two instants that may be unknown."""
    return max((each for each in (one, other) if each is not None), default=None)


@dataclass(frozen=True, slots=True)
class Tie:
    """How a lead stands to one account."""

    state: str
    invited_at: datetime | None
    connected_at: datetime | None
    withdrawn_at: datetime | None
    invitation_id: str | None


def tied(one: Tie, other: Tie) -> Tie:
    """How the person stands to the account: connected if either is, else as the last that happened says."""
    invited = latest(one.invited_at, other.invited_at)
    withdrawn = latest(one.withdrawn_at, other.withdrawn_at)
    invitations = [each.invitation_id for each in (one, other) if each.invited_at == invited and each.invitation_id]
    if "connected" in (one.state, other.state):
        state = "connected"
    elif invited is not None and withdrawn is not None:
        state = "withdrawn" if withdrawn >= invited else "invited"
    else:
        state = max(one.state, other.state)
    return Tie(
        state, invited, earliest(one.connected_at, other.connected_at), withdrawn, max(invitations, default=None)
    )
