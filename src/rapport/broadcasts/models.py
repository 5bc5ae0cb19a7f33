"""Broadcasts, each mail of them, and the batches in which they leave."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rapport.broadcasts.words import BatchStatus, BroadcastStatus, MailStatus
from rapport.kernel.db import Base, Id, Instant, Json, part
from rapport.kernel.tenancy import Owned


def _one_of(column: str, words: type[StrEnum]) -> str:
    return f"{column} IN ({','.join(repr(word.value) for word in words)})"


class Broadcast(Owned, Base):
    """One text, in one wording or several, for everybody whom a filter picks."""

    __tablename__ = "broadcast"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    name: Mapped[str] = mapped_column(String(160), nullable=False)
    variants: Mapped[list[dict[str, Any]]] = mapped_column(Json, nullable=False)
    """Each with `key`, `weight`, `subject`, `body`."""
    audience: Mapped[dict[str, str]] = mapped_column(Json, nullable=False)
    """A filter of the list of leads, as in its query."""
    status: Mapped[str] = mapped_column(String(10), nullable=False)
    dispatched_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    claim: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What the outside says it sent: shown beside what we know."""
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    updated_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint(_one_of("status", BroadcastStatus), name="status"),
        CheckConstraint("status = 'draft' OR status = 'cancelled' OR dispatched_at IS NOT NULL", name="dispatched"),
        Index("ix_broadcast_client", "client_id", "created_at", "id"),
    )


class BroadcastBatch(Owned, Base):
    """Up to a hundred mails in one call: the bytes of it, the same in every attempt."""

    __tablename__ = "broadcast_batch"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    broadcast_id: Mapped[str] = mapped_column(Id, ForeignKey("broadcast.id", ondelete="CASCADE"), nullable=False)
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    key: Mapped[str] = mapped_column(String(64), nullable=False)
    """A hash of its mails in their order: what the provider knows a repetition by."""
    body: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    status: Mapped[str] = mapped_column(String(8), nullable=False)
    attempts: Mapped[int] = mapped_column(Integer, nullable=False)
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since when it may have arrived: for as long as its key is remembered the same bytes may go again."""
    error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("broadcast_id", "number"),
        UniqueConstraint("key"),
        CheckConstraint(_one_of("status", BatchStatus), name="status"),
        CheckConstraint("(status = 'ready') = (settled_at IS NULL)", name="settled"),
        Index("ix_broadcast_batch_client", "client_id", "created_at"),
        Index("uq_broadcast_batch_ready", "broadcast_id", unique=True, **part("status = 'ready'")),
    )


class BroadcastMail(Owned, Base):
    """One mail to one person: its id is the tag by which the provider tells of it."""

    __tablename__ = "broadcast_mail"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    broadcast_id: Mapped[str] = mapped_column(Id, ForeignKey("broadcast.id", ondelete="CASCADE"), nullable=False)
    lead_id: Mapped[str] = mapped_column(Id, ForeignKey("lead.id", ondelete="CASCADE"), nullable=False)
    email: Mapped[str | None] = mapped_column(String(254))
    """In small letters; None for whoever gets none."""
    variant: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10), nullable=False)
    reason: Mapped[str | None] = mapped_column(String(200))
    batch_id: Mapped[str | None] = mapped_column(Id, ForeignKey("broadcast_batch.id", ondelete="SET NULL"))
    place: Mapped[int | None] = mapped_column(Integer)
    """Its place in the batch."""
    provider_id: Mapped[str | None] = mapped_column(String(120))
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    clicked_at: Mapped[datetime | None] = mapped_column(Instant)
    bounced_at: Mapped[datetime | None] = mapped_column(Instant)
    complained_at: Mapped[datetime | None] = mapped_column(Instant)
    suppressed_at: Mapped[datetime | None] = mapped_column(Instant)
    unsubscribed_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (
        UniqueConstraint("broadcast_id", "lead_id"),
        Index(
            "uq_broadcast_mail_address", "broadcast_id", "email", unique=True, **part("status <> 'excluded'")
        ),  # promise: each address once
        CheckConstraint(_one_of("status", MailStatus), name="status"),
        CheckConstraint("status = 'excluded' OR email IS NOT NULL", name="email"),
        CheckConstraint("status NOT IN ('excluded','failed') OR reason IS NOT NULL", name="reason"),
        CheckConstraint("status NOT IN ('batched','sent') OR batch_id IS NOT NULL", name="batch"),
        Index("ix_broadcast_mail_waiting", "broadcast_id", "id", **part("status = 'pending'")),
        Index("ix_broadcast_mail_batch", "batch_id", "place"),
        Index("ix_broadcast_mail_status", "broadcast_id", "status", "id"),
        Index("ix_broadcast_mail_client", "client_id", "created_at", "id"),
        Index("ix_broadcast_mail_lead", "lead_id"),
        Index("ix_broadcast_mail_provider", "provider_id", **part("provider_id IS NOT NULL")),
    )
