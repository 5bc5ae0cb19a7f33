"""What a POST with an Idempotency-Key answered, kept in the transaction of its effect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Instant


class IdempotencyKey(Base):
    """One remembered answer. The key is unique per caller and route, so two callers never meet."""

    __tablename__ = "idempotency_key"

    caller: Mapped[str] = mapped_column(String(120), primary_key=True)
    route: Mapped[str] = mapped_column(String(200), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64), nullable=False)
    status: Mapped[int] = mapped_column(Integer, nullable=False)
    headers: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    body: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    kept_until: Mapped[datetime | None] = mapped_column(Instant)
    """Until when it is believed, where that is not the usual time."""

    __table_args__ = (Index("ix_idempotency_key_created_at", "created_at"),)
