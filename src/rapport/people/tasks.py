"""Upkeep of people: sessions that ended long ago are deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.tx import Tx
from rapport.people.sessions import purge
from rapport.rules.occurrences import Every

_KEPT = timedelta(days=30)


def _purge_sessions(tx: Tx, _job: Job) -> dict[str, Any]:
    return {"deleted": purge(tx, older_than=tx.now - _KEPT)}


TYPES = [
    JobType(
        "people.purge_sessions",
        "Deletes sessions that ended more than 30 days ago.",
        handler=_purge_sessions,
        on_request=True,
        agency=True,
        every=Every(timedelta(days=1), offset=timedelta(hours=3, minutes=45)),
    )
]
