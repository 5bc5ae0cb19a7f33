"""What is to be said of a database's health: what is wrong now, and what is worth a look.

A problem is something that fails or soon will (somebody waited for a connection in vain, connections run out). A notice
costs time or room and nothing else: an index that nobody uses, a table that is read whole again and again. Small tables
are never spoken of: to read one whole is the quickest way to read it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MANY_ROWS = 10_000
"""A table of fewer rows is not spoken of."""
LARGE_INDEX = 8 << 20
LONG_WAIT_S = 1.0
LONG_TRANSACTION = timedelta(minutes=5)
_FULL, _DEAD, _CACHED, _FREE = 0.8, 0.2, 0.95, 0.25
_MANY_READS, _WHOLE_READS = 100_000, 100
_LARGE_LOG = 256 << 20
_WATCHED = timedelta(days=7)
"""What was counted for less than this says nothing of what is never used."""


class Weight(StrEnum):
    """How much it matters."""

    PROBLEM = "problem"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to be said. `kind` and `subject` stay the same as long as it holds."""

    kind: str
    weight: Weight
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """One index; None is what this database does not count."""

    name: str
    table: str
    bytes: int | None
    scans: int | None
    is_unique: bool


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table; None is what this database does not count."""

    name: str
    rows: int
    """As the database estimates them."""
    bytes: int | None
    index_bytes: int | None
    whole_reads: int | None = None
    rows_read_whole: int | None = None
    index_reads: int | None = None
    dead_rows: int | None = None
    analyzed_at: datetime | None = None
    is_analyzed: bool = True
    indexes: tuple[IndexFacts, ...] = ()
    unindexed: tuple[tuple[str, ...], ...] = ()
    """Columns that name rows of another table and begin no index."""


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """A database as a whole; None is what this kind does not have or does not count."""

    kind: str
    version: str
    bytes: int
    free_bytes: int | None = None
    log_bytes: int | None = None
    """SQLite's log of what is not in the file yet."""
    connections: int | None = None
    most_connections: int | None = None
    blocks_read: int | None = None
    blocks_found: int | None = None
    deadlocks: int | None = None
    counted_since: datetime | None = None
    longest_transaction: timedelta | None = None
    waiting_for_locks: int | None = None

    @property
    def found_share(self) -> float | None:
        """The share of what was read that lay in the database's memory already."""
        if self.blocks_read is None or self.blocks_found is None or not self.blocks_read + self.blocks_found:
            return None
        return self.blocks_found / (self.blocks_read + self.blocks_found)


@dataclass(frozen=True, slots=True)
class WaitFacts:
    """How often and how long this process waited for one thing."""

    what: str
    times: int
    longest_s: float
    in_vain: int


def findings(
    database: DatabaseFacts, waits: Sequence[WaitFacts], tables: Sequence[TableFacts], *, now: datetime
) -> list[Finding]:
    """Everything there is to be said, problems first."""
    found = [*_of_waits(waits), *_of_whole(database)]
    watched = database.counted_since is None or now - database.counted_since >= _WATCHED
    for table in tables:
        found += _of_table(table)
        found += _of_indexes(table, watched=watched)
    return sorted(found, key=lambda each: each.weight is not Weight.PROBLEM)


def _of_waits(waits: Sequence[WaitFacts]) -> Iterator[Finding]:
    for each in waits:
        if each.in_vain:
            said = f"{each.in_vain} times somebody waited for a {each.what} in vain and was refused."
            yield Finding("waited_in_vain", Weight.PROBLEM, each.what, f"{said} {_WAIT_HELPS[each.what]}")
        elif each.longest_s >= LONG_WAIT_S:
            said = f"Somebody waited {each.longest_s:.1f} s for a {each.what}."
            yield Finding("long_wait", Weight.NOTICE, each.what, f"{said} {_WAIT_HELPS[each.what]}")


_WAIT_HELPS = {
    "connection": "Raise DB_POOL_SIZE, or look at what holds connections for long.",
    "turn": "SQLite has one writer at a time: look at what writes for long, or move to PostgreSQL.",
}


def _of_whole(database: DatabaseFacts) -> Iterator[Finding]:
    name = database.kind
    if (database.connections or 0) >= (database.most_connections or math.inf) * _FULL:
        said = f"{database.connections} of {database.most_connections} connections are taken."
        yield Finding("connections_run_out", Weight.PROBLEM, name, f"{said} Lower DB_POOL_SIZE or raise the limit.")
    if database.longest_transaction is not None and database.longest_transaction >= LONG_TRANSACTION:
        minutes = int(database.longest_transaction.total_seconds() // 60)
        said = f"A transaction has been open for {minutes} minutes: dead rows cannot be cleared behind it."
        yield Finding("long_transaction", Weight.PROBLEM, name, said)
    share = database.found_share
    if share is not None and share < _CACHED and (database.blocks_read or 0) >= _MANY_READS:
        said = f"Only {share:.0%} of what is read lies in the database's memory already: give it more."
        yield Finding("memory_is_short", Weight.NOTICE, name, said)
    if database.free_bytes is not None and database.free_bytes > max(_LARGE_LOG, database.bytes * _FREE):
        said = f"{_size(database.free_bytes)} of the file are empty: VACUUM gives them back, in a quiet hour."
        yield Finding("much_is_empty", Weight.NOTICE, name, said)
    if database.log_bytes is not None and database.log_bytes > _LARGE_LOG:
        said = f"The log of what is not in the file yet has {_size(database.log_bytes)}: a reader holds it open."
        yield Finding("log_is_large", Weight.PROBLEM, name, said)


def _of_table(table: TableFacts) -> Iterator[Finding]:
    if table.rows < MANY_ROWS:
        return
    whole = table.whole_reads or 0
    if whole >= _WHOLE_READS and (table.rows_read_whole or 0) / whole >= MANY_ROWS / 2:
        said = f"{table.name} was read whole {whole:,} times, by some {(table.rows_read_whole or 0) // whole:,} rows."
        yield Finding("read_whole", Weight.NOTICE, table.name, f"{said} An index may be missing.")
    if (table.dead_rows or 0) > table.rows * _DEAD and (table.dead_rows or 0) > MANY_ROWS:
        said = f"{table.dead_rows:,} dead rows lie in {table.name}: VACUUM does not keep up."
        yield Finding("dead_rows", Weight.NOTICE, table.name, said)
    if not table.is_analyzed:
        said = f"{table.name} was never analysed: the database guesses how to read it. Run ANALYZE."
        yield Finding("not_analyzed", Weight.NOTICE, table.name, said)
    for columns in table.unindexed:
        said = f"No index of {table.name} begins with {', '.join(columns)}, which names rows of another table."
        yield Finding("missing_index", Weight.NOTICE, f"{table.name}.{'.'.join(columns)}", said)


def _of_indexes(table: TableFacts, *, watched: bool) -> Iterator[Finding]:
    for index in table.indexes:
        if watched and index.scans == 0 and not index.is_unique and (index.bytes or 0) >= LARGE_INDEX:
            said = f"{index.name} takes {_size(index.bytes or 0)}, and nothing was ever looked up by it."
            yield Finding("unused_index", Weight.NOTICE, index.name, said)


def _size(number: int) -> str:
    return f"{number / (1 << 20):,.0f} MB" if number < 1 << 30 else f"{number / (1 << 30):,.1f} GB"
