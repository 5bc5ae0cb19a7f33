"""Consumers: whoever acts on what happened reads the log by a cursor of its own.

The cursor moves in the transaction that writes the consequences, so neither can be without the other. A
replay is the cursor moved back; the consequences' own dedupe keys make that harmless.
A handler that fails stops its consumer for that client only: the cursor stays, the failure is written on
it, and the next turn tries again. Who only counts takes a batch as a whole; who acts is handed event by event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import func, literal, select, true, union_all
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.events.models import Event, EventCursor, EventStream
from rapport.events.queries import between, last_seq
from rapport.kernel.tenancy import Prepared
from rapport.kernel.tx import Reading, Tx

_STREAM = EventStream.__table__
_CURSOR = EventCursor.__table__
BATCH = 200


@dataclass(frozen=True, slots=True)
class Consumer:
    """A name, the types it wants (None: all), and what it does with one event inside the transaction.

    With `take` it is given the wanted events of a batch together, in their order, as rows and not as mapped objects.
    """

    name: str
    types: frozenset[str] | None
    handle: Callable[[Tx, Event], None] | None = None
    take: Callable[[Tx, str, Sequence[Any]], None] | None = None
    batch: int = BATCH
    before: Callable[[Tx, str], object] | None = None
    """What a client's wanted events wait for before the first is handled: a turn that must be taken before any row."""
    again: Callable[[Tx, str], object] | None = None
    """What is done for a client instead of moving the cursor back, by whoever would count everything twice."""


def behind(reading: Reading, consumers: Iterable[Consumer]) -> list[tuple[str, str]]:
    """The pairs (consumer, client) for which there is something unread, by one question for all."""
    places = {consumer.name: place for place, consumer in enumerate(consumers)}
    found = [(row.consumer, row.client_id) for row in reading.rows(_behind(tuple(places)))]
    return sorted(found, key=lambda each: (places[each[0]], each[1]))


@cache
def _behind(names: tuple[str, ...]) -> Prepared:
    reader = union_all(*(select(literal(name, _CURSOR.c.consumer.type).label("consumer")) for name in names)).subquery()
    mine = (_CURSOR.c.client_id == _STREAM.c.client_id) & (_CURSOR.c.consumer == reader.c.consumer)
    return Prepared(
        select(reader.c.consumer, _STREAM.c.client_id)
        .select_from(reader.join(_STREAM, true()).outerjoin(_CURSOR, mine))
        .where(_STREAM.c.seq > func.coalesce(_CURSOR.c.seq, 0)),
        owner=None,
    )


def advance(tx: Tx, consumer: Consumer, client_id: str, *, limit: int = BATCH) -> int:
    """Read on by at most `limit` events and act on them; answers how many were read.

    Another process at the same cursor makes this answer 0 at once.
    """
    cursor = hold(tx, consumer, client_id, skip_locked=True)
    if cursor is None:
        return 0
    read = _hand(tx, consumer, cursor, limit) if consumer.take is None else _take(tx, consumer, cursor, limit)
    cursor.failures = 0
    cursor.last_error = None
    return read


def hold(tx: Tx, consumer: Consumer, client_id: str, *, skip_locked: bool) -> EventCursor | None:
    """A consumer's cursor, locked; None where another process has it and nobody wants to wait."""
    _open_cursor(tx, consumer.name, client_id)
    return tx.session.execute(
        select(EventCursor)
        .where(EventCursor.consumer == consumer.name, EventCursor.client_id == client_id)
        .with_for_update(skip_locked=skip_locked, key_share=True)
    ).scalar()


def _hand(tx: Tx, consumer: Consumer, cursor: EventCursor, limit: int) -> int:
    if consumer.handle is None:
        raise TypeError(f"the consumer {consumer.name} does nothing")
    client_id = cursor.client_id
    events = (
        tx.session.execute(
            select(Event).where(Event.client_id == client_id, Event.seq > cursor.seq).order_by(Event.seq).limit(limit)
        )
        .scalars()
        .all()
    )
    wanted = [event for event in events if consumer.types is None or event.type in consumer.types]
    if wanted and consumer.before is not None:
        consumer.before(tx, client_id)
    for event in wanted:
        consumer.handle(tx, event)
    if events:
        cursor.seq = events[-1].seq
    return len(events)


def _take(tx: Tx, consumer: Consumer, cursor: EventCursor, limit: int) -> int:
    until = min(cursor.seq + limit, last_seq(tx, cursor.client_id))
    read = until - cursor.seq
    if read > 0 and consumer.take is not None:
        consumer.take(tx, cursor.client_id, between(tx, cursor.client_id, cursor.seq, until, consumer.types))
        cursor.seq = until
    return max(read, 0)


def record_failure(tx: Tx, consumer: Consumer, client_id: str, error: str) -> int:
    """Write on the cursor that its next event could not be handled; answers how often in a row."""
    _open_cursor(tx, consumer.name, client_id)
    cursor = tx.session.get_one(EventCursor, (consumer.name, client_id))
    cursor.failures += 1
    cursor.last_error = error[:500]
    return cursor.failures


def rewind(tx: Tx, consumer_name: str, client_id: str, *, to: int) -> None:
    """Move a cursor back (or on, at most to the end), so that the events after `to` are read again."""
    _open_cursor(tx, consumer_name, client_id)
    tx.session.get_one(EventCursor, (consumer_name, client_id)).seq = min(to, last_seq(tx, client_id))


def _open_cursor(tx: Tx, consumer: str, client_id: str) -> None:
    make = postgresql_insert if tx.session.connection().dialect.name == "postgresql" else sqlite_insert
    tx.session.execute(
        make(EventCursor).values(consumer=consumer, client_id=client_id, seq=0, failures=0).on_conflict_do_nothing()
    )
