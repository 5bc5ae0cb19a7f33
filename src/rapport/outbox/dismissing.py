"""Putting a dead letter away: it is not sent again, and stays to be read with what was tried."""

from __future__ import annotations

from sqlalchemy import select

from rapport.kernel.errors import DELIVERY_STATE, NOT_FOUND, RapportError
from rapport.kernel.tx import Tx
from rapport.outbox import events
from rapport.outbox.ending import end
from rapport.outbox.models import Delivery
from rapport.outbox.words import DeliveryStatus


def dismiss(tx: Tx, delivery_id: str, *, reason: str) -> None:
    """Count a dead letter as skipped, with somebody's reason."""
    row = tx.session.execute(
        select(Delivery).where(Delivery.id == delivery_id).with_for_update(key_share=True)
    ).scalar()
    if row is None:
        raise RapportError(NOT_FOUND)
    if row.status != DeliveryStatus.DEAD.value:
        raise RapportError(DELIVERY_STATE, "Only a dead letter can be dismissed.")
    end(tx, row, DeliveryStatus.SKIPPED, f"dismissed: {reason}")
    data = {"channel": row.channel, "event_type": row.event_type, "reason": reason, "delivery_id": row.id}
    tx.emit(events.DISMISSED, client_id=row.client_id, data=data, conversation_id=row.conversation_id)
    tx.session.flush()  # what is shown is read by statements on bare tables
