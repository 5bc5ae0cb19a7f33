"""A kind of job in five steps, each leaving an event as its effect; it can kill its process at a step.

Run as a program it is a worker that does what is due until it is killed or nothing is left.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import Job
from rapport.jobs.registry import Again, JobType
from rapport.kernel.tx import Reading, Tx

STEPS = 5


class Stepping:
    """`brought` are the steps before which something was fetched; `waits` says until when a step puts off the next."""

    def __init__(self, *, dies_at: int | None = None) -> None:
        self.dies_at = dies_at
        self.brought: list[int] = []
        self.waits: dict[int, datetime] = {}
        self.failing: dict[int, Exception] = {}
        self.beforehand = lambda: None
        self.during = lambda: None
        self.type = JobType("test.stepping", "Goes five steps.", handler=self._handle, before=self._before)

    def _before(self, _reading: Reading, job: Job) -> int:
        step = _step_of(job)
        self.brought.append(step)
        self.beforehand()
        return step

    def _handle(self, tx: Tx, job: Job, brought: int) -> dict | Again:
        step = _step_of(job)
        tx.emit("test.step", client_id=job.client_id, job_id=job.id, data={"step": step, "brought": brought})
        tx.session.flush()
        if step in self.failing:
            raise self.failing.pop(step)
        if step == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.during()
        job.payload = {"step": step + 1}
        if step + 1 == STEPS:
            return {"steps": STEPS}
        return Again({"step": step + 1, "of": STEPS}, at=self.waits.get(step))


def _step_of(job: Job) -> int:
    return int(job.payload.get("step", 0))


def ask(stage, kind: JobType) -> str:
    """Ask for a job of Acme's; answers its id."""
    with stage.tx() as tx:
        return enqueue(tx, kind, client_id=stage.acme.id)[0].id


def effects(stage, job_id: str) -> list[int]:
    """The steps whose effect is there, in order."""
    found = stage.root.get(f"/events/timeline?filter[job_id]={job_id}&filter[type]=test.step").json["items"]
    return [event["data"]["step"] for event in sorted(found, key=lambda event: event["seq"])]


def main() -> None:
    from tests.databases import Database
    from tests.stage import Stage

    kind, url, home, dies_at = sys.argv[1:]
    Stage(Database(kind, url, Path(home)), more_job_types=[Stepping(dies_at=int(dies_at)).type]).run_due_jobs()


if __name__ == "__main__":
    main()
