"""Outside parties, what is told to them, each attempt, and how fast a channel may go."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json, part
from rapport.kernel.tenancy import Owned
from rapport.outbox.words import (
    KINDS,
    AttemptOutcome,
    Channel,
    ConnectionStatus,
    DeliveryStatus,
    MailTopic,
    StopReason,
)
from rapport.rules.delivering import Schedule


def _one_of(column: str, words: type[StrEnum] | tuple[StrEnum, ...]) -> str:
    return f"{column} IN ({','.join(repr(word.value) for word in words)})"


def _partial(name: str, columns: list[str], where: str) -> Index:
    return Index(name, *columns, **part(where))


_OPEN = "status IN ('pending','retry')"


class Connection(Owned, Base):
    """An outside party that a client is connected with. What opens it is sealed, and never shown again."""

    __tablename__ = "connection"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), nullable=False)
    name: Mapped[str] = mapped_column(String(120), nullable=False)
    address: Mapped[str] = mapped_column(String(400), nullable=False)
    """Where it is, as far as that is no secret: a URL, a workspace, a chat."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_until: Mapped[datetime | None] = mapped_column(Instant)
    """Until when the secret before signs as well."""
    event_types: Mapped[list[str]] = mapped_column(Json, nullable=False)
    """What a webhook endpoint is told: types, or `reply.*` for all of a kind; none at all means everything."""
    schedule: Mapped[str] = mapped_column(String(10), nullable=False)
    status: Mapped[str] = mapped_column(String(10), nullable=False)
    status_reason: Mapped[str | None] = mapped_column(String(200))
    dead_in_a_row: Mapped[int] = mapped_column(Integer, nullable=False)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    """When the first of the dead in a row died."""
    last_ok_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint(_one_of("status", ConnectionStatus), name="status"),
        CheckConstraint(_one_of("schedule", Schedule), name="schedule"),
        CheckConstraint("(removed_at IS NULL) = (sealed IS NOT NULL)", name="sealed"),
        Index("ix_connection_client", "client_id", "created_at", "id"),
    )


