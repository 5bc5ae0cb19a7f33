"""How each alert stands, as of the last look."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Float, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Instant


class Alert(Base):
    """One thing that is measured."""

    __tablename__ = "alert"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[float | None] = mapped_column(Float)
    """None: too little happened to say."""
    threshold: Mapped[float] = mapped_column(Float, nullable=False)
    of: Mapped[int] = mapped_column(Integer, nullable=False)
    """How many it was measured by."""
    over: Mapped[int] = mapped_column(Integer, nullable=False)
    under: Mapped[int] = mapped_column(Integer, nullable=False)
    raised_at: Mapped[datetime | None] = mapped_column(Instant)
    cleared_at: Mapped[datetime | None] = mapped_column(Instant)
    looked_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (CheckConstraint("cleared_at IS NULL OR raised_at IS NOT NULL", name="cleared"),)
