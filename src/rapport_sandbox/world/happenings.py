"""What happened, as facts that somebody outside may be told by webhook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rapport_sandbox.world.talk import Message

MessageEvent = Literal[
    "message_received",
    "message_read",
    "message_reaction",
    "message_edited",
    "message_deleted",
    "message_delivered",
]
StatusMessage = Literal[
    "OK",
    "ERROR",
    "STOPPED",
    "CREDENTIALS",
    "CONNECTING",
    "DELETED",
    "CREATION_SUCCESS",
    "RECONNECTED",
    "SYNC_SUCCESS",
]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something at an instant in an account. `id` names it in draws, so quirks strike repeatably."""

    id: str
    account_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Messaged(Happening):
    """A message came, left, was read, changed or got a reaction."""

    event: MessageEvent
    message: Message
    reaction: str | None = None
    reaction_by: int | None = None


@dataclass(frozen=True, slots=True)
class Related(Happening):
    """Somebody became a first-degree relation; told late."""

    person: int


@dataclass(frozen=True, slots=True)
class StatusChanged(Happening):
    """The account's connection changed."""

    message: StatusMessage


@dataclass(frozen=True, slots=True)
class MailTracked(Happening):
    """A mail sent through Unipile was opened or a link in it clicked."""

    event: Literal["mail_opened", "mail_link_clicked"]
    tracking_id: str
    email_id: str
    url: str | None = None
