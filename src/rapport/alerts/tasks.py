"""The look that is taken every few minutes, by one process."""

from __future__ import annotations

from typing import Any

from rapport.alerts import watching
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.tx import Tx
from rapport.rules.occurrences import Every


def types(sender: str) -> list[JobType]:
    """Looking whether everything is as it should be."""

    def look(tx: Tx, _job: Job) -> dict[str, Any]:
        return watching.look(tx, sender=sender)

    return [
        JobType(
            "alerts.look",
            "Measures failures, times and queues, and raises or clears alerts.",
            handler=look,
            on_request=True,
            agency=True,
            every=Every(watching.WINDOW),
        )
    ]
