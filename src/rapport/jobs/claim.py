"""Claiming: taking jobs that are due, each under a lease that nobody else holds.

On PostgreSQL rows that another worker is claiming are passed over (`SKIP LOCKED`); on SQLite the writer's
lock, taken at BEGIN, lets one claim after the other. The same statement serves both. A claim counts as an
attempt, so that a job which kills its worker runs out of attempts like any other.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import bindparam, select, update

from rapport.jobs.models import Executor, Job, JobStatus
from rapport.kernel.db import is_one_of
from rapport.kernel.tenancy import Prepared
from rapport.kernel.tx import Reading, Tx

_J = Job.__table__
MOST = 20


def any_due(reading: Reading, *, executor: Executor, types: Sequence[str]) -> bool:
    """Whether a claim would find something now: asked first, for on SQLite a claim takes the writer's lock."""
    found = reading.rows(_DUE, executor=executor.value, now=reading.now, types=list(types))
    return found.first() is not None


_DUE = Prepared(
    select(_J.c.id)
    .where(
        _J.c.executor == bindparam("executor"),
        is_one_of(_J.c.status, JobStatus.PENDING.value),
        _J.c.run_at <= bindparam("now"),
        _J.c.type.in_(bindparam("types", expanding=True)),
    )
    .limit(1),
    owner=_J.c.client_id,
)


def claim(
    tx: Tx, *, executor: Executor, types: Sequence[str] | None, limit: int, lease: timedelta, by: str
) -> list[Job]:
    """Up to `limit` due jobs, the most urgent and then the longest due first."""
    due = (
        select(Job)
        .where(Job.executor == executor.value, is_one_of(Job.status, JobStatus.PENDING.value), Job.run_at <= tx.now)
        .order_by(Job.priority.desc(), Job.run_at, Job.id)
        .limit(min(limit, MOST))
        .with_for_update(skip_locked=True, key_share=True)
    )
    if types is not None:
        due = due.where(Job.type.in_(types))
    jobs = list(tx.session.execute(due).scalars())
    for job in jobs:
        if job.attempts:
            job.progress = None  # an attempt that failed leaves none; a job that goes on keeps what it showed
        job.status = JobStatus.PROCESSING.value
        job.attempts += 1
        job.lease_token = secrets.token_urlsafe(24)
        job.lease_expires_at = tx.now + lease
        job.leased_by = by
        job.started_at = job.started_at or tx.now
    return jobs


def extend(tx: Tx, job_id: str, lease_token: str, *, lease: timedelta) -> bool:
    """Hold a lease longer (a heartbeat); False when it is not held any more."""
    renewed = tx.session.execute(
        update(Job)
        .where(
            Job.id == job_id,
            Job.lease_token == lease_token,
            Job.status == JobStatus.PROCESSING.value,
            Job.lease_expires_at > tx.now,
        )
        .values(lease_expires_at=tx.now + lease)
        .execution_options(synchronize_session=False)
    )
    return bool(renewed.rowcount)  # type: ignore[attr-defined]
