"""Dismissing: a person says that a job shall never run again, and why."""

from __future__ import annotations

from rapport.events.titles import title
from rapport.jobs.models import Job, JobStatus
from rapport.kernel.errors import JOB_NOT_DISMISSABLE, RapportError
from rapport.kernel.tx import Tx

DISMISSED = title("job.dismissed", "Job {type} was dismissed: {reason}")


def dismiss(tx: Tx, job: Job, *, reason: str) -> None:
    """A failed job leaves the list of what needs attention; one that waits for its retry ends as failed.

    A job in progress keeps running, and ends without a further retry should it fail. Dismissing twice
    changes nothing.
    """
    if job.dismissed_at is not None:
        return
    if job.status == JobStatus.COMPLETED.value:
        raise RapportError(JOB_NOT_DISMISSABLE)
    job.dismissed_at = tx.now
    job.dismissed_by = tx.actor.id
    job.dismiss_reason = reason
    if job.status == JobStatus.PENDING.value:
        job.status = JobStatus.FAILED.value
        job.completed_at = tx.now
        job.error_code = job.error_code or "dismissed"
    tx.emit(DISMISSED, client_id=job.client_id, data={"type": job.type, "reason": reason}, job_id=job.id)
