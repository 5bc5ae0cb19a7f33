"""How much an account may do, and within which bounds an operator may set it.

Example: an account without settings of its own sends at most 25 invitations and 100 messages a day, and at
most 100 invitations in any 7 days.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit's default and the most it may be set to."""

    default: int
    most: int


LIMITS: dict[str, Bound] = {
    "invites_per_day": Bound(25, 100),
    "invites_per_week": Bound(100, 200),
    "messages_per_day": Bound(100, 150),
    "inmails_per_day": Bound(20, 50),
    "visits_per_day": Bound(80, 150),
    "searches_per_day": Bound(30, 100),
    "other_per_day": Bound(60, 100),
    "pending_invites": Bound(400, 1500),
}


def defaults() -> dict[str, int]:
    """The limits of an account that nobody set."""
    return {name: bound.default for name, bound in LIMITS.items()}
