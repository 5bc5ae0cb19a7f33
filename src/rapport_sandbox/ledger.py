"""The ledger: what arrived, in order, on disk before the answer leaves.

One JSON line a request: `{n, service, request_id, at, method, path, account, person, kind, bytes, body,
effect, status, …}`. `at` is the sandbox's clock. The file is the judge's evidence, so it is appended and
synced, never rewritten; a reader may follow it while the sandbox runs.
"""

from __future__ import annotations

import os
from array import array
from threading import Lock
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Ledger:
    """An append-only file of JSON lines with a running number."""

    def __init__(self, path: Path | None, *, sync: bool = True) -> None:
        """`path=None` keeps the lines in memory: for stories that run in one process."""
        self._lock = Lock()
        self._syncing = Lock()
        self._sync = sync
        self._memory: list[bytes] = []
        self._file = None
        self._ends = array("Q")
        self._synced = 0
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                self._ends = _line_ends(path)
            self._file = path.open("ab", buffering=0)
        self.path = path

    def __len__(self) -> int:
        return len(self._memory) if self.path is None else len(self._ends)

    def write(self, service: str, entry: dict[str, object]) -> int:
        """Append one line and answer its number; returns only when the line is on disk."""
        n = self.append(service, entry)
        self.settle(n)
        return n

    def append(self, service: str, entry: dict[str, object]) -> int:
        """Append one line and answer its number. No answer may leave before `settle(n)` returned."""
        with self._lock:
            n = len(self) + 1
            line = orjson.dumps({"n": n, "service": service, **entry}) + b"\n"
            if self._file is None:
                self._memory.append(line)
            else:
                self._file.write(line)
                self._ends.append((self._ends[-1] if self._ends else 0) + len(line))
            return n

    def settle(self, n: int) -> None:
        """Return when line `n` is on disk. Callers that wait together share one sync."""
        if self._file is None or not self._sync:
            return
        with self._syncing:
            if self._synced >= n:
                return
            with self._lock:
                covered = len(self)
            os.fsync(self._file.fileno())
            self._synced = covered

    def read(
        self,
        *,
        service: str | None = None,
        after: int = 0,
        kind: str | None = None,
        limit: int | None = None,
    ) -> Iterator[dict[str, object]]:
        """The lines after number `after`, oldest first; at most `limit` of them."""
        found = 0
        for line in self._lines(after):
            entry = orjson.loads(line)
            if service in (None, entry["service"]) and kind in (None, entry.get("kind")):
                yield entry
                found += 1
                if found == limit:
                    return

    def _lines(self, after: int) -> Iterator[bytes]:
        if self.path is None:
            yield from self._memory[after:]
            return
        with self._lock:
            end = self._ends[-1] if self._ends else 0
            start = self._ends[min(after, len(self._ends)) - 1] if after and self._ends else 0
        with self.path.open("rb") as file:
            file.seek(start)
            while start < end:
                line = file.readline()
                start += len(line)
                yield line

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _line_ends(path: Path) -> array[int]:
    """Where each whole line ends. A line cut short by a power loss was never answered: it is dropped."""
    ends, position = array("Q"), 0
    with path.open("rb") as old:
        for line in old:
            position += len(line)
            if line.endswith(b"\n"):
                ends.append(position)
    whole = ends[-1] if ends else 0
    if whole != position:
        os.truncate(path, whole)
    return ends
