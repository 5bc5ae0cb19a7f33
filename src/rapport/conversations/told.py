"""A message as a source tells of it, before it is known whether it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rapport.conversations.words import Channel, Mark, Via
from rapport.rules.direction import Direction


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a message is from or to, by which rung that was found, and what each rung was given and found."""

    lead_id: str | None
    rung: str | None
    evidence: Mapping[str, Any] = field(default_factory=dict)


NOBODY = Match(None, None)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A participant of a thread."""

    external_id: str
    name: str | None = None
    profile_url: str | None = None
    is_self: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One message: received, sent by hand, edited, taken back, or read from the provider's list."""

    client_id: str
    account_id: str | None
    message_id: str | None
    """None only of what we sent ourselves."""
    at: datetime
    """When it was written; where only a later change of it is told, when that happened."""
    via: Via
    channel: Channel = Channel.LINKEDIN
    direction: Direction | None = None
    chat_id: str | None = None
    chat_provider_id: str | None = None
    message_provider_id: str | None = None
    author: Somebody | None = None
    others: tuple[Somebody, ...] = ()
    match: Match = NOBODY
    text: str | None = field(default=None, repr=False)
    subject: str | None = field(default=None, repr=False)
    attachments: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    reactions: tuple[tuple[str, str], ...] = ()
    """Each sign with the id of who gave it."""
    is_system: bool = False
    is_group: bool = False
    is_auto_reply: bool = False
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    seen_at: datetime | None = None
    delivered_at: datetime | None = None
    action_id: str | None = None
    campaign_id: str | None = None
    """The campaign of that action."""
    is_automatic: bool = False
    """Whether a campaign of ours wrote it, and no person."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Something that happened to a message that others tell of."""

    client_id: str
    message_id: str
    mark: Mark
    at: datetime
    channel: Channel = Channel.LINKEDIN
    by: str | None = None
    value: str | None = None
    """The sign of a reaction."""
