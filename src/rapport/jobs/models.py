"""A job, and which occurrences of recurring work were fired."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json, part
from rapport.kernel.tenancy import Owned


def _partial(name: str, columns: list[str], where: str) -> Index:
    parts = [text(column) if " " in column else column for column in columns]
    return Index(name, *parts, **part(where))


class JobStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Executor(StrEnum):
    WORKER = "worker"
    N8N = "n8n"


class Job(Owned, Base):
    """One piece of work. Waiting for a retry is `pending` with a later `run_at`; its log is the `job.*` events."""

    __tablename__ = "job"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    type: Mapped[str] = mapped_column(String(80), nullable=False)
    executor: Mapped[str] = mapped_column(String(10), nullable=False)
    entity_type: Mapped[str | None] = mapped_column(String(40))
    entity_id: Mapped[str | None] = mapped_column(String(80))
    entity_label: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(12), nullable=False)
    priority: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    run_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    attempts: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    max_retries: Mapped[int] = mapped_column(Integer, nullable=False)
    payload: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error_code: Mapped[str | None] = mapped_column(String(80))
    error_message: Mapped[str | None] = mapped_column(Text)
    dedupe_key: Mapped[str | None] = mapped_column(String(200))
    lease_token: Mapped[str | None] = mapped_column(String(64))
    lease_expires_at: Mapped[datetime | None] = mapped_column(Instant)
    leased_by: Mapped[str | None] = mapped_column(String(120))
    progress: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_by: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    dismissed_at: Mapped[datetime | None] = mapped_column(Instant)
    dismissed_by: Mapped[str | None] = mapped_column(String(120))
    dismiss_reason: Mapped[str | None] = mapped_column(String(500))
    archived_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        CheckConstraint("status IN ('pending','processing','completed','failed')", name="status"),
        CheckConstraint("executor IN ('worker','n8n')", name="executor"),
        CheckConstraint("(status = 'processing') = (lease_token IS NOT NULL)", name="lease"),
        Index(
            "uq_job_open_dedupe_key",
            "client_id",
            "dedupe_key",
            unique=True,
            **part("status IN ('pending','processing') AND dedupe_key IS NOT NULL"),
        ),
        _partial("ix_job_claimable", ["executor", "priority DESC", "run_at", "id"], "status = 'pending'"),
        _partial("ix_job_leased", ["lease_expires_at"], "status = 'processing'"),
        _partial("ix_job_failed_by", ["created_by", "completed_at"], "status = 'failed'"),
        _partial("ix_job_entity", ["entity_type", "entity_id"], "archived_at IS NULL"),
        _partial("ix_job_settled", ["completed_at"], "completed_at IS NOT NULL AND archived_at IS NULL"),
        _partial("ix_job_attention", ["client_id", "completed_at"], "status = 'failed' AND dismissed_at IS NULL"),
        _partial("ix_job_hot", ["client_id", "created_at", "id"], "archived_at IS NULL"),
        Index("ix_job_all", "client_id", "created_at", "id"),
    )


class JobExecutor(Owned, Base):
    """Who does a kind of work for a client, where the client wants another than usual."""

    __tablename__ = "job_executor"

    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True)
    type: Mapped[str] = mapped_column(String(80), primary_key=True)
    executor: Mapped[str] = mapped_column(String(10), nullable=False)
    set_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (CheckConstraint("executor IN ('worker','n8n')", name="executor"),)


class CronFiring(Base):
    """One occurrence of recurring work that was fired: the key is taken once, by whoever comes first."""

    __tablename__ = "cron_firing"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    occurrence_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    fired_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
