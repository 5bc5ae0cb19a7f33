"""One lead in one campaign, what was done with it, and the runs that were only imagined."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json, part
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
    line: Mapped[str | None] = mapped_column(String(10))
    """The kind of step it waits in line to have sent; empty while there is nothing to send."""
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
    goes_on_in_id: Mapped[str | None] = mapped_column(Id)
    """The enrollment in which this person goes on instead, since two leads were found to be one."""
    enrolled_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    enrolled_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(Integer, nullable=False, server_default="0")
    """How often in a row nothing could be decided because something about it is broken."""
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
        Index("ix_enrollment_account", "account_id", "id", **part("ended_at IS NULL")),
        Index(
            *("ix_enrollment_line", "account_id", "campaign_id", "line", "next_at", "id"),
            **part("line IS NOT NULL"),
        ),
        Index("ix_enrollment_look", "next_at", **part("line IS NULL AND next_at IS NOT NULL")),
        Index("ix_enrollment_campaign", "client_id", "campaign_id", "enrolled_at", "id"),
        Index("ix_enrollment_status", "campaign_id", "status", "id"),
        Index("ix_enrollment_lead", "lead_id"),
        Index("ix_enrollment_goes_on_in", "goes_on_in_id", **part("goes_on_in_id IS NOT NULL")),
    )


class Line(Owned, Base):
    """Where one sender's leads of a campaign wait to have a kind of step sent, the longest due first.

    A gate that is closed for one of them by something they share is closed for all: then the line rests as a whole,
    and what a look at it costs does not depend on how many wait.
    """

    __tablename__ = "line"

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    wakes_at: Mapped[datetime | None] = mapped_column(Instant)
    """When its first lead is worth asking about; None until something happens."""
    closed_by: Mapped[str | None] = mapped_column(String(40))
    """Why nobody in it is sent anything before `wakes_at`; empty when it only waits for its first lead to be due."""

    __table_args__ = (Index("ix_line_wakes", "wakes_at", "account_id"),)


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


class EnrollmentMerge(Owned, Base):
    """How an enrollment stood before a merge of leads and after it: what its undo needs."""

    __tablename__ = "enrollment_merge"

    merge_id: Mapped[str] = mapped_column(Id, primary_key=True)
    enrollment_id: Mapped[str] = mapped_column(Id, ForeignKey("enrollment.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    before: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    after: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)


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
