"""Persons, what identifies them, what is known and said of them, and the lists that keep them from being contacted."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json
from rapport.kernel.tenancy import Owned


class LeadSource(StrEnum):
    """How a lead first arrived."""

    MANUAL = "manual"
    IMPORT = "import"
    SEARCH = "search"
    CONNECTIONS = "connections"
    CAMPAIGN = "campaign"
    CAPTURE = "capture"


class IdentityKind(StrEnum):
    """What can identify a person, in the order in which it is believed."""

    PROVIDER_ID = "provider_id"
    MEMBER_ID = "member_id"
    PUBLIC_IDENTIFIER = "public_identifier"
    EMAIL = "email"


class RelationState(StrEnum):
    """How a person stands to one of our accounts."""

    INVITED = "invited"
    CONNECTED = "connected"
    WITHDRAWN = "withdrawn"


class SuppressionKind(StrEnum):
    """What a do-not-contact entry names."""

    PERSON = "person"
    COMPANY = "company"
    DOMAIN = "domain"


class ImportState(StrEnum):
    """Where an import stands."""

    UPLOADED = "uploaded"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


def _one_of(column: str, words: type[StrEnum]) -> str:
    return f"{column} IN ({','.join(repr(word.value) for word in words)})"


class Lead(Owned, Base):
    """A person. What identifies them stands in `lead_identity`; the columns here show it."""

    __tablename__ = "lead"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    first_name: Mapped[str | None] = mapped_column(String(120))
    last_name: Mapped[str | None] = mapped_column(String(120))
    headline: Mapped[str | None] = mapped_column(String(400))
    title: Mapped[str | None] = mapped_column(String(200))
    company: Mapped[str | None] = mapped_column(String(200))
    company_key: Mapped[str | None] = mapped_column(String(200))
    """The company's name as do-not-contact lists compare it."""
    location: Mapped[str | None] = mapped_column(String(200))
    timezone: Mapped[str | None] = mapped_column(String(64))
    email: Mapped[str | None] = mapped_column(String(254))
    email_domain: Mapped[str | None] = mapped_column(String(253))
    phone: Mapped[str | None] = mapped_column(String(40))
    website: Mapped[str | None] = mapped_column(String(400))
    provider_id: Mapped[str | None] = mapped_column(String(120))
    member_id: Mapped[str | None] = mapped_column(String(40))
    public_identifier: Mapped[str | None] = mapped_column(String(200))
    email_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since when an address is known: a condition of a step holds from then on."""
    open_inmail_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since when the person is known to take InMail from everybody."""
    replied_at: Mapped[datetime | None] = mapped_column(Instant)
    """The newest reply to anything of the client."""
    custom: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    field_sources: Mapped[dict[str, str]] = mapped_column(Json, nullable=False)
    """Field → who said it and when (`rules/said.py`): an operator's word is never overwritten by an import."""
    name_key: Mapped[str] = mapped_column(String(250), nullable=False)
    """Last and first name folded, for sorting and for finding."""
    source: Mapped[str] = mapped_column(String(16), nullable=False)
    source_detail: Mapped[str | None] = mapped_column(String(300))
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id", ondelete="SET NULL"))
    """The sender that first contacted this person: they keep it in all campaigns of the client."""
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    updated_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)
    merged_into_id: Mapped[str | None] = mapped_column(Id, ForeignKey("lead.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint(_one_of("source", LeadSource), name="source"),
        Index("ix_lead_created_at", "client_id", "created_at", "id"),
        Index("ix_lead_updated_at", "client_id", "updated_at", "id"),
        Index("ix_lead_name", "client_id", "name_key", "id"),
        Index("ix_lead_company", "client_id", "company_key", "id"),
        Index("ix_lead_domain", "client_id", "email_domain", "id"),
        Index("ix_lead_merged_into", "merged_into_id"),
    )


class LeadIdentity(Owned, Base):
    """One spelling-free key by which a person is known. The primary key forbids that two leads share one."""

    __tablename__ = "lead_identity"

    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(254), primary_key=True)
    lead_id: Mapped[str] = mapped_column(Id, ForeignKey("lead.id", ondelete="CASCADE"), nullable=False)

    __table_args__ = (
        CheckConstraint(_one_of("kind", IdentityKind), name="kind"),
        Index("ix_lead_identity_lead", "lead_id"),
    )


class LeadTag(Owned, Base):
    """A word put on a lead."""

    __tablename__ = "lead_tag"

    lead_id: Mapped[str] = mapped_column(Id, ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(60), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    tagged_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (Index("ix_lead_tag_tag", "client_id", "tag", "lead_id"),)


class LeadNote(Owned, Base):
    """What somebody wrote down about a lead."""

    __tablename__ = "lead_note"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    lead_id: Mapped[str] = mapped_column(Id, ForeignKey("lead.id", ondelete="CASCADE"), nullable=False)
    text: Mapped[str] = mapped_column(Text, nullable=False)
    author_id: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (Index("ix_lead_note_lead", "client_id", "lead_id", "created_at", "id"),)


class LeadMerge(Owned, Base):
    """Two leads that turned out to be one person, with all that is needed to take it back."""

    __tablename__ = "lead_merge"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    kept_id: Mapped[str] = mapped_column(Id, ForeignKey("lead.id", ondelete="CASCADE"), nullable=False)
    merged_id: Mapped[str] = mapped_column(Id, ForeignKey("lead.id", ondelete="CASCADE"), nullable=False)
    before: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    merged_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_lead_merge_kept", "client_id", "kept_id", "merged_at"),
        Index("ix_lead_merge_merged", "merged_id"),
    )


