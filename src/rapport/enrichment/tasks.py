"""The work of finding out about a lead: a profile read by us, or anything by the client's n8n."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.enrichment import asking, telling
from rapport.enrichment.queries import JOB
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.jobs.models import Job
from rapport.jobs.registry import Again, JobType
from rapport.kernel.tx import Reading, Tx
from rapport.leads import events as lead_events
from rapport.leads.queries.register import merged_into
from rapport.ports.unipile import Unipile


def _forget(tx: Tx, event: Event) -> None:
    if event.lead_id is not None:
        telling.forget(tx, [*merged_into(tx, event.lead_id), event.lead_id])


FORGETTER = Consumer("enrichment.forget", frozenset({lead_events.ERASED}), _forget)


def enrich(unipile: Unipile) -> JobType:
    """The job that reads a lead's LinkedIn profile. A client may have its n8n do it instead."""

    def before(reading: Reading, job: Job) -> Any:
        return asking.ask(reading, job, unipile)

    def take(tx: Tx, job: Job, found: Any) -> Again | Mapping[str, Any]:
        return asking.take(tx, job, found)

    return JobType(
        JOB,
        "Finds out about a lead by its LinkedIn profile, within its account's visits, or has the client's n8n do it.",
        handler=take,
        before=before,
        by_n8n_too=True,
    )
