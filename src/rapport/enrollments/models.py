"""One lead in one campaign, what was done with it, and the runs that were only imagined."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json
from rapport.kernel.tenancy import Owned


class Enrollment(Owned, Base):
    """Where one lead stands in one campaign."""

    __tablename__ = "enrollment"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaign.id"), nullable=False)
    lead_id: Mapped[str] = mapped_column(Id, ForeignKey("lead.id"), nullable=False)
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id", ondelete="SET NULL"))
    status: Mapped[str] = mapped_column(String(16), nullable=False)
    reason: Mapped[str] = mapped_column(String(40), nullable=False)
    """Why it stands as it does: a word of the rules, never empty."""
    details: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    step_key: Mapped[str | None] = mapped_column(String(40))
    reached_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    last_step_sent_at: Mapped[datetime | None] = mapped_column(Instant)
    due_override_at: Mapped[datetime | None] = mapped_column(Instant)
    next_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it is worth asking again; None until something happens."""
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    pause_reason: Mapped[str | None] = mapped_column(String(300))
    replied_at: Mapped[datetime | None] = mapped_column(Instant)
    away_until: Mapped[datetime | None] = mapped_column(Instant)
    """Until when the person is out of office: nothing is sent before."""
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    unsettled: Mapped[str | None] = mapped_column(String(10))
    variants: Mapped[dict[str, str]] = mapped_column(Json, nullable=False)
    exclusive_key: Mapped[str | None] = mapped_column(Id)
    """The lead, while this enrollment keeps it from other campaigns; otherwise empty."""
    enrolled_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    enrolled_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending_invite','invite_sent','connected','messaged','responded','completed','error',"
            "'withdrawn','stopped')",
            name="status",
        ),
        CheckConstraint("unsettled IN ('in_flight','uncertain')", name="unsettled"),
        UniqueConstraint("campaign_id", "lead_id"),
        UniqueConstraint("client_id", "exclusive_key"),
        Index("ix_enrollment_next", "account_id", "next_at", "id"),
        Index("ix_enrollment_campaign", "client_id", "campaign_id", "enrolled_at", "id"),
        Index("ix_enrollment_status", "campaign_id", "status", "id"),
        Index("ix_enrollment_lead", "lead_id"),
    )


class EnrollmentStep(Owned, Base):
    """A step that is behind an enrollment. The primary key forbids to send one twice (promise 1: never twice)."""

    __tablename__ = "enrollment_step"

    enrollment_id: Mapped[str] = mapped_column(Id, ForeignKey("enrollment.id", ondelete="CASCADE"), primary_key=True)
    step_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    state: Mapped[str] = mapped_column(String(8), nullable=False)
    at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    variant: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (CheckConstraint("state IN ('sent','skipped')", name="state"),)


class Simulation(Owned, Base):
    """A run of a campaign on a virtual clock: its assumptions and what came out."""

    __tablename__ = "simulation"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False)
    job_id: Mapped[str | None] = mapped_column(Id)
    assumptions: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_simulation_campaign", "client_id", "campaign_id", "created_at", "id"),)
