"""Counts, the milestones that are counted once, and the zone in which each campaign's days are counted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, part
from rapport.kernel.tenancy import Owned


class Rollup(Owned, Base):
    """How often something happened in one place over one stretch of time. What does not apply is an empty text."""

    __tablename__ = "rollup"

    client_id: Mapped[str] = mapped_column(Id, primary_key=True)
    dim: Mapped[str] = mapped_column(String(8), primary_key=True)
    span: Mapped[str] = mapped_column(String(9), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    step_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    variant: Mapped[str] = mapped_column(String(40), primary_key=True)
    slot: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """The number of the day, the hour of the week, or 0 for all time."""
    metric: Mapped[str] = mapped_column(String(12), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, nullable=False)

    __table_args__ = (
        CheckConstraint("dim IN ('client','campaign','account','sender','step','variant')", name="dim"),
        CheckConstraint("span IN ('total','day','local_day','hour')", name="span"),
        CheckConstraint("value >= 0", name="value"),
        Index("ix_rollup_zero", "client_id", **part("value = 0")),
    )


class Milestone(Owned, Base):
    """When an enrollment (for interest: a conversation) first came so far; no instant is one that was taken back."""

    __tablename__ = "milestone"

    whose: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(Id, nullable=False)
    account_id: Mapped[str] = mapped_column(Id, nullable=False)
    step_key: Mapped[str] = mapped_column(String(40), nullable=False)
    variant: Mapped[str] = mapped_column(String(40), nullable=False)
    at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_milestone_campaign", "client_id", "campaign_id", "kind", "at"),)


class Measured(Owned, Base):
    """In which zone a campaign's days are counted, and when something last happened. The client has an empty name."""

    __tablename__ = "measured"

    client_id: Mapped[str] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    timezone: Mapped[str] = mapped_column(String(64), nullable=False)
    last_at: Mapped[datetime] = mapped_column(Instant, nullable=False)


class ExternalFigure(Owned, Base):
    """A figure of a day that is counted elsewhere: meetings held, deals, spend, revenue. The last word told of it."""

    __tablename__ = "external_figure"

    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    metric: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Without the word external before it."""
    dim: Mapped[str] = mapped_column(String(8), primary_key=True)
    dim_id: Mapped[str] = mapped_column(Id, primary_key=True)
    """The campaign; empty where it is the client's as a whole."""
    value: Mapped[int] = mapped_column(BigInteger, nullable=False)
    """In ten-thousandths, so that sums are exact."""
    told_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (
        CheckConstraint("dim IN ('client','campaign')", name="dim"),
        CheckConstraint("(dim = 'client') = (dim_id = '')", name="whose"),
        Index("ix_external_figure_campaign", "dim_id", "day"),
    )
