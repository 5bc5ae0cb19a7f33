"""What conversations do by themselves: follow leads that are merged, parted or erased, and check their counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rapport.conversations import counters, events, persons
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.tx import Tx
from rapport.leads import events as lead_events
from rapport.leads.queries.register import merged_into
from rapport.people.queries import all_client_ids
from rapport.rules.occurrences import Every


def _follow(tx: Tx, event: Event) -> None:
    if event.lead_id is None:
        return
    if event.type == lead_events.ERASED:
        persons.erase(tx, event.client_id, [*merged_into(tx, event.lead_id), event.lead_id])
    elif event.type == lead_events.MERGED:
        persons.merge(tx, event.client_id, event.lead_id, event.data["merged_id"])
    elif event.type == lead_events.UNMERGED:
        persons.unmerge(tx, event.client_id, event.lead_id, event.data["merged_id"])


FOLLOWER = Consumer(
    "conversations.follow", frozenset({lead_events.ERASED, lead_events.MERGED, lead_events.UNMERGED}), _follow
)


def _check_counts(tx: Tx, _job: Job) -> Mapping[str, Any]:
    found = {client_id: counters.check(tx, client_id) for client_id in all_client_ids(tx)}
    for client_id, differences in found.items():
        if differences:
            data = {"differences": len(differences), "which": differences[:_SHOWN]}
            tx.emit(events.COUNTS_DIFFERED, client_id=client_id, data=data)
    return {"clients": len(found), "differences": sum(len(each) for each in found.values())}


_SHOWN = 20
CHECK_COUNTS = JobType(
    "conversations.check_counts",
    "Counts every client's conversations anew, tells of each difference from what is kept, and mends it.",
    handler=_check_counts,
    on_request=True,
    agency=True,
    every=Every(timedelta(days=1), offset=timedelta(hours=3)),
)
