"""Appending: the last thing a transaction does before it commits.

An autoincrement is not commit order: a reader at `id > n` can skip a row whose transaction commits later.
So the number comes from the client's own row, taken by an UPDATE whose lock is held until the commit: the
next writer of that client waits here, and numbers are given out in the order in which they become visible.
Locks of several clients are taken in the order of their ids, so that two writers cannot wait for each other.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import BigInteger, Insert, bindparam, column, func, select, true, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.events.models import SUBJECTS, Event, EventStream
from rapport.kernel.bulk import insert_rows
from rapport.kernel.db import in_utc
from rapport.kernel.ids import AGENCY
from rapport.kernel.tenancy import SCOPED, Prepared, ScopeError
from rapport.kernel.tx import NewEvent, Tx

_STREAM = EventStream.__table__
_EVENT = Event.__table__


def open_stream(tx: Tx, client_id: str) -> None:
    """Begin a client's log. Whoever makes a client calls it; asking twice changes nothing."""
    tx.session.flush()  # the statement below is no ORM insert, so what came before must be written first
    dialect = tx.session.connection().dialect.name
    make = postgresql_insert if dialect == "postgresql" else sqlite_insert
    tx.session.execute(make(_STREAM).values(client_id=client_id, seq=0, version=0).on_conflict_do_nothing())


def append(tx: Tx) -> None:
    """Number and write what this transaction told, and move the version of every client it touched.

    The agency's log takes what anybody did: signing out or a new password is the act of a person, not a
    client's row, and an agent's scope holds clients only.
    """
    told: dict[str, list[NewEvent]] = defaultdict(list)
    for event in tx.events:
        if event.client_id != AGENCY and not tx.scope.allows(event.client_id):
            raise ScopeError(f"event {event.type} of a client outside the scope")
        told[event.client_id].append(event)
    for client_id in sorted({*told, *tx.touched}):
        _append_to(tx, client_id, told.get(client_id, []))


def _append_to(tx: Tx, client_id: str, events: list[NewEvent]) -> None:
    keyed = [event.dedupe_key for event in events if event.dedupe_key is not None]
    if 0 < len(events) <= _AT_ONCE and not keyed and tx.dialect == "postgresql":
        _number_and_write(tx, client_id, events)
        return
    numbered = 0 if keyed else len(events)
    last = _take(tx, client_id, numbered)
    if keyed:
        # With the row locked, whoever told the same fact has either committed or not begun to number.
        events = _not_told_yet(tx, client_id, events, keyed)
        if events:
            last = _take(tx, client_id, len(events))
    if not events:
        return
    first = last - len(events) + 1
    insert_rows(tx, _EVENT, [_row(tx, event, first + index) for index, event in enumerate(events)], judged=True)


def _take(tx: Tx, client_id: str, count: int) -> int:
    last = tx.rows(_NUMBER, client=client_id, count=count).scalar()
    if last is None:
        raise LookupError(f"client {client_id} has no event stream")
    return int(last)


_NUMBER = Prepared(
    update(_STREAM)
    .where(_STREAM.c.client_id == bindparam("client"))
    .values(seq=_STREAM.c.seq + bindparam("count"), version=_STREAM.c.version + 1)
    .returning(_STREAM.c.seq),
    owner=None,
)


def _number_and_write(tx: Tx, client_id: str, events: list[NewEvent]) -> None:
    """Both by one statement, so that others wait for the client's row as shortly as can be."""
    told = [_row(tx, event, place) for place, event in enumerate(events)]
    values = {"client_id": client_id, "count": len(events), "told": told}
    if tx.rows(_APPEND, **values).first() is None:
        raise LookupError(f"client {client_id} has no event stream")


def _appending() -> Insert:
    count = bindparam("count", type_=BigInteger())
    taken = (
        update(_STREAM)
        .where(_STREAM.c.client_id == bindparam("client_id"))
        .values(seq=_STREAM.c.seq + count, version=_STREAM.c.version + 1)
        .returning((_STREAM.c.seq - count + 1).label("first"))
        .cte("taken")
    )
    told = (
        func.jsonb_to_recordset(bindparam("told", type_=JSONB()))
        .table_valued(*(column(each.name, each.type) for each in _EVENT.c))
        .render_derived(name="told", with_types=True)
    )
    numbered = {each.name: told.c[each.name] for each in _EVENT.c} | {"seq": taken.c.first + told.c.seq}
    rows = select(*numbered.values()).select_from(told.join(taken, true()))
    return postgresql_insert(_EVENT).from_select(list(numbered), rows).returning(_EVENT.c.seq)


_APPEND = Prepared(_appending(), owner=None)
"""`told` are rows numbered from 0 on."""
_AT_ONCE = 50


def _not_told_yet(tx: Tx, client_id: str, events: list[NewEvent], keys: list[str]) -> list[NewEvent]:
    known = set(
        tx.session.execute(
            select(_EVENT.c.dedupe_key)
            .where(_EVENT.c.client_id == client_id, _EVENT.c.dedupe_key.in_(keys))
            .execution_options(**{SCOPED: True})
        ).scalars()
    )
    fresh = []
    for event in events:
        if event.dedupe_key is None or event.dedupe_key not in known:
            fresh.append(event)
            known.add(event.dedupe_key)
    return fresh


def _row(tx: Tx, event: NewEvent, seq: int) -> dict[str, Any]:
    actor = event.actor or tx.actor
    return {
        "id": tx.new_id(),
        "client_id": event.client_id,
        "seq": seq,
        "type": event.type,
        "occurred_at": in_utc(event.occurred_at or tx.now),
        "recorded_at": tx.now,
        "actor_type": actor.type,
        "actor_id": actor.id,
        **{column: event.subject.get(column) for column in SUBJECTS},
        "data": dict(event.data),
        "dedupe_key": event.dedupe_key,
    }
