"""How PostgreSQL is, as its own statistics say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from rapport.kernel.log import redact_text
from rapport.rules.database_health import DatabaseFacts, IndexFacts, TableFacts

_DATABASE = text(
    """
    SELECT current_setting('server_version') AS version, pg_database_size(datname) AS bytes, numbackends AS connections,
           current_setting('max_connections')::int AS most_connections, blks_read AS blocks_read,
           blks_hit AS blocks_found, deadlocks, stats_reset AS counted_since,
           (SELECT extract(epoch FROM max(now() - xact_start)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()) AS longest_s,
           (SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock') AS waiting_for_locks
      FROM pg_stat_database WHERE datname = current_database()
    """
)
_TABLES = text(
    """
    SELECT s.relname AS name, greatest(s.n_live_tup, c.reltuples::bigint, 0) AS rows,
           pg_table_size(s.relid) AS bytes, pg_indexes_size(s.relid) AS index_bytes,
           s.seq_scan AS whole_reads, s.seq_tup_read AS rows_read_whole, coalesce(s.idx_scan, 0) AS index_reads,
           s.n_dead_tup AS dead_rows, greatest(s.last_analyze, s.last_autoanalyze) AS analyzed_at
      FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
     WHERE s.schemaname = current_schema()
    """
)
_INDEXES = text(
    """
    SELECT s.indexrelname AS name, s.relname AS "table", pg_relation_size(s.indexrelid) AS bytes, s.idx_scan AS scans,
           i.indisunique AS is_unique
      FROM pg_stat_user_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid
     WHERE s.schemaname = current_schema() ORDER BY s.indexrelname
    """
)
_STATEMENTS = text(
    """
    SELECT query AS text, calls AS times, total_exec_time / 1000 AS total_s, max_exec_time / 1000 AS worst_s
      FROM pg_stat_statements
     WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND query ~* '^\\s*(select|insert|update|delete|with)\\M'
     ORDER BY total_exec_time DESC LIMIT 20
    """
)


def whole(connection: Connection) -> DatabaseFacts:
    """The database as a whole."""
    row = dict(connection.execute(_DATABASE).one()._mapping)
    longest = row.pop("longest_s")
    duration = timedelta(seconds=float(longest)) if longest is not None else None
    return DatabaseFacts(kind="postgresql", longest_transaction=duration, **row)


def tables(connection: Connection) -> list[TableFacts]:
    """Its tables with their indexes."""
    indexes: dict[str, list[IndexFacts]] = {}
    for row in connection.execute(_INDEXES):
        indexes.setdefault(row.table, []).append(IndexFacts(**row._mapping))
    return [
        TableFacts(
            **row._mapping,
            is_analyzed=row.analyzed_at is not None,
            indexes=tuple(indexes.get(row._mapping["name"], ())),
        )
        for row in connection.execute(_TABLES)
    ]


def statements(connection: Connection) -> list[dict[str, Any]] | None:
    """What costs most in all, of every process; None where nobody keeps these statistics."""
    try:
        rows = connection.execute(_STATEMENTS).all()
    except DBAPIError:  # the extension is not there, or was not loaded when the server began
        return None
    return [{**row._mapping, "text": redact_text(" ".join(row.text.split()))} for row in rows]
