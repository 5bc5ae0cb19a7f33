"""How much an account may do, and within which bounds an operator may set it.

Example: an account without settings of its own sends at most 25 invitations and 100 messages a day, and at
most 100 invitations in any 7 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rapport.rules.sequences import StepKind


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


class Budget(StrEnum):
    """What an account's day is counted in."""

    INVITES = "invites"
    MESSAGES = "messages"
    INMAILS = "inmails"
    VISITS = "visits"
    SEARCHES = "searches"
    OTHER = "other"

    @property
    def per_day(self) -> str:
        """The name of its daily limit."""
        return f"{self.value}_per_day"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS: dict[Budget, str] = {
    Budget.INVITES: "invitations",
    Budget.MESSAGES: "messages",
    Budget.INMAILS: "InMails",
    Budget.VISITS: "profile visits",
    Budget.SEARCHES: "searches",
    Budget.OTHER: "other actions",
}

BUDGET_OF: dict[StepKind, Budget | None] = {
    StepKind.INVITE: Budget.INVITES,
    StepKind.MESSAGE: Budget.MESSAGES,
    StepKind.INMAIL: Budget.INMAILS,
    StepKind.VISIT: Budget.VISITS,
    StepKind.FOLLOW: Budget.OTHER,
    StepKind.REACT: Budget.OTHER,
    StepKind.WITHDRAW: Budget.OTHER,
    StepKind.EMAIL: None,
    StepKind.WAIT_FOR: None,
}
"""What a step uses up of its account. An email leaves by another road and uses nothing of it."""


def defaults() -> dict[str, int]:
    """The limits of an account that nobody set."""
    return {name: bound.default for name, bound in LIMITS.items()}
