"""Moving the rollups: a batch of events is folded in memory, then each table is written by one statement.

It runs in the transaction of its consumer's cursor, so an event is counted once whatever dies. What a batch changed
moves the version of the client's data: no kept answer outlives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Table, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.analytics import queries
from rapport.analytics.models import Measured, Milestone, Rollup
from rapport.kernel.once import Once
from rapport.kernel.tenancy import SCOPED, ScopeError
from rapport.kernel.tx import Tx
from rapport.rules.figures import Figures, Key, Mark, MarkKey

_R, _M, _Z = Rollup.__table__, Milestone.__table__, Measured.__table__
_KEY = ("dim", "span", "campaign_id", "account_id", "step_key", "variant", "metric", "slot")
_MARK = ("campaign_id", "account_id", "step_key", "variant", "at", "sent_at")


def apply(tx: Tx, client_id: str, events: Sequence[Any]) -> Figures:
    """Count events of a client that were not counted before."""
    campaigns = {event.campaign_id for event in events if event.campaign_id}
    measured = queries.measured(tx, client_id, campaigns)
    zones = queries.zones(tx, client_id, campaigns) | {name: row.timezone for name, row in measured.items()}
    last = {name: row.last_at for name, row in measured.items()}
    whose = {each for event in events for each in (event.enrollment_id, event.conversation_id) if each}
    figures = Figures(zone=zones[""], zones=zones, marks=queries.marks(tx, whose), last=dict(last))
    for event in events:
        figures.read(event)
    write(tx, client_id, figures)
    _measure(tx, client_id, figures, {name: at for name, at in figures.last.items() if last.get(name) != at})
    if figures.counts or figures.moved:
        tx.touch(client_id)
    return figures


def write(tx: Tx, client_id: str, figures: Figures) -> None:
    """Add what was counted to what is kept."""
    counts = list(rows_of(client_id, figures.counts))
    _put(tx, _R, [row for row in counts if row["value"] > 0])
    taken = [{f"_{name}": value for name, value in row.items()} for row in counts if row["value"] < 0]
    if taken:
        tx.write(_TAKING, *taken)
        tx.write(_NOTHING, {"_client_id": client_id})
    _put(tx, _M, list(marks_of(client_id, {key: figures.marks[key] for key in figures.moved})))


def _measure(tx: Tx, client_id: str, figures: Figures, last: Mapping[str, Any]) -> None:
    rows = [
        {"client_id": client_id, "campaign_id": name, "timezone": figures.zone_of(name), "last_at": at}
        for name, at in sorted(last.items())
    ]
    _put(tx, _Z, rows)


def rows_of(client_id: str, counts: Mapping[Key, int]) -> Iterable[dict[str, Any]]:
    """Counts as rows."""
    for key, value in counts.items():
        row: dict[str, Any] = dict(zip(_KEY, key, strict=True))
        row["client_id"] = client_id
        row["value"] = value
        yield row


def marks_of(client_id: str, marks: Mapping[MarkKey, Mark | None]) -> Iterable[dict[str, Any]]:
    """Milestones as rows."""
    for (whose, kind), mark in marks.items():
        row: dict[str, Any] = {"whose": whose, "kind": kind, "client_id": client_id}
        if mark is None:
            yield row | dict.fromkeys(_MARK[:4], "") | {"at": None, "sent_at": None}
            continue
        values = (mark.campaign_id, mark.account_id, mark.step, mark.variant, mark.at, mark.sent_at)
        yield row | dict(zip(_MARK, values, strict=True))


# Writing


def _put(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows to a table, or change those that are there: on PostgreSQL in one statement, for it answers each."""
    if not rows:
        return
    if tx.dialect != "postgresql":
        tx.write(_one_by_one(table), *rows)
    elif not tx.scope.allows(rows[0]["client_id"]):
        raise ScopeError(f"rows of {table.name} of a client outside the scope")
    else:
        columns = {_all(name): [row[name] for row in rows] for name in rows[0]}
        tx.session.execute(_at_once(table), columns, execution_options={SCOPED: True})


@cache
def _one_by_one(table: Table) -> Once:
    return Once(_or_change(sqlite_insert(table), table))


@cache
def _at_once(table: Table) -> Any:
    lists = [func.unnest(bindparam(_all(column.name), type_=ARRAY(column.type))) for column in table.c]
    statement = postgresql_insert(table).from_select([column.name for column in table.c], select(*lists))
    return _or_change(statement, table)


def _all(name: str) -> str:
    return f"all_{name}"


def _or_change(statement: Any, table: Table) -> Any:
    keys = [column.name for column in table.primary_key]
    changes = {name: statement.excluded[name] for name in _CHANGES[table.name]}
    if table is _R:
        changes = {"value": _R.c.value + statement.excluded.value}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


_CHANGES = {_R.name: ("value",), _M.name: _MARK, _Z.name: ("last_at",)}
_TAKING = Once(
    update(_R)
    .where(*(column == bindparam(f"_{column.name}") for column in _R.primary_key))
    .values(value=_R.c.value + bindparam("_value"))
)
_NOTHING = Once(delete(_R).where(_R.c.client_id == bindparam("_client_id"), _R.c.value == 0))
"""Who has no rows left of something is as if it had never been: a rebuild would not find them."""
