"""How this process uses its database: which statements took long, and how long who waited for what.

Two things are waited for: a connection of the pool, and on SQLite the writers' turn. Only what is slow, or waits at
all, is written down, so that everything else pays for two looks at the clock. What is kept are texts of statements:
values are given beside them and are never seen here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import QueuePool

from rapport.kernel.clock import Clock
from rapport.kernel.line import Lock

WATCH = "rapport_watch"
"""Under this name a connection knows who watches it."""
MOST = 200
"""So many texts are kept; of more, those that cost least in all are forgotten."""
LONGEST = 2000
MOMENT_S = 0.001
CONNECTION, TURN = "connection", "turn"


@dataclass(frozen=True, slots=True)
class Slow:
    """What a statement cost when it was slow."""

    text: str
    times: int
    total_s: float
    worst_s: float
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Waits:
    """How often and how long was waited for one thing."""

    times: int = 0
    total_s: float = 0.0
    longest_s: float = 0.0
    in_vain: int = 0


@dataclass(slots=True)
class Watch:
    """The notes of one process."""

    clock: Clock
    lock: Lock
    slow_from_s: float
    _slow: dict[str, Slow] = field(default_factory=dict)
    _waits: dict[str, Waits] = field(default_factory=lambda: {CONNECTION: Waits(), TURN: Waits()})

    def stopwatch(self) -> float:
        return self.clock.monotonic()

    def took(self, text: str, began: float) -> None:
        """A statement ended."""
        seconds = self.clock.monotonic() - began
        if seconds < self.slow_from_s:
            return
        text = " ".join(text.split())[:LONGEST]
        with self.lock:
            before = self._slow.get(text) or Slow(text, 0, 0.0, 0.0, self.clock.now())
            total, worst = before.total_s + seconds, max(before.worst_s, seconds)
            self._slow[text] = Slow(text, before.times + 1, total, worst, self.clock.now())
            if len(self._slow) > MOST:
                del self._slow[min(self._slow.values(), key=lambda each: each.total_s).text]

    def waited(self, what: str, began: float, *, in_vain: bool) -> None:
        """Somebody waited since then, perhaps in vain. A moment is no wait."""
        seconds = self.clock.monotonic() - began
        if seconds < MOMENT_S and not in_vain:
            return
        with self.lock:
            before = self._waits[what]
            total, longest = before.total_s + seconds, max(before.longest_s, seconds)
            self._waits[what] = Waits(before.times + 1, total, longest, before.in_vain + in_vain)

    def slow(self) -> list[Slow]:
        """The slow statements, those that cost most in all first."""
        with self.lock:
            return sorted(self._slow.values(), key=lambda each: -each.total_s)

    def waits(self) -> Mapping[str, Waits]:
        """What was waited for."""
        with self.lock:
            return dict(self._waits)


def pool_under(watch: Watch) -> type[QueuePool]:
    """A pool that tells when somebody waits for a connection of it."""

    class WatchedPool(QueuePool):
        def _do_get(self) -> Any:
            if self.checkedin() or self.checkedout() < self.size() + self._max_overflow:
                return super()._do_get()
            began, came = watch.stopwatch(), False
            try:
                found = super()._do_get()
                came = True
            finally:
                watch.waited(CONNECTION, began, in_vain=not came)
            return found

    return WatchedPool


def watch_statements(engine: Engine, watch: Watch) -> None:
    """Let the watch see every statement of an engine. `kernel/once.py`, which goes past SQLAlchemy, tells it itself."""

    def connected(_connection: Any, record: Any) -> None:
        record.info[WATCH] = watch

    def one(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        began = watch.stopwatch()
        try:
            engine.dialect.do_execute(cursor, statement, parameters, context)
        finally:
            watch.took(statement, began)
        return True

    def many(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        began = watch.stopwatch()
        try:
            engine.dialect.do_executemany(cursor, statement, parameters, context)
        finally:
            watch.took(statement, began)
        return True

    event.listen(engine, "connect", connected)
    event.listen(engine, "do_execute", one)
    event.listen(engine, "do_executemany", many)
