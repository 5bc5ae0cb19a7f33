"""The version of clients' data at this moment: what makes a cached answer safe to give again.

One connection that never writes is kept for it. On SQLite it watches the file: `PRAGMA data_version` changes
with every commit of anyone else, so the sum below is read again only when something was committed. On
PostgreSQL it is read each time, but those who come while another reads share the next reading: one that
began after I came is as fresh as my own.
"""

from __future__ import annotations

import itertools
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Engine

from rapport.kernel.db import READING, is_postgresql

_OF_ALL = "SELECT count(*) || '.' || coalesce(sum(version), 0) FROM event_stream"
"""A sum over clients is enough: versions only ever grow. In plain SQL, for it is asked at every cached read."""
_OF_NOBODY = "0.0"
_MOST_KNOWN = 10_000


class DataVersions:
    """Reads versions on one engine."""

    def __init__(self, engine: Engine, lock: AbstractContextManager[Any]) -> None:
        self._engine = engine.execution_options(**{READING: True})
        self._lock = lock
        self._on_postgresql = is_postgresql(engine)
        self._placeholder = "%s" if self._on_postgresql else "?"
        self._broken: Any = engine.dialect.loaded_dbapi.Error
        self._order = itertools.count()
        self._kept: Any = None
        self._cursor: Any = None
        self._known: dict[frozenset[str] | None, tuple[int, str]] = {}

    def current(self, client_ids: frozenset[str] | None) -> str:
        """The version of these clients' data; of everybody's when it is None."""
        if client_ids is not None and not client_ids:
            return _OF_NOBODY
        came = next(self._order)
        with self._lock:
            try:
                return self._current(client_ids, came)
            except self._broken:
                self._kept.invalidate()
                self._let_go()
                with self._engine.connect() as connection:  # says in SQLAlchemy's words what is wrong, if it still is
                    return str(connection.exec_driver_sql(*self._asking(client_ids)).scalar_one())

    def close(self) -> None:
        """Give the kept connection back."""
        with self._lock:
            self._let_go()

    def _current(self, client_ids: frozenset[str] | None, came: int) -> str:
        if self._kept is None:
            self._kept = self._engine.connect()
            self._cursor = self._kept.connection.driver_connection.cursor()
        mark, version = self._known.get(client_ids, (-1, ""))
        if self._on_postgresql:
            if mark > came:
                return version
            mark = next(self._order)
        else:
            seen, mark = mark, self._cursor.execute("PRAGMA data_version").fetchone()[0]
            if mark == seen:
                return version
        version = self._cursor.execute(*self._asking(client_ids)).fetchone()[0]
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[client_ids] = (mark, version)
        return version

    def _asking(self, client_ids: frozenset[str] | None) -> tuple[str, tuple[Any, ...]]:
        if client_ids is None:
            return _OF_ALL, ()
        places = ",".join([self._placeholder] * len(client_ids))
        return f"{_OF_ALL} WHERE client_id IN ({places})", tuple(client_ids)

    def _let_go(self) -> None:
        """What is known goes with the connection: each counts the changes of the file in its own way."""
        self._known.clear()
        if self._kept is not None:
            self._kept.close()
            self._kept = self._cursor = None
