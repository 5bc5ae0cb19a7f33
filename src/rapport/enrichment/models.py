"""What somebody found out about a lead."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json
from rapport.kernel.tenancy import Owned


class LeadEnrichment(Owned, Base):
    """The newest word of one source on a lead."""

    __tablename__ = "lead_enrichment"

    lead_id: Mapped[str] = mapped_column(Id, ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    fields: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    """What of it is a lead's: some of it may not hold, for an operator said otherwise."""
    data: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    """Everything else that was told."""
    brief: Mapped[str | None] = mapped_column(Text)
    """A few sentences for people; never part of what is sent."""
    said_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    """Of when it is, by its source."""
    fetched_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    job_id: Mapped[str | None] = mapped_column(Id)

    __table_args__ = (Index("ix_lead_enrichment_client", "client_id", "fetched_at"),)
