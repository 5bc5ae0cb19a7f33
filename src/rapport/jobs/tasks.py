"""The kinds of job that the engine itself brings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rapport.jobs.archive import BATCH, archive
from rapport.jobs.models import Executor, Job
from rapport.jobs.registry import JobType
from rapport.kernel.tx import Tx
from rapport.rules.occurrences import Every


def types(*, archive_days: int) -> list[JobType]:
    """Archiving, and work of a client's own for n8n."""

    def run_archive(tx: Tx, _job: Job) -> dict[str, Any]:
        total = 0
        while (done := archive(tx, older_than=timedelta(days=archive_days))) == BATCH:
            total += done
        return {"archived": total + done}

    return [
        JobType(
            "jobs.archive",
            f"Archives the jobs that ended more than {archive_days} days ago.",
            handler=run_archive,
            on_request=True,
            agency=True,
            every=Every(timedelta(days=1), offset=timedelta(hours=3, minutes=30)),
        ),
        JobType(
            "custom.task",
            "Work of a client's own, given to the client's n8n with whatever payload it needs.",
            executor=Executor.N8N,
            on_request=True,
        ),
    ]
