"""Reading the log: onward by number for integrators, backward for people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select

from rapport.events.models import SUBJECTS, Event, EventStream
from rapport.events.titles import render
from rapport.kernel.ids import shown_owner
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import Prepared, within
from rapport.kernel.tx import Reading

_E = Event.__table__
_COLUMNS = [
    _E.c.id,
    _E.c.client_id,
    _E.c.seq,
    _E.c.type,
    _E.c.occurred_at,
    _E.c.recorded_at,
    _E.c.actor_type,
    _E.c.actor_id,
    *(_E.c[name] for name in SUBJECTS),
    _E.c.data,
]


def dump(row: Any) -> dict[str, Any]:
    """One event as the API shows it."""
    shown = dict(row._mapping)
    shown["client_id"] = shown_owner(shown["client_id"])
    shown["title"] = render(shown["type"], shown["data"])
    return shown


TIMELINE = Listing(
    name="events",
    columns=_COLUMNS,
    fields={
        "client_id": Field(_E.c.client_id, "id"),
        "type": Field(_E.c.type, "text"),
        "actor_type": Field(_E.c.actor_type, "text"),
        "actor_id": Field(_E.c.actor_id, "text"),
        "occurred_at": Field(_E.c.occurred_at, "instant"),
        **{name: Field(_E.c[name], "id") for name in SUBJECTS},
    },
    sorts={"recorded_at": _E.c.recorded_at, "occurred_at": _E.c.occurred_at},
    default_sort="recorded_at",
    default_order="desc",
    owner=_E.c.client_id,
    key=_E.c.id,
    dump=dump,
)


def after(
    reading: Reading, client_id: str, seq: int, *, types: Sequence[str] = (), limit: int = 100
) -> tuple[list[dict[str, Any]], int]:
    """The next events of a client after number `seq`, and the number to go on from.

    With a filter by type the number may be past the last event shown: it is how far the log was read.
    """
    statement: Select[Any] = (
        select(*_COLUMNS)
        .where(within(reading.scope, _E.c.client_id), _E.c.client_id == client_id, _E.c.seq > seq)
        .order_by(_E.c.seq)
        .limit(limit)
    )
    last = last_seq(reading, client_id)  # before the rows, so that it is never beyond what they could hold
    if types:
        statement = statement.where(_E.c.type.in_(types))
    events = [dump(row) for row in reading.rows(statement)]
    shown = events[-1]["seq"] if events else seq
    return events, shown if len(events) == limit or not types else max(shown, last)


def between(
    reading: Reading, client_id: str, after_seq: int, until_seq: int, types: Collection[str] | None
) -> Sequence[Any]:
    """A client's events of some types with numbers above the one and up to the other, as rows, in their order."""
    if types is None:
        return reading.rows(_STRETCH, client_id=client_id, after=after_seq, until=until_seq).all()
    return reading.rows(
        _STRETCH_OF_TYPES, client_id=client_id, after=after_seq, until=until_seq, types=sorted(types)
    ).all()


_STRETCH_COLUMNS = ("seq", "type", "occurred_at", *SUBJECTS, "data")
_ROWS = select(*(_E.c[name] for name in _STRETCH_COLUMNS)).where(
    _E.c.client_id == bindparam("client_id"), _E.c.seq > bindparam("after"), _E.c.seq <= bindparam("until")
)
_STRETCH = Prepared(_ROWS.order_by(_E.c.seq), owner=_E.c.client_id)
_STRETCH_OF_TYPES = Prepared(
    _ROWS.where(_E.c.type.in_(bindparam("types", expanding=True))).order_by(_E.c.seq), owner=_E.c.client_id
)


@dataclass(frozen=True, slots=True)
class Happened:
    """One event for those who act on it without being handed the log's own row."""

    id: str
    client_id: str
    type: str
    occurred_at: datetime
    conversation_id: str | None
    data: Mapping[str, Any]


def happened(reading: Reading, client_id: str, event_ids: Sequence[str]) -> list[Happened]:
    """Some events of a client, in the order of the log."""
    statement = (
        select(_E.c.id, _E.c.client_id, _E.c.type, _E.c.occurred_at, _E.c.conversation_id, _E.c.data)
        .where(_E.c.id.in_(event_ids), _E.c.client_id == client_id, within(reading.scope, _E.c.client_id))
        .order_by(_E.c.seq)
    )
    return [Happened(*row) for row in reading.rows(statement)]


def last_seq(reading: Reading, client_id: str) -> int:
    """The number of a client's newest event."""
    found = reading.session.execute(select(EventStream.seq).where(EventStream.client_id == client_id)).scalar()
    return int(found or 0)


def last_seqs(reading: Reading, client_ids: Collection[str]) -> dict[str, int]:
    """The numbers of the newest events of several clients."""
    rows = reading.session.execute(
        select(EventStream.client_id, EventStream.seq).where(EventStream.client_id.in_(client_ids))
    )
    return {row.client_id: row.seq for row in rows}


def versions(reading: Reading, client_ids: frozenset[str] | None) -> tuple[tuple[str, int], ...]:
    """The version of the data of some clients (None: of all): it differs whenever a row of theirs differs."""
    statement = select(EventStream.client_id, EventStream.version).order_by(EventStream.client_id)
    if client_ids is not None:
        statement = statement.where(EventStream.client_id.in_(client_ids))
    return tuple((row.client_id, row.version) for row in reading.session.execute(statement))


def has_stream(reading: Reading, client_id: str) -> bool:
    """Whether a log of this client exists."""
    return (
        reading.session.execute(select(EventStream.client_id).where(EventStream.client_id == client_id)).first()
        is not None
    )
