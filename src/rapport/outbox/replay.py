"""Sending dead letters again: the same delivery under the same id, with a full set of attempts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update

from rapport.kernel.errors import DELIVERY_STATE, NOT_FOUND, RapportError
from rapport.kernel.tx import Reading, Tx
from rapport.outbox import events
from rapport.outbox.models import Connection, Delivery
from rapport.outbox.words import ConnectionStatus, DeliveryStatus
from rapport.outbox.write import DUE

MOST = 10_000


def count(reading: Reading, chosen: Mapping[str, Any]) -> int:
    """How many dead letters a bulk replay would send again."""
    return reading.session.execute(select(func.count(Delivery.id)).where(*_chosen(chosen))).scalar_one()


def one(tx: Tx, delivery_id: str) -> None:
    """Send a dead letter again."""
    row = tx.session.execute(
        select(Delivery).where(Delivery.id == delivery_id).with_for_update(key_share=True)
    ).scalar()
    if row is None:
        raise RapportError(NOT_FOUND)
    if row.status != DeliveryStatus.DEAD.value:
        raise RapportError(DELIVERY_STATE, "Only a dead letter can be sent again.")
    if not _again(tx, row.client_id, [row.id]):
        raise RapportError(DELIVERY_STATE, "Its connection is removed, disabled or failing: see to that first.")
    tx.session.refresh(row)


def many(tx: Tx, chosen: Mapping[str, Any]) -> tuple[int, bool]:
    """Send the oldest dead letters again, at most so many; how many they were, and whether there are more."""
    rows = tx.session.execute(
        select(Delivery.id, Delivery.client_id)
        .where(*_chosen(chosen))
        .order_by(Delivery.settled_at, Delivery.id)
        .limit(MOST + 1)
    ).all()
    of_clients: dict[str, list[str]] = {}
    for delivery_id, client_id in rows[:MOST]:
        of_clients.setdefault(client_id, []).append(delivery_id)
    return sum(_again(tx, client_id, ids) for client_id, ids in sorted(of_clients.items())), len(rows) > MOST


def _again(tx: Tx, client_id: str, ids: list[str]) -> int:
    done = 0
    for start in range(0, len(ids), 500):
        changed = tx.session.execute(
            update(Delivery)
            .where(Delivery.id.in_(ids[start : start + 500]), *_replayable())
            .values(
                status=DeliveryStatus.PENDING.value,
                reason=None,
                attempts=0,
                replays=Delivery.replays + 1,
                next_attempt_at=tx.now,
                queued_at=tx.now,
                settled_at=None,
            )
            .execution_options(synchronize_session=False)
        )
        done += changed.rowcount  # type: ignore[attr-defined]
    if done:
        tx.touch(client_id)
        tx.signal(DUE)
        tx.emit(
            events.REPLAYED, client_id=client_id, data={"count": done, "delivery_id": ids[0] if done == 1 else None}
        )
    return done


def _replayable() -> list[ColumnElement[bool]]:
    """A dead letter whose receiver may be tried: one that is failing would only make it die again."""
    well = select(Connection.id).where(
        Connection.id == Delivery.connection_id,
        Connection.removed_at.is_(None),
        Connection.status == ConnectionStatus.OK.value,
    )
    return [Delivery.status == DeliveryStatus.DEAD.value, or_(Delivery.connection_id.is_(None), well.exists())]


def _chosen(chosen: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    where = _replayable()
    for name in ("client_id", "connection_id", "channel", "event_type"):
        if chosen.get(name) is not None:
            where.append(getattr(Delivery, name) == chosen[name])
    if chosen.get("since") is not None:
        where.append(Delivery.created_at >= chosen["since"])
    if chosen.get("until") is not None:
        where.append(Delivery.created_at <= chosen["until"])
    return where
