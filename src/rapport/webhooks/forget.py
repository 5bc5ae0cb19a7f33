"""Taking out of deliveries what names people: when their term is over, and when a person is erased.

The row stays with its source, instants, kind and decision, so that no count changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.sql import ColumnElement

from rapport.events.forget import without_names
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.webhooks.models import WebhookDelivery
from rapport.webhooks.statuses import DeliveryStatus

BATCH = 500
_D = WebhookDelivery.__table__


def old(tx: Tx, *, older_than: timedelta) -> int:
    """Empty the next batch of decided deliveries that are older than that; answers how many."""
    return _empty(
        tx,
        _D.c.body.is_not(None),
        _D.c.received_at < tx.now - older_than,
        _D.c.status != DeliveryStatus.RECEIVED.value,
    )


def of_leads(tx: Tx, client_id: str, lead_ids: Sequence[str]) -> int:
    """Empty every delivery about these leads; answers how many."""
    total = 0
    while (done := _empty(tx, _D.c.lead_id.in_(lead_ids), _D.c.client_id == client_id, _D.c.body.is_not(None))) > 0:
        total += done
    return total


def _empty(tx: Tx, *which: ColumnElement[bool]) -> int:
    tx.session.flush()
    rows = tx.session.execute(
        select(_D.c.id, _D.c.decision).where(*which).order_by(_D.c.received_at).limit(BATCH),
        execution_options={SCOPED: True},
    ).all()
    for row in rows:
        left = {"body": None, "headers": {}, "external_chat_id": None, "decision": without_names(row.decision)}
        tx.session.execute(update(_D).where(_D.c.id == row.id).values(left), execution_options={SCOPED: True})
    return len(rows)
