"""The kinds of job that leads bring."""

from __future__ import annotations

from typing import Any

from rapport.jobs.models import Job
from rapport.jobs.registry import Again, JobType
from rapport.kernel.tx import Tx
from rapport.leads import bulk


def _bulk(tx: Tx, job: Job) -> dict[str, Any] | Again:
    """One step; how far it came is kept with what the job was told, so that no attempt begins anew."""
    done, more = bulk.go_on(tx, job.client_id, job.payload)
    if more:
        job.payload = {**job.payload, "went": {**done.shown(), "last_id": done.last_id}}
        return Again({"done": done.done, "of": job.payload["count"]})
    return {**done.shown(), "count": job.payload["count"]}


BULK = JobType(
    "leads.bulk",
    "Does one thing with all leads that a filter picks: tag, untag, suppress, set a custom field, delete.",
    handler=_bulk,
)
TYPES = [BULK]
