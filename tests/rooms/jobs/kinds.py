"""Kinds of job for tests: one that does as it is told, one that kills whatever runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import Job
from rapport.jobs.registry import CannotHealError, JobType
from rapport.kernel.errors import CONFLICT, RapportError
from rapport.kernel.tx import Tx


class Obedient:
    """Its handler leaves an event as its effect, and fails as often and in the way it is told."""

    def __init__(self, name: str = "test.obedient", **more: Any) -> None:
        self.ran = 0
        self.failing: Exception | None = None
        self.during: Callable[[], None] = lambda: None
        self.type = JobType(name, "Does as it is told.", handler=self._handle, on_request=True, **more)

    def _handle(self, tx: Tx, job: Job) -> dict[str, Any]:
        self.ran += 1
        tx.emit("test.effect", client_id=job.client_id, job_id=job.id)
        self.during()
        if self.failing is not None:
            raise self.failing
        return {"ran": self.ran}


REFUSES = RapportError(CONFLICT, "It is not to be.")
HOPELESS = CannotHealError("There is no such company.")


def ask(stage, kind, **more) -> str:
    """Ask for a job of Acme's; answers its id."""
    with stage.tx() as tx:
        return enqueue(tx, stage.service.job_types.get(kind), client_id=stage.acme.id, **more)[0].id


def effects(stage, job_id) -> int:
    """How often the effect of a job is there."""
    items = stage.root.get(f"/events/timeline?filter[job_id]={job_id}&filter[type]=test.effect").json["items"]
    return len(items)


def log(stage, job_id) -> list[str]:
    """What was told of a job, the oldest first."""
    items = stage.root.get(f"/jobs/{job_id}/log?order=asc").json["items"]
    return [event["type"] for event in sorted(items, key=lambda event: event["seq"])]
