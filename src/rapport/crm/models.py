"""How leads go to a CRM, how each stands there, and the notes that go with them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rapport.crm.words import LinkStatus, NoteStatus, SalesforceObject
from rapport.kernel.db import Base, Id, Instant, Json, part
from rapport.kernel.tenancy import Owned


def _one_of(column: str, words: type[StrEnum]) -> str:
    return f"{column} IN ({','.join(repr(word.value) for word in words)})"


class CrmTerms(Owned, Base):
    """How leads go to the CRM of a connection."""

    __tablename__ = "crm_terms"

    connection_id: Mapped[str] = mapped_column(Id, ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    object: Mapped[str | None] = mapped_column(String(10))
    """As which Salesforce keeps persons."""
    field: Mapped[str | None] = mapped_column(String(120))
    """What the CRM calls the field of our key; None until it was seen there."""
    overwrite: Mapped[bool] = mapped_column(Boolean, nullable=False)
    """Whether what stands there is written over; else only what is empty is filled."""
    unknown_names: Mapped[bool] = mapped_column(Boolean, nullable=False)
    """Whether "Unknown" stands where a CRM needs a name that nobody knows."""
    push_when: Mapped[list[str]] = mapped_column(Json, nullable=False)
    free_at: Mapped[datetime | None] = mapped_column(Instant)
    """Before then it takes nothing."""
    free_reason: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        CheckConstraint(_one_of("object", SalesforceObject), name="object"),
        Index("ix_crm_terms_client", "client_id"),
    )


class CrmLink(Owned, Base):
    """That a lead is a contact of a CRM, or is to be one."""

    __tablename__ = "crm_link"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    connection_id: Mapped[str] = mapped_column(Id, ForeignKey("connection.id", ondelete="CASCADE"), nullable=False)
    lead_id: Mapped[str] = mapped_column(Id, ForeignKey("lead.id", ondelete="CASCADE"), nullable=False)
    external_id: Mapped[str | None] = mapped_column(String(120))
    last_hash: Mapped[str | None] = mapped_column(String(64))
    """Of what was told last."""
    status: Mapped[str] = mapped_column(String(10), nullable=False)
    error: Mapped[str | None] = mapped_column(String(200))
    """Why it is not synced, in a word; of a conflict with the id of whom it is about."""
    differs: Mapped[list[str]] = mapped_column(Json, nullable=False)
    """Fields that say something else there and were left alone."""
    asked_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    force: Mapped[bool] = mapped_column(Boolean, nullable=False)
    """Look at the contact even if nothing changed here."""
    recreate: Mapped[bool] = mapped_column(Boolean, nullable=False)
    """Make it again if it is gone there."""
    intent: Mapped[str | None] = mapped_column(String(36))
    """A contact may have been made of which we know no id: written down before the call."""
    intent_at: Mapped[datetime | None] = mapped_column(Instant)
    job_id: Mapped[str | None] = mapped_column(Id)
    synced_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    updated_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (
        UniqueConstraint("connection_id", "lead_id"),
        UniqueConstraint("connection_id", "external_id"),
        CheckConstraint(_one_of("status", LinkStatus), name="status"),
        CheckConstraint("status NOT IN ('failed','conflict','skipped') OR error IS NOT NULL", name="error"),
        CheckConstraint("status <> 'synced' OR synced_at IS NOT NULL", name="synced"),
        CheckConstraint("(intent IS NULL) = (intent_at IS NULL)", name="intent"),
        Index("ix_crm_link_client", "client_id", "updated_at", "id"),
        Index("ix_crm_link_status", "client_id", "status", "updated_at", "id"),
        Index("ix_crm_link_lead", "lead_id"),
        Index("ix_crm_link_job", "job_id", **part("job_id IS NOT NULL")),
    )


class CrmNote(Owned, Base):
    """A note that goes to a contact, known there by the event it tells of."""

    __tablename__ = "crm_note"

    link_id: Mapped[str] = mapped_column(Id, ForeignKey("crm_link.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    message_id: Mapped[str] = mapped_column(Id, nullable=False)
    at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    status: Mapped[str] = mapped_column(String(10), nullable=False)
    intent: Mapped[str | None] = mapped_column(String(36))
    intent_at: Mapped[datetime | None] = mapped_column(Instant)
    synced_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint(_one_of("status", NoteStatus), name="status"),
        CheckConstraint("(intent IS NULL) = (intent_at IS NULL)", name="intent"),
        CheckConstraint("(status = 'synced') = (synced_at IS NOT NULL)", name="synced"),
        Index("ix_crm_note_pending", "link_id", "at", **part("status = 'pending'")),
    )