class Delivery(Owned, Base):
    """Something that is told to somebody. Its bytes are frozen when it is written."""

    __tablename__ = "delivery"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(10), nullable=False)
    connection_id: Mapped[str | None] = mapped_column(Id, ForeignKey("connection.id"))
    recipient: Mapped[str] = mapped_column(String(400), nullable=False)
    event_id: Mapped[str | None] = mapped_column(Id)
    event_type: Mapped[str] = mapped_column(String(80), nullable=False)
    """What it tells of: a type of the log, or a word of its own such as `test`."""
    rule_id: Mapped[str | None] = mapped_column(Id)
    """The notice rule that asked for it."""
    conversation_id: Mapped[str | None] = mapped_column(Id)
    title: Mapped[str] = mapped_column(String(300), nullable=False)
    """How it reads to a person, for lists."""
    dedupe_key: Mapped[str] = mapped_column(String(200), nullable=False)
    headers: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    body: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    status: Mapped[str] = mapped_column(String(10), nullable=False)
    reason: Mapped[str | None] = mapped_column(String(200))
    """Why it is dead or was skipped."""
    schedule: Mapped[str] = mapped_column(String(10), nullable=False)
    attempts: Mapped[int] = mapped_column(Integer, nullable=False)
    """Those that count; a replay begins anew, and being put off costs none."""
    tries: Mapped[int] = mapped_column(Integer, nullable=False)
    """All there ever were."""
    next_attempt_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it is due; while somebody is at it, when that counts as dead."""
    lease_token: Mapped[str | None] = mapped_column(String(64))
    pace_key: Mapped[str] = mapped_column(String(60), nullable=False)
    """Whose speed it goes at."""
    digest_key: Mapped[str | None] = mapped_column(String(120))
    digest_at: Mapped[datetime | None] = mapped_column(Instant)
    """It waits until then to be told together with others of its key."""
    merged_into: Mapped[str | None] = mapped_column(Id)
    uncertain_since: Mapped[datetime | None] = mapped_column(Instant)
    """When the first attempt was made of which nobody knows whether it arrived."""
    queued_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    """When it was written, or last replayed."""
    replays: Mapped[int] = mapped_column(Integer, nullable=False)
    provider_id: Mapped[str | None] = mapped_column(String(120))
    last_error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(_one_of("channel", Channel), name="channel"),
        CheckConstraint(_one_of("status", DeliveryStatus), name="status"),
        CheckConstraint(_one_of("schedule", Schedule), name="schedule"),
        CheckConstraint(f"({_OPEN}) = (next_attempt_at IS NOT NULL)", name="due"),
        CheckConstraint(f"({_OPEN}) = (settled_at IS NULL)", name="settled"),
        CheckConstraint("status NOT IN ('dead','skipped') OR reason IS NOT NULL", name="reason"),
        CheckConstraint(f"lease_token IS NULL OR {_OPEN}", name="lease"),
        UniqueConstraint("client_id", "dedupe_key"),
        _partial("ix_delivery_due", ["next_attempt_at", "id"], f"{_OPEN} AND digest_at IS NULL"),
        _partial("ix_delivery_digest", ["digest_at", "digest_key"], f"{_OPEN} AND digest_at IS NOT NULL"),
        _partial("ix_delivery_leased", ["connection_id", "next_attempt_at"], "lease_token IS NOT NULL"),
        _partial("ix_delivery_dead", ["client_id", "settled_at", "id"], "status = 'dead'"),
        _partial("ix_delivery_provider", ["provider_id"], "provider_id IS NOT NULL"),
        _partial("ix_delivery_rule", ["digest_key", "created_at"], "digest_key IS NOT NULL"),
        Index("ix_delivery_client", "client_id", "created_at", "id"),
        Index("ix_delivery_connection", "connection_id", "created_at"),
        Index("ix_delivery_event", "event_id"),
        Index("ix_delivery_conversation", "conversation_id", "created_at"),
    )


class DeliveryAttempt(Owned, Base):
    """One attempt: written before the call, completed after it."""

    __tablename__ = "delivery_attempt"

    delivery_id: Mapped[str] = mapped_column(Id, ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(Integer, primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(12))
    http_status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(String(200))
    response_excerpt: Mapped[str | None] = mapped_column(String(500))

    __table_args__ = (
        CheckConstraint(_one_of("outcome", AttemptOutcome), name="outcome"),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended"),
        Index("ix_delivery_attempt_client", "client_id", "started_at"),
        Index("ix_delivery_attempt_started", "started_at"),
    )


class MailTrace(Owned, Base):
    """What the provider told of a mail that left: when each thing happened first. None is what was not told."""

    __tablename__ = "mail_trace"

    delivery_id: Mapped[str] = mapped_column(Id, ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    clicked_at: Mapped[datetime | None] = mapped_column(Instant)
    bounced_at: Mapped[datetime | None] = mapped_column(Instant)
    complained_at: Mapped[datetime | None] = mapped_column(Instant)
    suppressed_at: Mapped[datetime | None] = mapped_column(Instant)


class MailStop(Owned, Base):
    """An address to which nothing goes any more, of all mail or of one kind."""

    __tablename__ = "mail_stop"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    email: Mapped[str] = mapped_column(String(254), nullable=False)
    """In small letters."""
    topic: Mapped[str] = mapped_column(String(10), nullable=False)
    reason: Mapped[str] = mapped_column(String(12), nullable=False)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (
        CheckConstraint(_one_of("topic", MailTopic), name="topic"),
        CheckConstraint(_one_of("reason", StopReason), name="reason"),
        UniqueConstraint("client_id", "email", "topic"),
        Index("ix_mail_stop_client", "client_id", "created_at", "id"),
    )


class Pace(Base):
    """Before when nothing goes to a receiver, or through a provider: its rate, or what it asked of us."""

    __tablename__ = "outbox_pace"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    free_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    reason: Mapped[str | None] = mapped_column(String(120))
