"""What looks after the database in each process: its numbers for Prometheus, and the job that raises the alarm."""

from __future__ import annotations

from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

from rapport.admin.database.numbers import DatabaseNumbers
from rapport.admin.database.tasks import checking
from rapport.jobs.registry import JobType
from rapport.kernel.watching import Watch


def watched(engine: Engine, watch: Watch, registry: CollectorRegistry) -> tuple[JobType, ...]:
    """The jobs; the numbers are in the registry from now on."""
    registry.register(DatabaseNumbers(engine, watch))
    return (checking(engine, watch),)
