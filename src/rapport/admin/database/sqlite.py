"""How SQLite is. It counts neither reads nor uses of an index; what it lacks is said to be unknown."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, func, literal_column, select, text
from sqlalchemy import table as named

from rapport.rules.database_health import DatabaseFacts, IndexFacts, TableFacts

SOON_READ = 256 << 20
"""To weigh tables the whole file is read: only one that is read soon."""
_OBJECTS = text("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN ('table', 'index') ORDER BY name")
_SEARCHED = "_fts_"
"""Tables by which SQLite keeps an index of words: what lies in them are blocks, not rows."""
_WEIGHED = text("SELECT name, sum(pgsize) FROM dbstat WHERE aggregate = TRUE GROUP BY name")


def whole(connection: Connection) -> DatabaseFacts:
    """The database as a whole."""
    pages, size, free = (_pragma(connection, name) for name in ("page_count", "page_size", "freelist_count"))
    log = Path(f"{connection.engine.url.database}-wal")
    return DatabaseFacts(
        kind="sqlite",
        version=str(connection.execute(text("SELECT sqlite_version()")).scalar_one()),
        bytes=pages * size,
        free_bytes=free * size,
        log_bytes=log.stat().st_size if log.exists() else 0,
    )


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())


def tables(connection: Connection) -> list[TableFacts]:
    """Its tables with their indexes."""
    weights = _weights(connection)
    objects = connection.execute(_OBJECTS).all()
    analyzed = _analyzed(connection, {each.name for each in objects})
    found = []
    for table in objects:
        if table.type != "table" or table.name.startswith("sqlite_") or table.sql.startswith("CREATE VIRTUAL"):
            continue
        indexes = tuple(
            IndexFacts(each.name, table.name, weights.get(each.name), None, _is_unique(each.sql))
            for each in objects
            if each.type == "index" and each.tbl_name == table.name
        )
        found.append(
            TableFacts(
                name=table.name,
                rows=0 if _SEARCHED in table.name else _rows(connection, table.name),
                bytes=weights.get(table.name),
                index_bytes=sum(each.bytes or 0 for each in indexes) if weights else None,
                is_analyzed=table.name in analyzed,
                indexes=indexes,
            )
        )
    return found


def _weights(connection: Connection) -> dict[str, int]:
    if _pragma(connection, "page_count") * _pragma(connection, "page_size") > SOON_READ:
        return {}
    return {name: int(size) for name, size in connection.execute(_WEIGHED)}


def _rows(connection: Connection, table: str) -> int:
    """At most so many: rows are numbered, and the number of one that is gone is not given again soon."""
    last = select(func.coalesce(func.max(literal_column("rowid")), 0)).select_from(named(table))
    return int(connection.execute(last).scalar_one())


def _analyzed(connection: Connection, names: set[str]) -> set[str]:
    if "sqlite_stat1" not in names:
        return set()
    return {str(name) for (name,) in connection.execute(text("SELECT DISTINCT tbl FROM sqlite_stat1"))}


def _is_unique(sql: str | None) -> bool:
    """One that SQLite made by itself keeps a promise of its table."""
    return sql is None or sql.upper().startswith("CREATE UNIQUE")
