"""The words of broadcasts."""

from __future__ import annotations

from enum import StrEnum


class BroadcastStatus(StrEnum):
    """Where a broadcast stands."""

    DRAFT = "draft"
    FREEZING = "freezing"
    """Its audience is being written down."""
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"


UNDER_WAY = (BroadcastStatus.FREEZING.value, BroadcastStatus.SENDING.value, BroadcastStatus.PAUSED.value)


class MailStatus(StrEnum):
    """Where one mail of it stands."""

    PENDING = "pending"
    EXCLUDED = "excluded"
    """It does not go there, and says why."""
    BATCHED = "batched"
    """Its bytes are stored with those of its batch."""
    SENT = "sent"
    FAILED = "failed"
    """The provider does not want it."""


class Exclusion(StrEnum):
    """Why somebody of the audience gets no mail."""

    NO_EMAIL = "no_email"
    DO_NOT_CONTACT = "do_not_contact"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    OPTED_OUT = "opted_out"
    DUPLICATE = "duplicate_address"
    MISSING = "missing_variable"
    TOO_LONG = "too_long"
    CANCELLED = "cancelled"
    GONE = "gone"
    """Nobody any more: erased, or become somebody else."""


class BatchStatus(StrEnum):
    """Where a batch stands."""

    READY = "ready"
    SENT = "sent"
    FAILED = "failed"


class Told(StrEnum):
    """What the provider tells of a mail that left: each counts the first time."""

    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"
