"""What waits to be told together: released alone when it is one, and merged into another when it is several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from rapport.kernel.db import is_one_of
from rapport.kernel.tx import Tx
from rapport.outbox.ending import end
from rapport.outbox.models import Delivery
from rapport.outbox.words import OPEN, Channel, DeliveryStatus
from rapport.outbox.write import DUE

IN_DIGEST = "in_digest"
_MOST = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """Several deliveries of one key, whose time has come."""

    ids: Sequence[str]
    event_ids: Sequence[str]
    channel: Channel
    recipient: str
    connection_id: str | None
    rule_id: str | None


def gather(tx: Tx, client_id: str, key: str) -> Waiting | None:
    """What waits under a key, locked. A single one is released as it is, and None is left to be merged."""
    rows = _due(tx, client_id, key)
    if len(rows) == 1:
        (row,) = rows
        row.digest_at, row.next_attempt_at, row.queued_at = None, tx.now, tx.now
        tx.signal(DUE)
    if len(rows) < 2:
        return None
    first = rows[0]
    return Waiting(
        [each.id for each in rows],
        [each.event_id for each in rows if each.event_id],
        Channel(first.channel),
        first.recipient,
        first.connection_id,
        first.rule_id,
    )


def merge(tx: Tx, waiting: Waiting, into: str | None) -> None:
    """Keep what was merged as skipped, and say into what."""
    for row in tx.session.execute(select(Delivery).where(Delivery.id.in_(waiting.ids))).scalars():
        end(tx, row, DeliveryStatus.SKIPPED, IN_DIGEST)
        row.merged_into = into


def _due(tx: Tx, client_id: str, key: str) -> list[Delivery]:
    return list(
        tx.session.execute(
            select(Delivery)
            .where(
                Delivery.client_id == client_id,
                Delivery.digest_key == key,
                is_one_of(Delivery.status, *OPEN),
                Delivery.digest_at <= tx.now,
            )
            .order_by(Delivery.created_at, Delivery.id)
            .limit(_MOST)
            .with_for_update(skip_locked=True, key_share=True)
        ).scalars()
    )
