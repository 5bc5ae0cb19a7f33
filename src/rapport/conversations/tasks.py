"""What conversations do when they hear of leads: merged, parted, erased."""

from __future__ import annotations

from rapport.conversations import persons
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.kernel.tx import Tx
from rapport.leads import events as lead_events
from rapport.leads.queries import merged_into


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
