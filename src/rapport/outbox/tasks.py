"""What runs by itself: endpoints are told, once, of what they asked for and what happened since they are there."""

from __future__ import annotations

from collections.abc import Collection

import orjson
from sqlalchemy import select

from rapport.events.consumers import Consumer
from rapport.events.models import SUBJECTS, Event
from rapport.events.titles import render
from rapport.flags.names import Feature
from rapport.flags.queries import is_on
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.crypto import Keys
from rapport.kernel.ids import shown_owner
from rapport.kernel.tx import Tx
from rapport.outbox import connections
from rapport.outbox.events import OURS
from rapport.outbox.models import Connection
from rapport.outbox.words import Channel
from rapport.outbox.write import Draft, write
from rapport.rules.event_types import wants

NAME = "outbox.webhooks"
MOST_BYTES = 20_000


def consumer(*, off: Collection[str]) -> Consumer:
    """Whoever reads the log for the endpoints; `off` are the features that the environment turns off."""

    def tell(tx: Tx, event: Event) -> None:
        if event.type.startswith(OURS):
            return
        for endpoint in _endpoints(tx, event.client_id):
            if endpoint.created_at <= event.recorded_at and wants(endpoint.event_types, event.type):
                on = is_on(tx, Feature.WEBHOOKS, event.client_id, off=off)
                write(tx, _draft(endpoint, event, skipped=None if on else f"flag {Feature.WEBHOOKS.value}"))

    return Consumer(NAME, None, tell)


def body_of(event: Event) -> bytes:
    """What an endpoint is posted: the event, and what it is about. What is too large is left out, and said to be."""
    said = {
        "id": event.id,
        "type": event.type,
        "seq": event.seq,
        "timestamp": event.occurred_at.isoformat().replace("+00:00", "Z"),
        "client_id": shown_owner(event.client_id),
        "actor": {"type": event.actor_type, "id": event.actor_id},
        **{name: value for name in SUBJECTS if (value := getattr(event, name)) is not None},
        "data": event.data,
    }
    body = orjson.dumps(said)
    return body if len(body) <= MOST_BYTES else orjson.dumps(said | {"data": {}, "truncated": True})


def _draft(endpoint: Connection, event: Event, *, skipped: str | None) -> Draft:
    return Draft(
        client_id=event.client_id,
        channel=Channel.WEBHOOK,
        recipient=endpoint.address,
        event_type=event.type,
        title=render(event.type, event.data),
        dedupe_key=f"webhook:{endpoint.id}:{event.id}",
        body=body_of(event),
        connection_id=endpoint.id,
        event_id=event.id,
        conversation_id=event.conversation_id,
        skipped=skipped,
    )


def _endpoints(tx: Tx, client_id: str) -> list[Connection]:
    """The endpoints of a client, read once for all events of a batch."""
    read: dict[str, list[Connection]] = tx.session.info.setdefault("outbox.endpoints", {})
    if client_id not in read:
        read[client_id] = list(
            tx.session.execute(
                select(Connection)
                .where(
                    Connection.client_id == client_id,
                    Connection.kind == Channel.WEBHOOK.value,
                    Connection.removed_at.is_(None),
                )
                .order_by(Connection.created_at, Connection.id)
            ).scalars()
        )
    return read[client_id]


def renewing(keys: Keys) -> JobType:
    """The job that ends the change of a root."""

    def renew(tx: Tx, _job: Job) -> dict[str, int]:
        return {"renewed": connections.renew_seals(tx, keys)}

    return JobType(
        "outbox.renew_seals",
        "Seals the secrets of all connections under the SECRET_KEY there is now; then SECRET_KEY_OLD may go.",
        handler=renew,
        on_request=True,
        agency=True,
    )
