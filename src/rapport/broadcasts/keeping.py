"""Broadcasts: written, changed, sent off, paused, gone on with, cancelled; and what the outside claims of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from rapport.broadcasts import events, queries
from rapport.broadcasts.models import Broadcast, BroadcastMail
from rapport.broadcasts.wording import checked
from rapport.broadcasts.words import BroadcastStatus, Exclusion, MailStatus
from rapport.jobs.enqueue import enqueue
from rapport.jobs.registry import JobType
from rapport.kernel.errors import BROADCAST_STATE, NOT_FOUND, RapportError
from rapport.kernel.tx import Tx

SEND = JobType(
    "broadcast.send",
    "Writes down who gets a broadcast, and sends it in batches.",
    max_retries=5,
    waits=tuple(timedelta(seconds=each) for each in (1, 10, 60, 300, 900)),
)
"""Tried again soon at first: the same call may be made again at once."""


def create(tx: Tx, client_id: str, given: Mapping[str, Any]) -> str:
    """The id of the broadcast."""
    queries.conditions_of(given["audience"])
    made = Broadcast(
        id=tx.new_id(),
        client_id=client_id,
        name=given["name"],
        variants=checked(given["variants"]),
        audience=dict(given["audience"]),
        status=BroadcastStatus.DRAFT.value,
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.session.add(made)
    tell(tx, made, events.CREATED)
    tx.session.flush()
    return made.id


def get(tx: Tx, broadcast_id: str) -> Broadcast:
    """A broadcast to be changed, locked."""
    found = tx.session.execute(
        select(Broadcast)
        .where(Broadcast.id == broadcast_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return found


def change(tx: Tx, broadcast: Broadcast, changes: Mapping[str, Any]) -> None:
    """Change what is named, as long as it has not been sent off."""
    _must_be(broadcast, BroadcastStatus.DRAFT)
    if "audience" in changes:
        queries.conditions_of(changes["audience"])
    for name, value in changes.items():
        setattr(broadcast, name, checked(value) if name == "variants" else value)
    broadcast.updated_at = tx.now
    if changes:
        tell(tx, broadcast, events.CHANGED, fields=", ".join(sorted(changes)))
    tx.session.flush()


def dispatch(tx: Tx, broadcast: Broadcast) -> str:
    """Send it off: a job freezes its audience and sends it. Answers the job."""
    _must_be(broadcast, BroadcastStatus.DRAFT)
    broadcast.status, broadcast.dispatched_at = BroadcastStatus.FREEZING.value, tx.now
    broadcast.updated_at = tx.now
    tell(tx, broadcast, events.DISPATCHED)
    return _work(tx, broadcast)


def pause(tx: Tx, broadcast: Broadcast) -> None:
    """Nothing more of it leaves; a batch that is on its way is settled."""
    _must_be(broadcast, BroadcastStatus.FREEZING, BroadcastStatus.SENDING)
    broadcast.status, broadcast.updated_at = BroadcastStatus.PAUSED.value, tx.now
    tell(tx, broadcast, events.PAUSED)


def resume(tx: Tx, broadcast: Broadcast) -> str:
    """It goes on where it was."""
    _must_be(broadcast, BroadcastStatus.PAUSED)
    broadcast.status, broadcast.updated_at = BroadcastStatus.FREEZING.value, tx.now
    tell(tx, broadcast, events.RESUMED)
    return _work(tx, broadcast)


def cancel(tx: Tx, broadcast: Broadcast) -> None:
    """Whoever has no mail yet gets none."""
    if broadcast.status in (BroadcastStatus.SENT.value, BroadcastStatus.CANCELLED.value):
        raise RapportError(BROADCAST_STATE)
    unsent = tx.session.execute(
        update(BroadcastMail)
        .where(BroadcastMail.broadcast_id == broadcast.id, BroadcastMail.status == MailStatus.PENDING.value)
        .values(status=MailStatus.EXCLUDED.value, reason=Exclusion.CANCELLED.value)
        .execution_options(synchronize_session=False)
    )
    broadcast.status, broadcast.finished_at, broadcast.updated_at = BroadcastStatus.CANCELLED.value, tx.now, tx.now
    tell(tx, broadcast, events.CANCELLED, unsent=unsent.rowcount)  # type: ignore[attr-defined]


def claimed(tx: Tx, broadcast: Broadcast, said: Mapping[str, Any]) -> None:
    """Keep what the outside says it sent: beside what we know, and never instead of it."""
    claim = {name: said[name] for name in ("sent", "failed", "status", "delivery_rate")}
    if broadcast.claim == claim:
        return
    broadcast.claim, broadcast.updated_at = claim, tx.now
    tell(tx, broadcast, events.CLAIMED, **claim)


def tell(tx: Tx, broadcast: Broadcast, event_type: str, **data: Any) -> None:
    """Say in the log what became of a broadcast."""
    shown = {"name": broadcast.name, "broadcast_id": broadcast.id, **data}
    tx.emit(event_type, client_id=broadcast.client_id, data=shown)


def _work(tx: Tx, broadcast: Broadcast) -> str:
    job, _ = enqueue(
        tx,
        SEND,
        client_id=broadcast.client_id,
        payload={"broadcast_id": broadcast.id},
        entity=("broadcast", broadcast.id),
        entity_label=broadcast.name,
        dedupe_key=f"broadcast.send:{broadcast.id}",
    )
    return job.id


def _must_be(broadcast: Broadcast, *statuses: BroadcastStatus) -> None:
    if broadcast.status not in {each.value for each in statuses}:
        raise RapportError(BROADCAST_STATE)
