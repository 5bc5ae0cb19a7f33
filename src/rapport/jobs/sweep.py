"""Finding the jobs of dead workers: leases that ran out are failed attempts like any other."""

from __future__ import annotations

from sqlalchemy import select

from rapport.jobs.models import Job, JobStatus
from rapport.jobs.registry import JobTypes
from rapport.jobs.settle import STALE, fail
from rapport.kernel.db import is_one_of
from rapport.kernel.tx import Tx

BATCH = 100


def sweep(tx: Tx, types: JobTypes, *, limit: int = BATCH) -> int:
    """Give back, or end, up to `limit` jobs whose lease is over; answers how many."""
    stale = (
        tx.session.execute(
            select(Job)
            .where(is_one_of(Job.status, JobStatus.PROCESSING.value), Job.lease_expires_at <= tx.now)
            .order_by(Job.lease_expires_at)
            .limit(limit)
            .with_for_update(skip_locked=True, key_share=True)
        )
        .scalars()
        .all()
    )
    for job in stale:
        fail(
            tx,
            job,
            code=STALE,
            message=f"{job.leased_by or 'The worker'} did not come back before its lease ended.",
            retryable=True,
            waits=types.waits_of(job.type),
        )
    return len(stale)
