"""Turns given in the order in which they were asked for.

SQLite lets one transaction write at a time and has those who wait look again now and then, whoever came first: a
worker that writes without a pause keeps a request waiting for seconds. Inside a process they queue here instead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import TimeoutError as WaitedTooLongError

from rapport.kernel.db import READING

_TAKEN = "rapport_turn"


class Turns:
    """A context that one at a time is in; the rest wait in line, at most so many seconds each."""

    def __init__(self, new_lock: Callable[[], Any], *, longest_wait: float) -> None:
        """`new_lock` makes the locks of threads, which are not this module's to make."""
        self._new_lock = new_lock
        self._guard = new_lock()
        self._line: deque[Any] = deque()
        self._taken = False
        self._longest_wait = longest_wait

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = self._new_lock()
            mine.acquire()
            self._line.append(mine)
        if mine.acquire(timeout=self._longest_wait):
            return
        with self._guard:
            if mine not in self._line:  # it was given a moment ago
                return
            self._line.remove(mine)
        raise WaitedTooLongError("others write to the database without an end")

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._line:
                self._line.popleft().release()
            else:
                self._taken = False


def line_up(engine: Engine, turns: Turns) -> None:
    """Have every transaction of an engine wait for its turn, which ends when the connection is given back."""

    def take(connection: Connection) -> None:
        if _TAKEN in connection.info or connection.get_execution_options().get(READING):
            return
        turns.__enter__()
        connection.info[_TAKEN] = True

    def give_back(_connection: object, record: Any) -> None:
        if record.info.pop(_TAKEN, False):
            turns.__exit__()

    event.listen(engine, "begin", take, insert=True)
    event.listen(engine.pool, "checkin", give_back)
