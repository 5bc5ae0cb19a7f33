"""How a delivery ends: sent, skipped, or dead, which its connection hears of and the log tells."""

from __future__ import annotations

from rapport.kernel.tx import Tx
from rapport.outbox import events, health
from rapport.outbox.models import Connection, Delivery
from rapport.outbox.words import DeliveryStatus
from rapport.ports.carriers import Refused

_WORDS = 200


def connection_of(tx: Tx, row: Delivery) -> Connection | None:
    """The outside party of a delivery, locked; a mail has none."""
    return (
        tx.session.get(Connection, row.connection_id, with_for_update={"key_share": True})
        if row.connection_id
        else None
    )


def end(tx: Tx, row: Delivery, status: DeliveryStatus, reason: str | None) -> None:
    """Nothing more becomes of it, unless somebody replays it."""
    row.status, row.reason = status.value, reason[:_WORDS] if reason else None
    row.settled_at, row.next_attempt_at, row.lease_token, row.digest_at = tx.now, None, None, None


def dead(tx: Tx, row: Delivery, connection: Connection | None, code: str, refused: Refused | None = None) -> None:
    """It became a dead letter."""
    row.last_error = code[:_WORDS]
    end(tx, row, DeliveryStatus.DEAD, code)
    data = {"channel": row.channel, "event_type": row.event_type, "error": row.last_error, "delivery_id": row.id}
    tx.emit(events.DEAD, client_id=row.client_id, data=data, conversation_id=row.conversation_id)
    if connection is not None:
        closed, broken = (refused.closed, refused.broken) if refused is not None else (False, False)
        health.failed(tx, connection, code, closed=closed, broken=broken)
