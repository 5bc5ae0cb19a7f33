"""What the sending does by itself besides its turns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.jobs.models import Job
from rapport.jobs.registry import Again, JobType
from rapport.kernel.tx import Tx
from rapport.leads import events as lead_events
from rapport.leads.queries.register import merged_into
from rapport.rules.occurrences import Every
from rapport.sending import files, forgetting, stale

_AT_ONCE = 200
WITHDRAW_STALE = "sending.withdraw_stale"


def types(*, stale_days: int) -> list[JobType]:
    """The nightly withdrawal of invitations that nobody answered, and the tidying of files."""

    def withdraw(tx: Tx, job: Job) -> Again | dict[str, Any]:
        before = job.payload.get("went", {"wanted": 0})
        wanted = stale.withdraw(tx, older_than=timedelta(days=stale_days), limit=_AT_ONCE)
        went = {"wanted": before["wanted"] + wanted}
        if wanted < _AT_ONCE:
            return went
        job.payload = {**job.payload, "went": went}
        return Again(went)

    return [
        JobType(
            WITHDRAW_STALE,
            f"Withdraws invitations that have been pending for {stale_days} days.",
            handler=withdraw,
            on_request=True,
            agency=True,
            every=Every(timedelta(days=1), offset=timedelta(hours=1)),
        ),
        _TIDY_FILES,
    ]


def _tidy_files(tx: Tx, _job: Job) -> dict[str, Any]:
    return files.tidy(tx)


_TIDY_FILES = JobType(
    "sending.tidy_files",
    "Deletes uploaded files that no message took within a day, and the bytes of those sent a month ago.",
    handler=_tidy_files,
    on_request=True,
    agency=True,
    every=Every(timedelta(days=1), offset=timedelta(hours=3, minutes=10)),
)


def _forget(tx: Tx, event: Event) -> None:
    if event.lead_id is not None:
        forgetting.of_leads(tx, event.client_id, [*merged_into(tx, event.lead_id), event.lead_id])


FORGETTER = Consumer("sending.forget", frozenset({lead_events.ERASED}), _forget)
