"""What runs by itself for deliveries and for the webhooks that bring them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rapport.jobs.models import Job
from rapport.jobs.registry import Again, JobType
from rapport.kernel.tx import Reading, Tx
from rapport.rules.occurrences import Every
from rapport.webhooks import forget
from rapport.webhooks.hygiene import Hygiene, Repair
from rapport.webhooks.process import process
from rapport.webhooks.queries import PROCESS
from rapport.webhooks.repairs import told_of
from rapport.webhooks.sources import Sources

_MOST = 50
LONGEST_ROUND = 0.25
"""Seconds of one round, in which nobody else of these clients sends or hears."""
LONGEST_ON_SQLITE = 0.025
"""There whoever posts waits for its end."""
_WAITS = (timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=30))


def processing(sources: Sources, *, stopwatch: Callable[[], float], longest: float) -> JobType:
    """The job that decides deliveries, round by round until none is due."""

    def next_round(tx: Tx, job: Job) -> Again | dict[str, Any]:
        done = process(tx, sources, most=_MOST, stopwatch=stopwatch, longest=longest)
        so_far = job.progress or {}
        counts = {
            "decided": so_far.get("decided", 0) + done.decided,
            "failed": so_far.get("failed", 0) + done.failed,
        }
        return Again(counts) if done.more else counts

    return JobType(
        PROCESS,
        "Makes something of what webhooks delivered.",
        handler=next_round,
        waits=_WAITS,
        on_request=True,
        agency=True,
    )


def types(process_type: JobType, *, body_days: int) -> list[JobType]:
    """Deciding deliveries, and emptying old ones."""

    def run_emptying(tx: Tx, _job: Job) -> Again | dict[str, Any]:
        emptied = forget.old(tx, older_than=timedelta(days=body_days))
        return Again({"emptied": emptied}) if emptied == forget.BATCH else {"emptied": emptied}

    return [
        process_type,
        JobType(
            "webhooks.empty_old",
            f"Takes bodies and names out of deliveries of webhooks older than {body_days} days.",
            handler=run_emptying,
            on_request=True,
            agency=True,
            every=Every(timedelta(days=1), offset=timedelta(hours=3, minutes=40)),
        ),
    ]


def hygiene(hygiene: Hygiene) -> JobType:
    """The job that looks after our webhooks at Unipile."""

    def put_right(_reading: Reading, _job: Job) -> Repair | None:
        return hygiene.repair() if hygiene.own is not None else None

    def tell(tx: Tx, _job: Job, repair: Repair | None) -> dict[str, Any]:
        return told_of(tx, repair)

    return JobType(
        "webhooks.hygiene",
        "Sees to it that Unipile has exactly one right webhook for each source.",
        handler=tell,
        before=put_right,
        on_request=True,
        agency=True,
        every=Every(timedelta(hours=1), offset=timedelta(minutes=7)),
        at_start=True,
    )
