"""One process per SQLite database: a lock on a file beside it, held as long as the process lives."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class AlreadyRunningError(Exception):
    """Another process works on this database."""


class Alone:
    """The lock. The kernel drops it when the process dies, however it dies."""

    def __init__(self, home: Path) -> None:
        self._path = home / "rapport.lock"
        self._handle: int | None = None

    def take(self) -> None:
        home = self._path.parent
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(handle, 20).decode(errors="replace").strip() or "another process"
            os.close(handle)
            raise AlreadyRunningError(
                f"Process {holder} works on the database in {home}. SQLite takes one process: stop it first, "
                "or set DATABASE_URL to a PostgreSQL to run several."
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle
