"""The words for where people write, where a thread stands, and what a message is."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """Where people write."""

    LINKEDIN = "linkedin"
    EMAIL = "email"
    CHAT = "chat"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    WHATSAPP = "whatsapp"


class ConversationStatus(StrEnum):
    OPEN = "open"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class Temperature(StrEnum):
    """How near a person is to buying; a conversation without one is not scored yet."""

    HOT = "hot"
    WARM = "warm"
    COLD = "cold"


class Outcome(StrEnum):
    """What came of a conversation, as an operator says it."""

    INTERESTED = "interested"
    MEETING = "meeting"
    NOT_NOW = "not_now"
    WRONG_PERSON = "wrong_person"
    UNSUBSCRIBE = "unsubscribe"


class MessageKind(StrEnum):
    TEXT = "text"
    SYSTEM = "system"
    """The provider's own word in a thread: somebody joined, a call was missed."""


class Via(StrEnum):
    """By which way a message was first told."""

    WEBHOOK = "webhook"
    POLL = "poll"
    SENT = "sent"
    """We sent it ourselves."""
    CAPTURE = "capture"
    """Somebody wrote it into a form of a client's."""


class Mark(StrEnum):
    """What can happen to a message after it was written, beside a new text."""

    SEEN = "seen"
    DELIVERED = "delivered"
    REACTED = "reacted"
