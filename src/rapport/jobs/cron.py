"""Recurring upkeep: whoever takes the key of an occurrence first enqueues its job, in the same commit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import CronFiring
from rapport.jobs.registry import JobType
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Tx


def fire(tx: Tx, job_type: JobType, occurrence: datetime) -> bool:
    """Enqueue the job of one occurrence, once whoever asks; answers whether this call was the one."""
    make = postgresql_insert if tx.session.connection().dialect.name == "postgresql" else sqlite_insert
    taken = tx.session.execute(
        make(CronFiring)
        .values(name=job_type.name, occurrence_at=occurrence, fired_at=tx.now)
        .on_conflict_do_nothing()
        .returning(CronFiring.name)  # an insert's row count is -1 on PostgreSQL, whether it wrote a row or not
    ).first()
    if taken is None:
        return False
    ask(tx, job_type, occurrence)
    return True


def ask(tx: Tx, job_type: JobType, occurrence: datetime) -> None:
    """Enqueue the job of recurring work, unless it is open already."""
    enqueue(
        tx,
        job_type,
        client_id=AGENCY,
        payload={"occurrence": occurrence.isoformat()},
        dedupe_key=f"cron:{job_type.name}",
    )
