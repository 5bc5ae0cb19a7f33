"""The version of clients' data at this moment: what makes a cached answer safe to give again.

On SQLite one connection that never writes watches the file: `PRAGMA data_version` changes with every
commit of anyone else, so the sums below are read again only when something was committed. On PostgreSQL
they are read each time: one row, by key.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Engine, func, select

from rapport.events.models import EventStream
from rapport.kernel.db import READING, is_postgresql

_S = EventStream.__table__
_ALL = select(func.count(), func.sum(_S.c.version))


class DataVersions:
    """Reads versions on one engine. A sum over clients is enough: versions only ever grow."""

    def __init__(self, engine: Engine, lock: AbstractContextManager[Any]) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT", **{READING: True})
        self._lock = lock
        self._watching = not is_postgresql(engine)
        self._watch: Any = None
        self._seen: int | None = None
        self._known: dict[frozenset[str] | None, str] = {}

    def current(self, client_ids: frozenset[str] | None) -> str:
        if not self._watching:
            with self._engine.connect() as connection:
                return self._read(connection, client_ids)
        with self._lock:
            if self._watch is None:
                self._watch = self._engine.connect()
            cursor = self._watch.connection.driver_connection.execute("PRAGMA data_version")
            seen = cursor.fetchone()[0]
            if seen != self._seen:
                self._known.clear()
                self._seen = seen
            found = self._known.get(client_ids)
            if found is None:
                found = self._known[client_ids] = self._read(self._watch, client_ids)
            return found

    def close(self) -> None:
        """Give the watching connection back."""
        with self._lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
                self._seen = None

    def _read(self, connection: Any, client_ids: frozenset[str] | None) -> str:
        statement = _ALL if client_ids is None else _ALL.where(_S.c.client_id.in_(client_ids))
        count, total = connection.execute(statement).one()
        return f"{count}.{total or 0}"
