"""Reports that were made, the mails each became, and when each client's next is due."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json, part
from rapport.kernel.tenancy import Owned


class Report(Owned, Base):
    """A report of a client. The unique index is what lets each ISO week have one, whoever makes it."""

    __tablename__ = "report"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    kind: Mapped[str] = mapped_column(String(8), nullable=False)
    iso_year: Mapped[int] = mapped_column(Integer, nullable=False)
    iso_week: Mapped[int] = mapped_column(Integer, nullable=False)
    first_on: Mapped[date] = mapped_column(Date, nullable=False)
    last_on: Mapped[date] = mapped_column(Date, nullable=False)
    """The days that it tells of."""
    status: Mapped[str] = mapped_column(String(8), nullable=False)
    reason: Mapped[str | None] = mapped_column(String(60))
    """Why it was not sent."""
    facts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What it says; nothing of one that was not sent."""
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it was due; None of one that somebody sent by hand."""
    made_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    made_by: Mapped[str | None] = mapped_column(Id)

    __table_args__ = (
        CheckConstraint("kind IN ('weekly','by_hand')", name="kind"),
        CheckConstraint("status IN ('sent','skipped')", name="status"),
        CheckConstraint("(status = 'sent') = (reason IS NULL)", name="reason"),
        CheckConstraint("(status = 'sent') = (facts IS NOT NULL)", name="facts"),
        CheckConstraint("(kind = 'weekly') = (due_at IS NOT NULL)", name="due"),
        Index("uq_report_week", "client_id", "iso_year", "iso_week", unique=True, **part("kind = 'weekly'")),
        Index("ix_report_client", "client_id", "made_at", "id"),
    )


class ReportMail(Owned, Base):
    """A delivery that carries a report to one address."""

    __tablename__ = "report_mail"

    delivery_id: Mapped[str] = mapped_column(Id, ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True)
    report_id: Mapped[str] = mapped_column(Id, ForeignKey("report.id", ondelete="CASCADE"), nullable=False)

    __table_args__ = (Index("ix_report_mail_report", "report_id"),)


class ReportPlan(Owned, Base):
    """When a client's next weekly report is due, by the terms of the client's version; never, where it wants none."""

    __tablename__ = "report_plan"

    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True)
    client_version: Mapped[int] = mapped_column(Integer, nullable=False)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    iso_year: Mapped[int | None] = mapped_column(Integer)
    iso_week: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("(due_at IS NULL) = (iso_year IS NULL)", name="year"),
        CheckConstraint("(due_at IS NULL) = (iso_week IS NULL)", name="week"),
        Index("ix_report_plan_due", "due_at"),
    )
