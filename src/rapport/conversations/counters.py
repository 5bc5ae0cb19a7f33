"""How many threads are where: counted with every write of a thread, in its transaction, whoever writes it.

A thread stands in one row, that of its queue and its assignee. All that write a client's threads take turns, so nobody
waits for anybody at these rows. A recount of all threads must find the same, and is made nightly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, case, event, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import get_history

from rapport.conversations.models import Conversation, ConversationCount
from rapport.conversations.words import ConversationStatus
from rapport.kernel import locks
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx

_C = Conversation.__table__
_N = ConversationCount.__table__
NUMBERS = ("open", "snoozed", "closed", "unread", "waiting")
_DECIDES = ("client_id", "queue_id", "assignee_id", "status", "unread_count", "waiting_since")
Place = tuple[str, str, str]


def _place(thread: Mapping[str, Any]) -> Place:
    return thread["client_id"], thread["queue_id"] or "", thread["assignee_id"] or ""


def _numbers(thread: Mapping[str, Any]) -> tuple[int, ...]:
    return (
        *(int(thread["status"] == status.value) for status in ConversationStatus),
        int(thread["unread_count"] > 0),
        int(thread["waiting_since"] is not None),
    )


def _now(thread: Conversation) -> dict[str, Any]:
    return {name: getattr(thread, name) for name in _DECIDES}


def _before(thread: Conversation) -> dict[str, Any]:
    found = _now(thread)
    for name in _DECIDES:
        history = get_history(thread, name)
        if history.added or history.deleted:  # what was never set before was empty
            found[name] = history.deleted[0] if history.deleted else None
    return found


@event.listens_for(Conversation, "after_insert")
def _begun(_mapper: Mapper[Any], connection: Connection, thread: Conversation) -> None:
    _move(connection, _place(_now(thread)), _numbers(_now(thread)))


@event.listens_for(Conversation, "after_update")
def _changed(_mapper: Mapper[Any], connection: Connection, thread: Conversation) -> None:
    before, now = _before(thread), _now(thread)
    if _place(before) == _place(now):
        _move(connection, _place(now), tuple(b - a for a, b in zip(_numbers(before), _numbers(now), strict=True)))
    else:
        _move(connection, _place(before), tuple(-each for each in _numbers(before)))
        _move(connection, _place(now), _numbers(now))


@event.listens_for(Conversation, "after_delete")
def _gone(_mapper: Mapper[Any], connection: Connection, thread: Conversation) -> None:
    _move(connection, _place(_before(thread)), tuple(-each for each in _numbers(_before(thread))))


def _move(connection: Connection, place: Place, by: Iterable[int]) -> None:
    moved = dict(zip(NUMBERS, by, strict=True))
    if not any(moved.values()):
        return
    make = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = make(_N).values(client_id=place[0], queue_id=place[1], assignee_id=place[2], **moved)
    sums = {name: _N.c[name] + statement.excluded[name] for name in NUMBERS}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["client_id", "queue_id", "assignee_id"], set_=sums),
        execution_options={SCOPED: True},
    )


def check(tx: Tx, client_id: str) -> list[dict[str, Any]]:
    """Count a client's threads anew and mend what differs; answers each difference."""
    locks.take(tx, "conversations", client_id)
    kept = {
        (client_id, row.queue_id, row.assignee_id): tuple(row._mapping[name] for name in NUMBERS)
        for row in tx.rows(select(_N).where(_N.c.client_id == client_id))
    }
    counted = _recount(tx, client_id)
    nothing = (0,) * len(NUMBERS)
    differences = []
    for place in sorted({*kept, *counted}):
        had, has = kept.get(place, nothing), counted.get(place, nothing)
        if had == has:
            continue
        for name, was, now in zip(NUMBERS, had, has, strict=True):
            if was != now:
                differences.append(
                    {"queue_id": place[1] or None, "assignee_id": place[2] or None, "number": name, "kept": was}
                    | {"counted": now}
                )
        _move(tx.session.connection(), place, tuple(b - a for a, b in zip(had, has, strict=True)))
    if differences:
        tx.touch(client_id)
    return differences


def _recount(tx: Tx, client_id: str) -> dict[Place, tuple[int, ...]]:
    queue, assignee = func.coalesce(_C.c.queue_id, ""), func.coalesce(_C.c.assignee_id, "")
    statement = (
        select(
            queue,
            assignee,
            *(func.count(case((_C.c.status == status.value, 1))) for status in ConversationStatus),
            func.count(case((_C.c.unread_count > 0, 1))),
            func.count(_C.c.waiting_since),
        )
        .where(_C.c.client_id == client_id)
        .group_by(_C.c.queue_id, _C.c.assignee_id)
    )
    return {(client_id, row[0], row[1]): tuple(row[2:]) for row in tx.rows(statement)}
