"""Archiving: ended jobs leave the hot lists after some days, and are kept for good in the same table.

A failed job that nobody dismissed stays on the list of what needs attention, archived or not.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from rapport.jobs.models import Job
from rapport.kernel.tx import Tx

BATCH = 5000


def archive(tx: Tx, *, older_than: timedelta) -> int:
    """Archive up to 5,000 jobs that ended longer ago than that; answers how many."""
    old = (
        select(Job.id)
        .where(Job.completed_at <= tx.now - older_than, Job.archived_at.is_(None))
        .order_by(Job.completed_at)
        .limit(BATCH)
    )
    done = tx.session.execute(
        update(Job)
        .where(Job.id.in_(old.scalar_subquery()))
        .values(archived_at=tx.now)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
