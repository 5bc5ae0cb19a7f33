"""The words of message channels."""

from __future__ import annotations

from enum import StrEnum

from rapport.conversations.words import Channel


class Transport(StrEnum):
    """By which way a channel's messages come and go."""

    N8N = "n8n"
    """The client's n8n tells of each message, and is told of each reply by a webhook."""
    POSTMARK = "postmark"
    """Postmark posts mail that came; replies leave as mail."""
    RESEND = "resend"


class Why(StrEnum):
    """Why a channel does not count as connected."""

    NEVER_CONNECTED = "never_connected"
    SWITCHED_OFF = "switched_off"
    NO_ACCOUNT_SIGNED_IN = "no_account_signed_in"
    CONNECTION_REMOVED = "connection_removed"
    CONNECTION_FAILING = "connection_failing"
    CONNECTION_DISABLED = "connection_disabled"


CONNECTABLE = tuple(each for each in Channel if each is not Channel.LINKEDIN)
MAILS = (Transport.POSTMARK, Transport.RESEND)
