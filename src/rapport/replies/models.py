"""How far each account was listened to, and which relations it was seen to have."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json
from rapport.kernel.tenancy import Owned


class Watch(Owned, Base):
    """How far one account's messages, invitations and relations were read."""

    __tablename__ = "account_watch"

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    read_up_to: Mapped[datetime | None] = mapped_column(Instant)
    """Every message up to here was read; None before the first reading."""
    heard_at: Mapped[datetime | None] = mapped_column(Instant)
    """The last webhook about a message of this account."""
    polled_at: Mapped[datetime | None] = mapped_column(Instant)
    """When its messages were last read to the end."""
    missed_at: Mapped[datetime | None] = mapped_column(Instant)
    """When polling last found what no webhook had told."""
    missed: Mapped[int] = mapped_column(Integer, nullable=False)
    """How many messages polling found first, since a webhook last came."""
    invitations_at: Mapped[datetime | None] = mapped_column(Instant)
    relations_at: Mapped[datetime | None] = mapped_column(Instant)


class RelationSeen(Owned, Base):
    """A first-level connection that an account was seen to have, with what was tried to know who it is."""

    __tablename__ = "relation_seen"

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    """The first of its ids that was told."""
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    provider_id: Mapped[str | None] = mapped_column(String(120))
    member_id: Mapped[str | None] = mapped_column(String(40))
    public_identifier: Mapped[str | None] = mapped_column(String(200))
    name: Mapped[str | None] = mapped_column(String(250))
    connected_at: Mapped[datetime | None] = mapped_column(Instant)
    lead_id: Mapped[str | None] = mapped_column(Id, ForeignKey("lead.id", ondelete="SET NULL"))
    tried: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    """When its profile was read."""
    seen_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (
        Index("ix_relation_seen_lead", "lead_id"),
        Index("ix_relation_seen_provider", "client_id", "provider_id"),
        Index("ix_relation_seen_member", "client_id", "member_id"),
        Index("ix_relation_seen_public", "client_id", "public_identifier"),
        Index("ix_relation_seen_resolved", "account_id", "resolved_at", "key"),
    )
