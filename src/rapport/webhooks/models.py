"""One thing that was posted to us."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json, part
from rapport.kernel.tenancy import Owned


class WebhookDelivery(Owned, Base):
    """A delivery as it came, and what was made of it. It is the agency's until it is known whose account it is of."""

    __tablename__ = "webhook_delivery"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    source: Mapped[str] = mapped_column(String(40), nullable=False)
    """The path it was posted to, below `/webhooks/`."""
    received_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    verified: Mapped[str | None] = mapped_column(String(12))
    """By what it was believed; null where nothing is configured."""
    content_type: Mapped[str | None] = mapped_column(String(200))
    headers: Mapped[dict[str, str]] = mapped_column(Json, nullable=False)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Null once its term is over, or the person it is about was erased."""
    size: Mapped[int] = mapped_column(Integer, nullable=False)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False)
    status: Mapped[str] = mapped_column(String(12), nullable=False)
    attempts: Mapped[int] = mapped_column(Integer, nullable=False)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it is looked at (again); null once it is decided."""
    processed_at: Mapped[datetime | None] = mapped_column(Instant)
    kind: Mapped[str | None] = mapped_column(String(80))
    """What it turned out to be, whatever address it came to."""
    happened_at: Mapped[datetime | None] = mapped_column(Instant)
    external_account_id: Mapped[str | None] = mapped_column(String(120))
    external_chat_id: Mapped[str | None] = mapped_column(String(200))
    account_id: Mapped[str | None] = mapped_column(Id)
    lead_id: Mapped[str | None] = mapped_column(Id)
    duplicate_of: Mapped[str | None] = mapped_column(Id)
    """The first delivery of the same bytes."""
    word: Mapped[str | None] = mapped_column(String(60))
    """The decision in one word."""
    decision: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """The evidence for it."""
    error: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (
        CheckConstraint("status IN ('received','processed','ignored','unreadable','failed')", name="status"),
        CheckConstraint("(status = 'received') = (due_at IS NOT NULL)", name="due"),
        Index(
            "ix_webhook_delivery_due",
            "due_at",
            "id",
            **part("status = 'received'"),
        ),
        Index(
            "ix_webhook_delivery_kept",
            "received_at",
            **part("body IS NOT NULL"),
        ),
        Index("ix_webhook_delivery_received_at", "received_at", "id"),
        Index("ix_webhook_delivery_sha256", "sha256", "id"),
        Index("ix_webhook_delivery_account", "external_account_id", "source", "received_at"),
        Index("ix_webhook_delivery_chat", "external_chat_id", "received_at"),
        Index("ix_webhook_delivery_lead", "lead_id", "received_at"),
    )
