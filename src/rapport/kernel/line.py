"""A line of waiters: whoever came first goes first, and nobody goes ahead.

A lock of the operating system wakes whom it likes, and whoever asks at the right moment overtakes all.
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


class Line:
    """One turn, given on in the order of asking. Whoever has it need not be the thread that took it."""

    def __init__(self, new_lock: Callable[[], Lock]) -> None:
        self._new_lock = new_lock
        self._guard = new_lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    def take(self, timeout: float) -> bool:
        """Wait for the turn; answers whether it came in time."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = self._new_lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=timeout):
            return True
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it came at the last moment

    def leave(self) -> None:
        """Give the turn to whoever has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
