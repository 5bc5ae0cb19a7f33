"""Threads, who is in them, what was written, and what was told of messages not known yet."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from rapport.conversations.words import Channel, ConversationStatus, Mark, MessageKind, Outcome, Temperature, Via
from rapport.kernel.db import Base, Id, Instant, Json, part
from rapport.kernel.tenancy import Owned
from rapport.rules.direction import Direction


def _one_of(column: str, words: type[StrEnum]) -> str:
    return f"{column} IN ({','.join(repr(word.value) for word in words)})"


class Conversation(Owned, Base):
    """A thread with a person on a channel. The numbers about its messages are counted anew from them at each change."""

    __tablename__ = "conversation"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    channel: Mapped[str] = mapped_column(String(12), nullable=False)
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id", ondelete="SET NULL"))
    lead_id: Mapped[str | None] = mapped_column(Id, ForeignKey("lead.id"))
    """Whom the thread is with; None while nobody knows, and in a group."""
    leads_before: Mapped[list[str]] = mapped_column(Json, nullable=False)
    """The leads that were merged away from under this thread, the last one last: undoing a merge gives it back."""
    external_id: Mapped[str | None] = mapped_column(String(200))
    """The channel's id of the thread; None until it is learned, for a provider may answer a send without it."""
    provider_id: Mapped[str | None] = mapped_column(String(200))
    """LinkedIn's own id of the thread."""
    subject: Mapped[str | None] = mapped_column(String(400))
    is_group: Mapped[bool] = mapped_column(nullable=False)
    status: Mapped[str] = mapped_column(String(8), nullable=False)
    snoozed_until: Mapped[datetime | None] = mapped_column(Instant)
    """When a snoozed thread opens by itself; None: when somebody writes."""
    assignee_id: Mapped[str | None] = mapped_column(Id)
    """Whose it is. Without a foreign key: who is deleted gives theirs back by a verb, which counts."""
    queue_id: Mapped[str | None] = mapped_column(Id, ForeignKey("inbox_queue.id"))
    campaign_id: Mapped[str | None] = mapped_column(Id, ForeignKey("campaign.id", ondelete="SET NULL"))
    """The campaign that was answered, or wrote here last."""
    temperature: Mapped[str | None] = mapped_column(String(4))
    outcome: Mapped[str | None] = mapped_column(String(12))
    unread_count: Mapped[int] = mapped_column(Integer, nullable=False)
    """What people wrote since we last wrote and that nobody has read."""
    marked_unread: Mapped[bool] = mapped_column(nullable=False, server_default=false())
    """Somebody wants it to look unread: then at least one is."""
    message_count: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0")
    """How many messages were ever recorded here: the number of the newest."""
    waiting_since: Mapped[datetime | None] = mapped_column(Instant)
    """When the first word was written that a person has had no answer to; None when nobody waits."""
    wait_number: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0")
    """Which wait of this thread it is, or was."""
    last_message_at: Mapped[datetime | None] = mapped_column(Instant)
    last_inbound_at: Mapped[datetime | None] = mapped_column(Instant)
    last_outbound_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    updated_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint(_one_of("channel", Channel), name="channel"),
        CheckConstraint(_one_of("status", ConversationStatus), name="status"),
        CheckConstraint(_one_of("temperature", Temperature), name="temperature"),
        CheckConstraint(_one_of("outcome", Outcome), name="outcome"),
        UniqueConstraint("client_id", "channel", "external_id"),
        Index("ix_conversation_last_message", "client_id", "last_message_at", "id"),
        Index("ix_conversation_status", "client_id", "status", "last_message_at", "id"),
        Index("ix_conversation_assignee", "assignee_id", "status", "last_message_at", "id"),
        Index("ix_conversation_newest", "last_message_at", "id"),
        Index("ix_conversation_waiting", "client_id", "last_message_at", "id", **part("waiting_since IS NOT NULL")),
        Index("ix_conversation_unread", "client_id", "last_message_at", "id", **part("unread_count > 0")),
        Index("ix_conversation_snoozed", "snoozed_until", **part("snoozed_until IS NOT NULL")),
        Index("ix_conversation_lead", "lead_id", "account_id"),
        Index("ix_conversation_account", "account_id", "last_message_at"),
    )


