"""The alarm: once an hour the database is looked at, and a problem is told of once a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from rapport.admin.database.looking import found
from rapport.events.titles import title
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Tx
from rapport.kernel.watching import Watch
from rapport.rules.database_health import Weight
from rapport.rules.occurrences import Every

UNWELL = title("database.unwell", "The database needs somebody: {sentence}")


def checking(engine: Engine, watch: Watch) -> JobType:
    """The job that looks."""

    def check(tx: Tx, _job: Job) -> Mapping[str, Any]:
        seen = found(engine, watch, now=tx.now)
        problems = [each for each in seen if each.weight is Weight.PROBLEM]
        for each in problems:
            data = {"kind": each.kind, "subject": each.subject, "sentence": each.sentence}
            key = f"{UNWELL}:{each.kind}:{each.subject}:{tx.now:%Y-%m-%d}"
            tx.emit(UNWELL, client_id=AGENCY, data=data, dedupe_key=key)
        return {"problems": len(problems), "notices": len(seen) - len(problems)}

    return JobType(
        "admin.check_database",
        "Looks at the database's health and tells of each problem once a day.",
        handler=check,
        on_request=True,
        agency=True,
        every=Every(timedelta(hours=1), offset=timedelta(minutes=50)),
    )
