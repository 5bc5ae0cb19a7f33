"""Asking for work: the job is written in the transaction of whatever asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from rapport.events.titles import title
from rapport.jobs.executors import executor_of
from rapport.jobs.models import Job, JobStatus
from rapport.jobs.registry import JobType
from rapport.kernel.db import is_one_of
from rapport.kernel.tx import Tx

DUE = "jobs"
"""Signal that a job may be due."""
ENQUEUED = title("job.enqueued", "Job {type} was asked for")


def enqueue(
    tx: Tx,
    job_type: JobType,
    *,
    client_id: str,
    payload: Mapping[str, Any] | None = None,
    entity: tuple[str, str] | None = None,
    entity_label: str | None = None,
    dedupe_key: str | None = None,
    run_at: datetime | None = None,
    priority: int = 0,
) -> tuple[Job, bool]:
    """The job, and whether it is new. With a dedupe key, an open job of that key is the answer.

    Two transactions that ask at the same moment meet at the unique key: `begin_nested` lets the later one
    see the earlier's row instead of failing.
    """
    if dedupe_key is not None and (open_job := _open(tx, client_id, dedupe_key)) is not None:
        return open_job, False
    job = Job(
        id=tx.new_id(),
        client_id=client_id,
        type=job_type.name,
        executor=executor_of(tx, job_type, client_id).value,
        entity_type=entity[0] if entity else None,
        entity_id=entity[1] if entity else None,
        entity_label=entity_label,
        status=JobStatus.PENDING.value,
        priority=priority,
        run_at=run_at or tx.now,
        attempts=0,
        max_retries=job_type.max_retries,
        payload=dict(payload or {}),
        dedupe_key=dedupe_key,
        created_by=_label(tx),
        created_at=tx.now,
    )
    if dedupe_key is None:
        tx.session.add(job)
    else:
        try:
            with tx.session.begin_nested():
                tx.session.add(job)
        except IntegrityError:
            met = _open(tx, client_id, dedupe_key)
            if met is None:
                raise
            return met, False
    tx.emit(ENQUEUED, client_id=client_id, data={"type": job_type.name}, job_id=job.id)
    tx.signal(DUE)
    return job, True


def _open(tx: Tx, client_id: str, dedupe_key: str) -> Job | None:
    return tx.session.execute(
        select(Job).where(
            Job.client_id == client_id,
            Job.dedupe_key == dedupe_key,
            is_one_of(Job.status, JobStatus.PENDING.value, JobStatus.PROCESSING.value),
        )
    ).scalar()


def _label(tx: Tx) -> str:
    return f"{tx.actor.type}:{tx.actor.id}" if tx.actor.id else tx.actor.type
