"""Campaigns with their senders, and the versions of their sequences."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json
from rapport.kernel.tenancy import Owned


class Goal(StrEnum):
    """What a campaign is for: when a lead has come so far, it counts as won."""

    CONNECTED = "connected"
    REPLIED = "replied"
    INTERESTED = "interested"


class Campaign(Owned, Base):
    """One campaign."""

    __tablename__ = "campaign"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    name: Mapped[str] = mapped_column(String(120), nullable=False)
    name_key: Mapped[str] = mapped_column(String(120), nullable=False)
    """The name folded: a client has no two campaigns that read alike."""
    state: Mapped[str] = mapped_column(String(12), nullable=False)
    timezone: Mapped[str] = mapped_column(String(64), nullable=False)
    week: Mapped[list[Any]] = mapped_column(Json, nullable=False)
    """Monday to Sunday: a list of [opens, closes] in minutes of local wall time."""
    weekend: Mapped[list[int]] = mapped_column(Json, nullable=False)
    holidays_country: Mapped[str | None] = mapped_column(String(2))
    holidays_region: Mapped[str | None] = mapped_column(String(40))
    days_off: Mapped[list[str]] = mapped_column(Json, nullable=False)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    """The last local day on which anything is sent."""
    goal: Mapped[str] = mapped_column(String(12), nullable=False)
    goal_target: Mapped[int | None] = mapped_column(Integer)
    stops_on_reply_elsewhere: Mapped[bool] = mapped_column(nullable=False)
    shares_leads: Mapped[bool] = mapped_column(nullable=False)
    """Whether a person may be in this campaign while another active one has them."""
    seed: Mapped[str] = mapped_column(String(32), nullable=False)
    """From it variants are drawn: stored, so that a draw can be repeated."""
    created_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    pause_reason: Mapped[str | None] = mapped_column(String(300))
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    archived_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("state IN ('draft','active','paused','completed','archived')", name="state"),
        CheckConstraint("goal IN ('connected','replied','interested')", name="goal"),
        UniqueConstraint("client_id", "name_key"),
        Index("ix_campaign_created_at", "client_id", "created_at", "id"),
        Index("ix_campaign_state", "state", "id"),
    )


class CampaignSender(Owned, Base):
    """An account that sends for a campaign."""

    __tablename__ = "campaign_sender"

    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    added_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (Index("ix_campaign_sender_account", "account_id"),)


class SequenceVersion(Owned, Base):
    """One version of a campaign's steps. The newest is the one that holds; a used one never changes."""

    __tablename__ = "sequence_version"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False)
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    steps: Mapped[list[Any]] = mapped_column(Json, nullable=False)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    created_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (UniqueConstraint("campaign_id", "number"), Index("ix_sequence_version_client", "client_id", "id"))
