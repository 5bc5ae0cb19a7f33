"""What a webhook of Unipile says, as values the rooms can hold.

A body is told by what is in it and never by the address it was posted to: a webhook that points at the wrong
address of ours is heard all the same. Everything but what makes a record one may be None. Word for word the
body stays in the stored delivery.

    match unipile.heard(body, content_type=content_type):
        case MessageHeard(message=message): ...
        case RelationHeard(account_id=account_id, person=person): ...
        case AccountHeard(account_id=account_id, word=word): ...
        case OtherHeard(event=event): ...
        case Unreadable(reason=reason): ...
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from rapport.ports.unipile_records import Attachment


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody as a webhook names them, each id in the field of its kind whichever field it came in."""

    provider_id: str | None = None
    member_id: str | None = None
    """Of digits, also where the webhook gave a URN."""
    public_identifier: str | None = None
    attendee_id: str | None = None
    name: str | None = None
    profile_url: str | None = None
    given: str | None = None
    """The id as it stood in the body: evidence for how the person was recognised."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A message as a webhook tells of it. At least one of the ids of message and chat, or the sender, is there."""

    account_id: str | None
    account_user_id: str | None
    """The provider id of the account's owner."""
    chat_id: str | None
    chat_provider_id: str | None
    message_id: str | None
    """None where only the chat is known: read the chat, and the message is found there."""
    message_provider_id: str | None
    sender: Named | None
    attendees: tuple[Named, ...]
    """Who else is in the chat, where the body says."""
    is_sender: bool | None
    """Whether the account itself wrote it; None when the provider did not say."""
    is_event: bool | None
    is_group: bool | None
    text: str | None = field(repr=False)
    subject: str | None = field(repr=False)
    attachments: tuple[Attachment, ...] = field(repr=False)
    at: datetime | None
    """When it was sent; of anything that happened to a message later, when that happened."""


@dataclass(frozen=True, slots=True)
class MessageHeard:
    """A message was received, or sent by the account itself, be it through us or by hand."""

    message: ChatMessage


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """Somebody read a message."""

    message: ChatMessage


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    """A message reached its receiver."""

    message: ChatMessage


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """A message has another text now, the one given."""

    message: ChatMessage


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """A message was taken back."""

    message: ChatMessage


@dataclass(frozen=True, slots=True)
class MessageReacted:
    """Somebody reacted to a message; `message.sender` wrote it, `by` reacted."""

    message: ChatMessage
    reaction: str | None
    by: Named | None


@dataclass(frozen=True, slots=True)
class RelationHeard:
    """Somebody is connected with an account. It may come hours after it came about."""

    account_id: str
    person: Named


@dataclass(frozen=True, slots=True)
class AccountHeard:
    """How an account is, in the provider's word: OK, CREDENTIALS, DELETED, CREATION_SUCCESS and others."""

    account_id: str
    word: str
    reference: str | None
    """Our own word from the link by which the account was connected."""


@dataclass(frozen=True, slots=True)
class OtherHeard:
    """Well formed, and of a kind that this service does nothing with."""

    event: str
    account_id: str | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Nothing can be made of it; `reason` says what is wrong in words without any of the body."""

    reason: str


MessageWord = MessageHeard | MessageSeen | MessageDelivered | MessageEdited | MessageDeleted | MessageReacted
Heard = MessageWord | RelationHeard | AccountHeard | OtherHeard | Unreadable


def account_of(heard: Heard) -> str | None:
    """The provider's id of the account that a webhook is about."""
    match heard:
        case Unreadable():
            return None
        case RelationHeard() | AccountHeard() | OtherHeard():
            return heard.account_id
        case _:
            return heard.message.account_id


def chat_of(heard: Heard) -> str | None:
    """The provider's id of the chat that a webhook is about."""
    return heard.message.chat_id if isinstance(heard, MessageWord) else None


def instant_of(heard: Heard) -> datetime | None:
    """When what a webhook tells came about, where it says."""
    return heard.message.at if isinstance(heard, MessageWord) else None
