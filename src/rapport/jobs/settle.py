"""Settling: writing how an attempt ended, if and only if its lease still holds.

The lease token is the fence. A worker that slept through its lease finds another token, or none, and
writes nothing: neither the end of the job nor, because it is the same transaction, any effect of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, assert_never

from sqlalchemy import select

from rapport.events.titles import title
from rapport.jobs.enqueue import DUE
from rapport.jobs.models import Job, JobStatus
from rapport.jobs.registry import Again
from rapport.kernel.errors import ALREADY_SETTLED, LEASE_LOST, RapportError
from rapport.kernel.tx import Tx
from rapport.rules.retrying import GiveUp, Retry, after_failure

COMPLETED = title("job.completed", "Job {type} was done")
RETRY = title("job.retry_scheduled", "Job {type} failed ({error_code}) and is tried again")
FAILED = title("job.failed", "Job {type} failed: {error_code}")
STALE = "stale"
INTERRUPTED = "interrupted"
_LONGEST_ERROR = 2000


def hold(tx: Tx, job_id: str, lease_token: str, *, past_term: bool) -> Job:
    """The job, locked, if this token holds it; `LEASE_LOST` otherwise.

    Callers over HTTP must come before the lease's term. A worker of ours may come after it (`past_term`) as
    long as nobody swept the job: the token alone is the fence, and its effects are in this transaction.
    """
    job = tx.session.execute(
        select(Job).where(Job.id == job_id).with_for_update(key_share=True).execution_options(populate_existing=True)
    ).scalar()
    if (
        job is None
        or job.status != JobStatus.PROCESSING.value
        or job.lease_token != lease_token
        or job.lease_expires_at is None
        or (job.lease_expires_at <= tx.now and not past_term)
    ):
        raise RapportError(LEASE_LOST)
    return job


def complete(tx: Tx, job: Job, result: Mapping[str, Any] | None) -> None:
    """The work is done; `job` is held."""
    _end(tx, job, JobStatus.COMPLETED)
    job.result = dict(result) if result is not None else None
    job.error_code = job.error_message = None
    tx.emit(COMPLETED, client_id=job.client_id, data={"type": job.type, "attempts": job.attempts}, job_id=job.id)


def go_on(tx: Tx, job: Job, again: Again) -> None:
    """A step is done and others follow; `job` is held. A job that was dismissed meanwhile ends here.

    Attempts are counted anew: what they bound is failing without getting on.
    """
    job.progress = dict(again.progress)
    job.error_code = job.error_message = None
    if job.dismissed_at is not None:
        job.error_code = "dismissed"
        _end(tx, job, JobStatus.FAILED)
        data = {"type": job.type, "attempts": job.attempts, "error_code": job.error_code, "why": "dismissed"}
        tx.emit(FAILED, client_id=job.client_id, data=data, job_id=job.id)
        return
    job.status = JobStatus.PENDING.value
    job.attempts = 0
    job.run_at = again.at or tx.now
    _drop_lease(job)
    tx.signal(DUE)


def fail(tx: Tx, job: Job, *, code: str, message: str, retryable: bool, waits: Sequence[timedelta]) -> Retry | GiveUp:
    """The attempt failed; answers what follows."""
    follows = after_failure(
        tx.now,
        attempts=job.attempts,
        max_retries=job.max_retries,
        retryable=retryable,
        dismissed=job.dismissed_at is not None,
        waits=waits,
    )
    job.error_code = code[:80]
    job.error_message = message[:_LONGEST_ERROR]
    data = {"type": job.type, "attempts": job.attempts, "error_code": job.error_code, "error": message[:200]}
    match follows:
        case Retry(at):
            job.status = JobStatus.PENDING.value
            job.run_at = at
            _drop_lease(job)
            tx.emit(RETRY, client_id=job.client_id, data={**data, "run_at": at.isoformat()}, job_id=job.id)
        case GiveUp(why):
            _end(tx, job, JobStatus.FAILED)
            tx.emit(FAILED, client_id=job.client_id, data={**data, "why": why}, job_id=job.id)
        case _:
            assert_never(follows)
    return follows


def release(job: Job) -> None:
    """Give a job back unbegun (the service stops): it is due at once and the attempt does not count."""
    job.status = JobStatus.PENDING.value
    job.attempts -= 1
    _drop_lease(job)


def interrupt(tx: Tx, job: Job) -> None:
    """Give a job back half done (the service stops): the attempt counts, the next one is due at once."""
    fail(tx, job, code=INTERRUPTED, message="The service stopped before it was done.", retryable=True, waits=())


def same_end(job: Job, status: JobStatus, result: Mapping[str, Any] | None, code: str | None) -> bool:
    """Whether a job ended as a late caller says: then the caller only repeats itself.

    A different end is refused with `ALREADY_SETTLED`.
    """
    if job.status not in (JobStatus.COMPLETED.value, JobStatus.FAILED.value):
        return False
    alike = job.status == status.value and (
        job.result == (dict(result) if result is not None else None)
        if status is JobStatus.COMPLETED
        else job.error_code == code
    )
    if not alike:
        raise RapportError(ALREADY_SETTLED)
    return True


def _end(tx: Tx, job: Job, status: JobStatus) -> None:
    job.status = status.value
    job.completed_at = tx.now
    _drop_lease(job)


def _drop_lease(job: Job) -> None:
    job.lease_token = None
    job.lease_expires_at = None
    job.leased_by = None
