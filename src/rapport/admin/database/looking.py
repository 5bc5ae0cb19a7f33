"""The health of the database put together: what it says itself, what this process noted, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, UniqueConstraint
from sqlalchemy.pool import QueuePool

from rapport.admin.database import postgresql, sqlite
from rapport.kernel.db import READING, Base, is_postgresql
from rapport.kernel.watching import Watch
from rapport.rules.database_health import DatabaseFacts, Finding, TableFacts, WaitFacts, findings


def shown(engine: Engine, watch: Watch, *, now: datetime) -> dict[str, Any]:
    """Everything, for a person who looks."""
    with engine.execution_options(**{READING: True}).connect() as connection:
        database, tables = _facts(connection)
        statements = postgresql.statements(connection) if is_postgresql(connection) else None
    found = findings(database, _waits(watch), tables, now=now)
    longest = database.longest_transaction
    return {
        **asdict(database),
        "longest_transaction": longest.total_seconds() if longest is not None else None,
        "found_share": database.found_share,
        "pool": _pool(engine),
        "waits": [{"what": what, **asdict(each)} for what, each in watch.waits().items()],
        "slow_from_s": watch.slow_from_s,
        "slow": [asdict(each) for each in watch.slow()[:50]],
        "statements": statements,
        "tables": [asdict(each) for each in sorted(tables, key=_weight, reverse=True)],
        "findings": [asdict(each) for each in found],
    }


def found(engine: Engine, watch: Watch, *, now: datetime) -> list[Finding]:
    """What there is to be said, for an alarm."""
    with engine.execution_options(**{READING: True}).connect() as connection:
        database, tables = _facts(connection)
    return findings(database, _waits(watch), tables, now=now)


def _facts(connection: Connection) -> tuple[DatabaseFacts, list[TableFacts]]:
    database = postgresql if is_postgresql(connection) else sqlite
    lacking = unindexed(Base.metadata)
    tables = [replace(each, unindexed=lacking.get(each.name, ())) for each in database.tables(connection)]
    return database.whole(connection), tables


def _waits(watch: Watch) -> list[WaitFacts]:
    return [WaitFacts(what, each.times, each.longest_s, each.in_vain) for what, each in watch.waits().items()]


def _pool(engine: Engine) -> dict[str, int]:
    pool = engine.pool
    return {"size": pool.size(), "in_use": pool.checkedout()} if isinstance(pool, QueuePool) else {}


def _weight(table: TableFacts) -> int:
    return (table.bytes or table.rows) + (table.index_bytes or 0)


_STAY = frozenset({"client", "user"})
"""Rows of these are put away, not deleted: nobody looks for who names them."""


def unindexed(metadata: MetaData) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Table → columns that name rows of another one and begin no index: who deletes there reads all of it here."""
    found = {}
    for table in metadata.tables.values():
        begun = list(_indexed(table))
        named = [each for each in table.foreign_key_constraints if each.referred_table.name not in _STAY]
        keys = [tuple(column.name for column in each.columns) for each in named]
        lacking = [key for key in sorted(keys) if not any(set(each[: len(key)]) == set(key) for each in begun)]
        if lacking:
            found[table.name] = tuple(lacking)
    return found


def _indexed(table: Table) -> Sequence[tuple[str, ...]]:
    whole = [each for each in table.indexes if _finds_all(each.dialect_options["postgresql"]["where"])]
    kept = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    return [tuple(column.name for column in each.columns) for each in (table.primary_key, *whole, *kept)]


def _finds_all(where: object) -> bool:
    """Whether an index has every row that names another: one of a part of the rows need not."""
    return where is None or str(where).upper().endswith("IS NOT NULL")
