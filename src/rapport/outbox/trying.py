"""Trying a connection out: a delivery that says it is a test, on the way that every other takes."""

from __future__ import annotations

import orjson

from rapport.kernel.ids import shown_owner
from rapport.kernel.tx import Tx
from rapport.outbox.connections import channel_of
from rapport.outbox.models import Connection
from rapport.outbox.words import Channel
from rapport.outbox.write import Draft, write

TYPE = "test"
_TEXT = "This is a test of Rapport: deliveries arrive here."


def send_test(tx: Tx, connection: Connection) -> str:
    """The id of the delivery; how it went is read there."""
    delivery_id = tx.new_id()
    channel = channel_of(connection)
    said = f"{_TEXT} ({delivery_id})"
    bodies = {
        Channel.WEBHOOK: {
            "id": delivery_id,
            "type": TYPE,
            "timestamp": tx.now.isoformat().replace("+00:00", "Z"),
            "client_id": shown_owner(connection.client_id),
            "data": {"text": _TEXT},
        },
        Channel.SLACK: {"text": said},
        Channel.TELEGRAM: {"text": said},
    }
    draft = Draft(
        client_id=connection.client_id,
        channel=channel,
        recipient=connection.address,
        event_type=TYPE,
        title=f"A test of {connection.name}",
        dedupe_key=f"test:{delivery_id}",
        body=orjson.dumps(bodies[channel]),
        connection_id=connection.id,
        id=delivery_id,
    )
    write(tx, draft)
    return delivery_id
