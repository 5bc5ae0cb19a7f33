"""A connected LinkedIn account: its state, whom it knows, whom it asked, what it has used up."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rapport_sandbox.world.happenings import Happening
    from rapport_sandbox.world.people import Person
    from rapport_sandbox.world.talk import Chat, Message

SourceStatus = Literal["OK", "STOPPED", "ERROR", "CREDENTIALS", "PERMISSIONS", "CONNECTING"]
Outcome = Literal["PENDING", "ACCEPTED", "IGNORED", "WITHDRAWN"]


@dataclass(slots=True)
class Invitation:
    """One request to connect, on its way to an outcome."""

    id: str
    person: int
    note: str | None
    sent_at: float
    outcome: Outcome = "PENDING"
    gone_at: float | None = None
    """When it left the sent list in truth; the list itself may lag."""


@dataclass(slots=True)
class Account:
    """One sender. Its owner is a person of the world like any other."""

    id: str
    owner: Person
    created_at: float
    features: tuple[str, ...] = ("premium",)
    status: SourceStatus = "OK"
    trouble: str | None = None
    """The error word every live call gets while this is set."""
    restricted_until: float | None = None
    relations: OrderedDict[int, float] = field(default_factory=OrderedDict)
    """Person → since when, oldest first."""
    sent: OrderedDict[str, Invitation] = field(default_factory=OrderedDict)
    """All that the sent list may still show."""
    last_invitation: dict[int, Invitation] = field(default_factory=dict)
    chats: OrderedDict[str, Chat] = field(default_factory=OrderedDict)
    """By id, the one with the latest message last."""
    chat_with: dict[int, Chat] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    """In the order they were written."""
    following: set[int] = field(default_factory=set)
    held: list[Happening] = field(default_factory=list)
    """What nobody was told while the account was not OK."""
    done_at: dict[str, deque[float]] = field(default_factory=dict)
    """Kind of act → when it was done, as far back as any limit looks."""
    inmail_credits: int = 50

    @property
    def is_ok(self) -> bool:
        return self.status == "OK"

    @property
    def is_free(self) -> bool:
        return not self.features

    def pending_with(self, person: int) -> Invitation | None:
        invitation = self.last_invitation.get(person)
        return invitation if invitation and invitation.outcome == "PENDING" else None

    def pending_count(self) -> int:
        return sum(1 for invitation in self.sent.values() if invitation.outcome == "PENDING")
