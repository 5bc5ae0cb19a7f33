"""What a client wants to be told of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json
from rapport.kernel.tenancy import Owned


class NoticeRule(Owned, Base):
    """Which events go to whom, how warm they must be, and how often is often enough."""

    __tablename__ = "notice_rule"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    name: Mapped[str] = mapped_column(String(120), nullable=False)
    enabled: Mapped[bool] = mapped_column(nullable=False)
    event_types: Mapped[list[str]] = mapped_column(Json, nullable=False)
    """Types, or `reply.*` for all of a kind."""
    min_temperature: Mapped[str] = mapped_column(String(4), nullable=False)
    channel: Mapped[str] = mapped_column(String(10), nullable=False)
    connection_id: Mapped[str | None] = mapped_column(Id, ForeignKey("connection.id"))
    emails: Mapped[list[str]] = mapped_column(Json, nullable=False)
    """Where mails go; empty means whom the client's preferences name."""
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    quiet_to: Mapped[str | None] = mapped_column(String(5))
    urgent_types: Mapped[list[str]] = mapped_column(Json, nullable=False)
    """What is told in quiet hours too, as everything about somebody hot is."""
    batch_s: Mapped[int] = mapped_column(Integer, nullable=False)
    max_per_hour: Mapped[int] = mapped_column(Integer, nullable=False)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("min_temperature IN ('cold','warm','hot')", name="min_temperature"),
        CheckConstraint("channel IN ('email','slack','telegram')", name="channel"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name="quiet"),
        CheckConstraint("(channel = 'email') = (connection_id IS NULL)", name="receiver"),
        Index("ix_notice_rule_client", "client_id", "created_at", "id"),
    )
