"""Forms, and what was sent through them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rapport.capture.words import FormKind, SubmissionStatus
from rapport.kernel.db import Base, Id, Instant, Json, part
from rapport.kernel.tenancy import Owned


def _one_of(column: str, words: type[StrEnum]) -> str:
    return f"{column} IN ({','.join(repr(word.value) for word in words)})"


class CaptureForm(Owned, Base):
    """A form of a client's. Its key stands in pages, so it is no secret: it opens this form and nothing else."""

    __tablename__ = "capture_form"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    kind: Mapped[str] = mapped_column(String(8), nullable=False)
    name: Mapped[str] = mapped_column(String(120), nullable=False)
    key: Mapped[str] = mapped_column(String(40), nullable=False)
    previous_key: Mapped[str | None] = mapped_column(String(40))
    previous_until: Mapped[datetime | None] = mapped_column(Instant)
    """Until when the key before is still believed, while pages are changed to the new one."""
    title: Mapped[str] = mapped_column(String(120), nullable=False)
    intro: Mapped[str | None] = mapped_column(String(600))
    thanks: Mapped[str] = mapped_column(String(400), nullable=False)
    fields: Mapped[list[dict[str, Any]]] = mapped_column(Json, nullable=False)
    """What it asks for, in order, and what of it is needed."""
    origins: Mapped[list[str]] = mapped_column(Json, nullable=False)
    """Whose pages may send through it from a browser."""
    consent_text: Mapped[str | None] = mapped_column(Text)
    """What a person must agree to; without one nobody is asked."""
    tags: Mapped[list[str]] = mapped_column(Json, nullable=False)
    campaign_id: Mapped[str | None] = mapped_column(Id, ForeignKey("campaign.id", ondelete="SET NULL"))
    """Into which campaign people come who send it; None: into none."""
    offering_id: Mapped[str | None] = mapped_column(Id, ForeignKey("offering.id", ondelete="SET NULL"))
    """What is asked about through it, where that is one thing."""
    enabled: Mapped[bool] = mapped_column(nullable=False)
    created_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint(_one_of("kind", FormKind), name="kind"),
        CheckConstraint("(previous_key IS NULL) = (previous_until IS NULL)", name="previous"),
        UniqueConstraint("key"),
        Index("uq_capture_form_previous_key", "previous_key", unique=True, **part("previous_key IS NOT NULL")),
        Index("ix_capture_form_client", "client_id", "created_at", "id"),
    )


class Submission(Owned, Base):
    """What somebody sent, as they sent it, and what was made of it."""

    __tablename__ = "submission"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    form_id: Mapped[str] = mapped_column(Id, ForeignKey("capture_form.id"), nullable=False)
    status: Mapped[str] = mapped_column(String(10), nullable=False)
    lead_id: Mapped[str | None] = mapped_column(Id, ForeignKey("lead.id", ondelete="CASCADE"))
    """Who they were then: a lead that is merged later keeps its own submissions."""
    is_new_lead: Mapped[bool] = mapped_column(nullable=False)
    conversation_id: Mapped[str | None] = mapped_column(Id)
    message_id: Mapped[str | None] = mapped_column(Id)
    given: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    source: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    """Whence they came: campaign words of the address, referrer, landing page, device, country, language."""
    consent_text: Mapped[str | None] = mapped_column(Text)
    """What they agreed to, word for word."""
    likeness: Mapped[str] = mapped_column(String(64), nullable=False)
    """The same for the same person and words: so is known what a browser sends twice without a key."""
    received_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (
        CheckConstraint(_one_of("status", SubmissionStatus), name="status"),
        CheckConstraint("status != 'taken' OR lead_id IS NOT NULL", name="lead"),
        Index("ix_submission_client", "client_id", "received_at", "id"),
        Index("ix_submission_form", "form_id", "received_at", "id"),
        Index("ix_submission_likeness", "form_id", "likeness", "received_at"),
        Index("ix_submission_lead", "lead_id", "received_at"),
    )
