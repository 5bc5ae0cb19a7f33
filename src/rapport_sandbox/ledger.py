"""The ledger: what arrived, in order, on disk before the answer leaves.

One JSON line a request: `{n, service, request_id, at, method, path, account, person, kind, bytes, body,
effect, status, …}`. `at` is the sandbox's clock. The file is the judge's evidence, so it is appended and
synced, never rewritten; a reader may follow it while the sandbox runs.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator


class Ledger:
    """An append-only file of JSON lines with a running number."""

    def __init__(self, path: Path | None, *, sync: bool = True) -> None:
        """`path=None` keeps the lines in memory: for stories that run in one process."""
        self._lock = Lock()
        self._sync = sync
        self._memory: list[bytes] = []
        self._file = None
        self._n = 0
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                with path.open("rb") as old:
                    self._n = sum(1 for _ in old)
            self._file = path.open("ab", buffering=0)
        self.path = path

    def write(self, service: str, entry: dict[str, object]) -> int:
        """Append one line and answer its number; returns only when the line is on disk."""
        with self._lock:
            self._n += 1
            line = orjson.dumps({"n": self._n, "service": service, **entry}) + b"\n"
            if self._file is None:
                self._memory.append(line)
            else:
                self._file.write(line)
                if self._sync:
                    os.fsync(self._file.fileno())
            return self._n

    def read(self, *, service: str | None = None, after: int = 0) -> Iterator[dict[str, object]]:
        """The lines after number `after`, oldest first."""
        if self.path is None:
            lines: list[bytes] = list(self._memory)
        else:
            lines = self.path.read_bytes().splitlines()
        for line in lines:
            entry = orjson.loads(line)
            if entry["n"] > after and service in (None, entry["service"]):
                yield entry

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