class Participant(Owned, Base):
    """Somebody in a thread, as the channel names them."""

    __tablename__ = "participant"

    conversation_id: Mapped[str] = mapped_column(
        Id, ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    external_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    """How the channel knows them: on LinkedIn the provider id, where it is told, else the member id."""
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    name: Mapped[str | None] = mapped_column(String(250))
    profile_url: Mapped[str | None] = mapped_column(String(400))
    is_self: Mapped[bool] = mapped_column(nullable=False)

    __table_args__ = (Index("ix_participant_external", "client_id", "external_id"),)


class Message(Owned, Base):
    """One thing that was written. The unique external id is what makes it recorded once."""

    __tablename__ = "message"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    conversation_id: Mapped[str] = mapped_column(Id, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False)
    channel: Mapped[str] = mapped_column(String(12), nullable=False)
    external_id: Mapped[str | None] = mapped_column(String(200))
    """The channel's id; None only of what we sent and the provider accepted without naming it."""
    provider_id: Mapped[str | None] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8), nullable=False)
    direction: Mapped[str | None] = mapped_column(String(3))
    """None while nothing tells who wrote it: it is asked for, and not guessed."""
    author_id: Mapped[str | None] = mapped_column(String(200))
    author_name: Mapped[str | None] = mapped_column(String(250))
    text: Mapped[str | None] = mapped_column(Text)
    earlier_texts: Mapped[list[str]] = mapped_column(Json, nullable=False)
    """What it said before it was edited."""
    subject: Mapped[str | None] = mapped_column(String(400))
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(Json, nullable=False)
    reactions: Mapped[list[dict[str, Any]]] = mapped_column(Json, nullable=False)
    at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    """When it was written, by the channel's clock."""
    recorded_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    via: Mapped[str] = mapped_column(String(8), nullable=False)
    edited_at: Mapped[datetime | None] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the other side saw it."""
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    action_id: Mapped[str | None] = mapped_column(Id)
    """The action of ours that sent it."""
    is_auto_reply: Mapped[bool] = mapped_column(nullable=False)
    is_automatic: Mapped[bool] = mapped_column(nullable=False, server_default=false())
    """Whether a campaign of ours wrote it: that answers nobody."""
    number: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0")
    """The how-manyeth of its thread it was to become known."""
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    """When one of us read it."""
    dealt_at: Mapped[datetime | None] = mapped_column(Instant)
    """When its thread was closed: it waits for no answer any more."""
    lead_id: Mapped[str | None] = mapped_column(Id, ForeignKey("lead.id"))
    """Who wrote it, or to whom we wrote; None while unmatched."""
    match_rung: Mapped[str | None] = mapped_column(String(24))
    match_evidence: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    """What each rung of recognising the writer was given and found."""

    __table_args__ = (
        CheckConstraint(_one_of("channel", Channel), name="channel"),
        CheckConstraint(_one_of("kind", MessageKind), name="kind"),
        CheckConstraint(_one_of("direction", Direction), name="direction"),
        CheckConstraint(_one_of("via", Via), name="via"),
        UniqueConstraint("client_id", "channel", "external_id"),
        UniqueConstraint("action_id"),
        Index("ix_message_conversation", "conversation_id", "at", "id"),
        Index("ix_message_lead", "lead_id", "at"),
        Index(
            "ix_message_unmatched",
            "client_id",
            "at",
            "id",
            **part("lead_id IS NULL"),
        ),
    )


class ConversationWords(Owned, Base):
    """The words by which a thread is found, as tokens between spaces.

    PostgreSQL has an index of them as lexemes, SQLite a table of its own beside it, which triggers keep.
    """

    __tablename__ = "conversation_words"

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(
        Id, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False, unique=True
    )
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    words: Mapped[str] = mapped_column(Text, nullable=False)


class ConversationCount(Owned, Base):
    """How many threads of a client are in a queue and with somebody; both may be nobody's, and then are empty."""

    __tablename__ = "conversation_count"

    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True)
    queue_id: Mapped[str] = mapped_column(Id, primary_key=True)
    assignee_id: Mapped[str] = mapped_column(Id, primary_key=True)
    open: Mapped[int] = mapped_column(Integer, nullable=False)
    snoozed: Mapped[int] = mapped_column(Integer, nullable=False)
    closed: Mapped[int] = mapped_column(Integer, nullable=False)
    unread: Mapped[int] = mapped_column(Integer, nullable=False)
    """Threads, not messages."""
    waiting: Mapped[int] = mapped_column(Integer, nullable=False)


class MessageMark(Owned, Base):
    """Something told of a message before the message itself: it waits here."""

    __tablename__ = "message_mark"

    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(12), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    mark: Mapped[str] = mapped_column(String(10), primary_key=True)
    value: Mapped[str] = mapped_column(String(60), primary_key=True)
    by: Mapped[str] = mapped_column(String(200), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (CheckConstraint(_one_of("mark", Mark), name="mark"),)
