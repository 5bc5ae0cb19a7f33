"""The words of the outbox."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """How something is told."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    SLACK = "slack"
    TELEGRAM = "telegram"


CONNECTED = (Channel.WEBHOOK, Channel.SLACK, Channel.TELEGRAM)
"""Channels that go to a connection of the client's; mails go to an address."""


AWAITED = frozenset({"channel.reply"})
"""What is told so that somebody hears how it went: its being taken is an event of its own."""


class CrmKind(StrEnum):
    """Connections that no delivery goes to: a client's CRM, or the n8n that speaks to it."""

    HUBSPOT = "hubspot"
    PIPEDRIVE = "pipedrive"
    SALESFORCE = "salesforce"
    N8N = "n8n"


KINDS = (*CONNECTED, *CrmKind)
"""Every kind of connection."""


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    RETRY = "retry"
    SENT = "sent"
    DELIVERED = "delivered"
    DEAD = "dead"
    SKIPPED = "skipped"


OPEN = (DeliveryStatus.PENDING.value, DeliveryStatus.RETRY.value)


class ConnectionStatus(StrEnum):
    """How an outside party does."""

    OK = "ok"
    FAILING = "failing"
    """What is written for it becomes a dead letter at once, until somebody says that it has recovered."""
    DISABLED = "disabled"
    """Nothing is sent to it: it said that it wants nothing more, or somebody switched it off."""


class AttemptOutcome(StrEnum):
    """What came of one attempt."""

    CARRIED = "carried"
    REFUSED = "refused"
    FAILED = "failed"
    PUT_OFF = "put_off"
    MOVED = "moved"
    INTERRUPTED = "interrupted"
    """Whoever was at it is gone: it may have arrived."""
    FOUND = "found"
    """It was looked up and had arrived."""


class MailTopic(StrEnum):
    """What a mail is about, as far as somebody may want no more of it."""

    ALL = "all"
    REPORTS = "reports"
    BROADCASTS = "broadcasts"


class StopReason(StrEnum):
    """Why an address gets no more mail."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    """The provider sends nothing there by itself."""
    OPTED_OUT = "opted_out"
