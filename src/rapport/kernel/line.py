"""A line of waiters: whoever came first goes first, but for the few for whom somebody is waiting.

A lock of the operating system wakes whom it likes, and whoever asks at the right moment overtakes all. Here those that
may go ahead keep their order among themselves, and so do the others, of whom one goes after every few that went ahead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol


class Lock(Protocol):
    """`threading.Lock` fits."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...  # noqa: FBT001, FBT002
    def release(self) -> None: ...
    def __enter__(self) -> bool: ...
    def __exit__(self, *_: object) -> None: ...


MOST_AHEAD = 4
"""How many go ahead of somebody, one after the other."""


class Line:
    """One turn, given on in the order of asking. Whoever has it need not be the thread that took it."""

    def __init__(self, new_lock: Callable[[], Lock]) -> None:
        self._new_lock = new_lock
        self._guard = new_lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()
        self._ahead: deque[Lock] = deque()
        self._went_ahead = 0
        """How many did since one of the others had the turn."""

    def take(self, timeout: float, *, ahead: bool = False) -> bool:
        """Wait for the turn; answers whether it came in time."""
        queue = self._ahead if ahead else self._waiting
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = self._new_lock()
            mine.acquire()
            queue.append(mine)
        if mine.acquire(timeout=timeout):
            return True
        with self._guard:
            if mine in queue:
                queue.remove(mine)
                return False
        return True  # it came at the last moment

    def leave(self) -> None:
        """Give the turn to whoever is next."""
        with self._guard:
            if self._ahead and (not self._waiting or self._went_ahead < MOST_AHEAD):
                self._went_ahead += bool(self._waiting)
                self._ahead.popleft().release()
            elif self._waiting:
                self._went_ahead = 0
                self._waiting.popleft().release()
            else:
                self._taken = False