class Relation(Owned, Base):
    """How a lead stands to an account: invited, connected, or an invitation withdrawn."""

    __tablename__ = "relation"

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    lead_id: Mapped[str] = mapped_column(Id, ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    state: Mapped[str] = mapped_column(String(12), nullable=False)
    invited_at: Mapped[datetime | None] = mapped_column(Instant)
    connected_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    invitation_id: Mapped[str | None] = mapped_column(String(120))

    __table_args__ = (
        CheckConstraint(_one_of("state", RelationState), name="state"),
        Index("ix_relation_lead", "lead_id"),
        Index("ix_relation_state", "account_id", "state", "invited_at"),
    )


ERASED = "erased:"
"""How the key of an erased person's entry begins."""


class Suppression(Owned, Base):
    """A do-not-contact entry. The agency's entries hold for every client.

    `key` is what is compared: an identity (`public_identifier:ada`), a folded company, a domain, or, for an
    erased person, a keyed hash of an identity; `shown` is what was typed, and empty when erased.
    """

    __tablename__ = "suppression"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, nullable=False)
    kind: Mapped[str] = mapped_column(String(10), nullable=False)
    key: Mapped[str] = mapped_column(String(280), nullable=False)
    shown: Mapped[str | None] = mapped_column(String(400))
    reason: Mapped[str | None] = mapped_column(String(300))
    created_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (
        CheckConstraint(_one_of("kind", SuppressionKind), name="kind"),
        UniqueConstraint("client_id", "kind", "key"),
        Index("ix_suppression_created_at", "client_id", "created_at", "id"),
        Index("ix_suppression_key", "kind", "key"),
    )


class LeadView(Owned, Base):
    """A way somebody looks at a client's leads, kept under a name; the others see it where it is shared."""

    __tablename__ = "lead_view"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("user.id", ondelete="CASCADE"), nullable=False)
    name: Mapped[str] = mapped_column(String(80), nullable=False)
    name_key: Mapped[str] = mapped_column(String(80), nullable=False)
    filter: Mapped[dict[str, str]] = mapped_column(Json, nullable=False)
    """`field` or `field.operator` → value, as in the query of the list."""
    sort: Mapped[str] = mapped_column(String(20), nullable=False)
    descending: Mapped[bool] = mapped_column(nullable=False)
    columns: Mapped[list[str]] = mapped_column(Json, nullable=False)
    is_shared: Mapped[bool] = mapped_column(nullable=False)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        UniqueConstraint("client_id", "owner_id", "name_key"),
        Index("ix_lead_view_name", "client_id", "name_key", "id"),
    )


class LeadImport(Owned, Base):
    """One file or search that brings leads, with how far it came."""

    __tablename__ = "lead_import"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    source: Mapped[str] = mapped_column(String(16), nullable=False)
    name: Mapped[str] = mapped_column(String(200), nullable=False)
    state: Mapped[str] = mapped_column(String(12), nullable=False)
    format: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    """What was found out about the file: kind, delimiter, encoding, header."""
    mapping: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    options: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    size_bytes: Mapped[int] = mapped_column(Integer, nullable=False)
    rows_total: Mapped[int | None] = mapped_column(Integer)
    rows_done: Mapped[int] = mapped_column(Integer, nullable=False)
    """Rows whose fate is committed: after a crash the import goes on here."""
    rows_created: Mapped[int] = mapped_column(Integer, nullable=False)
    rows_updated: Mapped[int] = mapped_column(Integer, nullable=False)
    rows_unchanged: Mapped[int] = mapped_column(Integer, nullable=False)
    rows_bad: Mapped[int] = mapped_column(Integer, nullable=False)
    resume: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Where to go on reading: a place in the file, or a cursor of the search."""
    job_id: Mapped[str | None] = mapped_column(Id)
    error: Mapped[str | None] = mapped_column(String(500))
    created_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint(_one_of("state", ImportState), name="state"),
        CheckConstraint(_one_of("source", LeadSource), name="source"),
        Index("ix_lead_import_created_at", "client_id", "created_at", "id"),
    )


class ImportPart(Owned, Base):
    """A piece of an uploaded file: it lives in the database so that any process can go on with it."""

    __tablename__ = "import_part"

    import_id: Mapped[str] = mapped_column(Id, ForeignKey("lead_import.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    content: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)


class ImportProblem(Owned, Base):
    """A row that was not taken, and why."""

    __tablename__ = "import_problem"

    import_id: Mapped[str] = mapped_column(Id, ForeignKey("lead_import.id", ondelete="CASCADE"), primary_key=True)
    row: Mapped[int] = mapped_column(Integer, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    column: Mapped[str | None] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(300), nullable=False)
    value: Mapped[str | None] = mapped_column(String(200))
