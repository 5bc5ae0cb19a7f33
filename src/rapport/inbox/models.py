"""Queues, who takes conversations, and what people put on them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json, part
from rapport.kernel.tenancy import Owned


class Queue(Owned, Base):
    """A pile of a client's conversations under a name."""

    __tablename__ = "inbox_queue"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    name: Mapped[str] = mapped_column(String(80), nullable=False)
    name_key: Mapped[str] = mapped_column(String(80), nullable=False)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (
        UniqueConstraint("client_id", "name_key"),
        Index("ix_inbox_queue_client", "client_id", "created_at", "id"),
    )


class Sharing(Owned, Base):
    """Whether a client's conversations are dealt out in turn, and how many somebody takes at most."""

    __tablename__ = "inbox_sharing"

    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), primary_key=True)
    in_turn: Mapped[bool] = mapped_column(nullable=False)
    capacity: Mapped[int] = mapped_column(Integer, nullable=False)
    """Open conversations of one person, unless they have a number of their own."""


class Taker(Owned, Base):
    """Somebody who is dealt a client's conversations."""

    __tablename__ = "inbox_taker"

    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    capacity: Mapped[int | None] = mapped_column(Integer)
    is_away: Mapped[bool] = mapped_column(nullable=False)
    turn: Mapped[int] = mapped_column(Integer, nullable=False)
    """Who has the lowest is next; who was dealt one goes behind all others."""

    __table_args__ = (CheckConstraint("capacity >= 0", name="capacity"),)


class ConversationTag(Owned, Base):
    """A word on a conversation."""

    __tablename__ = "conversation_tag"

    conversation_id: Mapped[str] = mapped_column(
        Id, ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    tag: Mapped[str] = mapped_column(String(50), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    tagged_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (Index("ix_conversation_tag_tag", "client_id", "tag", "conversation_id"),)


class ConversationNote(Owned, Base):
    """What somebody wrote down about a conversation, for colleagues."""

    __tablename__ = "conversation_note"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    conversation_id: Mapped[str] = mapped_column(Id, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False)
    text: Mapped[str] = mapped_column(Text, nullable=False)
    author_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (Index("ix_conversation_note_conversation", "conversation_id", "created_at", "id"),)


class CannedReply(Owned, Base):
    """A text that is written often, with variables as in a campaign."""

    __tablename__ = "canned_reply"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    name: Mapped[str] = mapped_column(String(80), nullable=False)
    name_key: Mapped[str] = mapped_column(String(80), nullable=False)
    body: Mapped[str] = mapped_column(Text, nullable=False)
    created_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    updated_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        UniqueConstraint("client_id", "name_key"),
        Index("ix_canned_reply_client", "client_id", "created_at", "id"),
    )


class WaitTerms(Owned, Base):
    """How long a client lets people wait, by temperature, and whether its business hours alone count."""

    __tablename__ = "wait_terms"

    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), primary_key=True)
    hot_s: Mapped[int] = mapped_column(Integer, nullable=False)
    warm_s: Mapped[int] = mapped_column(Integer, nullable=False)
    cold_s: Mapped[int] = mapped_column(Integer, nullable=False)
    unscored_s: Mapped[int] = mapped_column(Integer, nullable=False)
    hours: Mapped[list[Any] | None] = mapped_column(Json)
    """Monday to Sunday: a list of [opens, closes] in minutes of local wall time; empty for the clock round."""


class Wait(Owned, Base):
    """One wait of a conversation for an answer. The key makes it one; each mark is put on it once."""

    __tablename__ = "conversation_wait"

    conversation_id: Mapped[str] = mapped_column(
        Id, ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    since: Mapped[datetime] = mapped_column(Instant, nullable=False)
    target_s: Mapped[int] = mapped_column(Integer, nullable=False)
    warn_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    due_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    warned_at: Mapped[datetime | None] = mapped_column(Instant)
    breached_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    """When somebody answered, or closed the conversation."""

    __table_args__ = (
        Index("ix_conversation_wait_open", "client_id", "due_at", "conversation_id", **part("ended_at IS NULL")),
        Index("ix_conversation_wait_warn", "warn_at", **part("ended_at IS NULL AND warned_at IS NULL")),
        Index("ix_conversation_wait_due", "due_at", **part("ended_at IS NULL AND breached_at IS NULL")),
    )


class FollowUpStatus(StrEnum):
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class FollowUp(Owned, Base):
    """Something to be done by a date: a follow-up task."""

    __tablename__ = "follow_up"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    title: Mapped[str] = mapped_column(String(200), nullable=False)
    due_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    lead_id: Mapped[str | None] = mapped_column(Id, ForeignKey("lead.id", ondelete="SET NULL"))
    conversation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("conversation.id", ondelete="SET NULL"))
    assignee_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    status: Mapped[str] = mapped_column(String(10), nullable=False)
    overdue_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it was told that it was not done in time."""
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    created_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("status IN ('scheduled','completed','cancelled')", name="status"),
        Index("ix_follow_up_client", "client_id", "due_at", "id"),
        Index("ix_follow_up_due", "due_at", **part("status = 'scheduled' AND overdue_at IS NULL")),
        Index("ix_follow_up_conversation", "conversation_id", **part("conversation_id IS NOT NULL")),
        Index("ix_follow_up_lead", "lead_id", **part("lead_id IS NOT NULL")),
    )
