"""What clients offer, which campaigns are for it, and what messages are about."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json, part
from rapport.kernel.tenancy import Owned
from rapport.rules.linking.offered import LinkStatus, Method


def _one_of(column: str, words: type[StrEnum]) -> str:
    return f"{column} IN ({','.join(repr(word.value) for word in words)})"


class Offering(Owned, Base):
    """Something a client offers: a house, a product, a course."""

    __tablename__ = "offering"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    name: Mapped[str] = mapped_column(String(160), nullable=False)
    slug: Mapped[str] = mapped_column(String(120), nullable=False)
    code: Mapped[str | None] = mapped_column(String(40))
    external_ref: Mapped[str | None] = mapped_column(String(80))
    """Its number in the client's own books."""
    urls: Mapped[list[str]] = mapped_column(Json, nullable=False)
    aliases: Mapped[list[str]] = mapped_column(Json, nullable=False)
    description: Mapped[str] = mapped_column(Text, nullable=False)
    archived_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since when messages are not linked to it any more; what was linked stays."""
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    updated_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        UniqueConstraint("client_id", "slug"),
        Index("uq_offering_code", "client_id", "code", unique=True, **part("code IS NOT NULL")),
        Index("uq_offering_external_ref", "client_id", "external_ref", unique=True, **part("external_ref IS NOT NULL")),
        Index("ix_offering_client", "client_id", "created_at", "id"),
    )


class CampaignOffering(Owned, Base):
    """A campaign that is for an offering: what is answered to it is probably about that."""

    __tablename__ = "campaign_offering"

    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    offering_id: Mapped[str] = mapped_column(Id, ForeignKey("offering.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)

    __table_args__ = (Index("ix_campaign_offering_offering", "offering_id"),)


class MessageOffering(Owned, Base):
    """That a message is about an offering, or that a person said it is not."""

    __tablename__ = "message_offering"

    message_id: Mapped[str] = mapped_column(Id, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    offering_id: Mapped[str] = mapped_column(Id, ForeignKey("offering.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    method: Mapped[str] = mapped_column(String(12), nullable=False)
    confidence: Mapped[float] = mapped_column(Float, nullable=False)
    evidence: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    status: Mapped[str] = mapped_column(String(10), nullable=False)
    rules_version: Mapped[int] = mapped_column(Integer, nullable=False)
    decided_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    """When a person decided: from then on no rule does."""
    linked_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (
        CheckConstraint(_one_of("method", Method), name="method"),
        CheckConstraint(_one_of("status", LinkStatus), name="status"),
        CheckConstraint("confidence >= 0.5 AND confidence <= 1", name="confidence"),
        CheckConstraint("(status IN ('confirmed','rejected')) = (decided_at IS NOT NULL)", name="decided"),
        Index("ix_message_offering_offering", "offering_id", "status", "linked_at"),
    )
