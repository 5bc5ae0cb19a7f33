"""What the inbox does by itself: deals conversations out, opens snoozed ones, gives back whose owner left, forgets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rapport.conversations import events as conversation_events
from rapport.conversations import standing
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.inbox import marking, queries, sharing
from rapport.jobs.models import Job
from rapport.jobs.registry import Again, JobType
from rapport.kernel.tx import Tx
from rapport.leads import events as lead_events
from rapport.leads.queries import merged_into
from rapport.people import events as people_events
from rapport.rules.occurrences import Every

_AT_ONCE = 200


def _deal(tx: Tx, event: Event) -> None:
    """Somebody waits, or somebody has room again."""
    sharing.deal(tx, event.client_id)


DEALER = Consumer(
    "inbox.deal",
    frozenset(
        {
            *(conversation_events.RECEIVED, conversation_events.REOPENED, conversation_events.CLOSED),
            *(conversation_events.SNOOZED, conversation_events.ASSIGNED),
        }
    ),
    _deal,
)


def _follow(tx: Tx, event: Event) -> None:
    if event.type == people_events.USER_DELETED:
        sharing.give_back(tx, event.data["user_id"])
    elif event.type == people_events.MEMBER_REMOVED:
        sharing.give_back(tx, event.data["user_id"], client_id=event.client_id)
    elif event.lead_id is not None:
        ids = queries.of_leads(tx, [*merged_into(tx, event.lead_id), event.lead_id])
        marking.forget(tx, event.client_id, ids)


FOLLOWER = Consumer(
    "inbox.follow",
    frozenset({people_events.USER_DELETED, people_events.MEMBER_REMOVED, lead_events.ERASED}),
    _follow,
)


def _wake(tx: Tx, job: Job) -> Again | Mapping[str, Any]:
    before = job.payload.get("opened", 0)
    ids = queries.due_to_open(tx, limit=_AT_ONCE)
    for conversation_id in ids:
        standing.open_again(tx, standing.hold(tx, conversation_id))
    opened = before + len(ids)
    if len(ids) < _AT_ONCE:
        return {"opened": opened}
    job.payload = {**job.payload, "opened": opened}
    return Again({"opened": opened})


TYPES = [
    JobType(
        "inbox.wake",
        "Opens the snoozed conversations whose time has come.",
        handler=_wake,
        agency=True,
        every=Every(timedelta(minutes=1)),
    )
]
