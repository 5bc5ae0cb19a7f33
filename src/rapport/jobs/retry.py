"""Trying failed jobs again because a person asked: one, or many by filter."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from rapport.events.titles import title
from rapport.jobs.enqueue import DUE
from rapport.jobs.models import Job, JobStatus
from rapport.kernel.errors import JOB_DISMISSED, JOB_NOT_RETRYABLE, RapportError
from rapport.kernel.tx import Tx

RETRIED = title("job.retried", "Job {type} was started again by hand")
MOST = 1000
_OPEN = (JobStatus.PENDING.value, JobStatus.PROCESSING.value)


@dataclass(slots=True)
class Retried:
    """What a bulk retry did."""

    retried: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    more: bool = False


def retry(tx: Tx, job: Job) -> None:
    """Begin anew with a full set of attempts."""
    if job.dismissed_at is not None:
        raise RapportError(JOB_DISMISSED)
    if job.status != JobStatus.FAILED.value:
        raise RapportError(JOB_NOT_RETRYABLE)
    _again(tx, job)


def retry_many(tx: Tx, *where: ColumnElement[bool], most: int) -> Retried:
    """Try up to `most` failed jobs again, the oldest first; what cannot be tried again is counted with its cause.

    Those are left out by the statement, so that however many there are, a call gets past them.
    """
    failed = (Job.status == JobStatus.FAILED.value, *where)
    may = (Job.dismissed_at.is_(None), ~_has_open_twin())
    rows = list(
        tx.session.execute(
            select(Job)
            .where(*failed, *may)
            .order_by(Job.completed_at, Job.id)
            .limit(most + 1)
            .with_for_update(skip_locked=True, key_share=True)
        ).scalars()
    )
    done = Retried(more=len(rows) > most)
    done.skipped["dismissed"] = _count(tx, *failed, Job.dismissed_at.is_not(None))
    done.skipped["open_twin"] = _count(tx, *failed, Job.dismissed_at.is_(None), _has_open_twin())
    for job in rows[:most]:
        if job.dedupe_key is not None and _open_twin(tx, job):
            done.skipped["open_twin"] += 1  # two failed jobs of one key: the older of them was just tried again
        else:
            _again(tx, job)
            done.retried += 1
    done.skipped = +done.skipped
    return done


def _has_open_twin() -> ColumnElement[bool]:
    twin = aliased(Job)
    return (
        select(twin.id)
        .where(twin.client_id == Job.client_id, twin.dedupe_key == Job.dedupe_key, twin.status.in_(_OPEN))
        .exists()
    )


def _count(tx: Tx, *where: ColumnElement[bool]) -> int:
    return tx.session.execute(select(func.count(Job.id)).where(*where)).scalar_one()


def _again(tx: Tx, job: Job) -> None:
    if job.dedupe_key is not None and _open_twin(tx, job):
        raise RapportError(JOB_NOT_RETRYABLE, "The same work is open already in a newer job.")
    job.status = JobStatus.PENDING.value
    job.attempts = 0
    job.run_at = tx.now
    job.completed_at = None
    job.archived_at = None
    job.error_code = job.error_message = None
    tx.signal(DUE)
    tx.emit(RETRIED, client_id=job.client_id, data={"type": job.type}, job_id=job.id)


def _open_twin(tx: Tx, job: Job) -> bool:
    """A newer job of the same dedupe key is open: this one would meet its unique key."""
    return (
        tx.session.execute(
            select(Job.id).where(
                Job.client_id == job.client_id,
                Job.dedupe_key == job.dedupe_key,
                Job.status.in_(_OPEN),
            )
        ).scalar()
        is not None
    )
