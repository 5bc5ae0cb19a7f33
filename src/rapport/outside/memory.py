"""Counters and cache in this process's memory: what one process needs, and what stands in when Redis is away."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from rapport.kernel.clock import Clock
from rapport.ports.counters import Allowance

_WINDOW = 60
_MOST_KEYS = 50_000


class MemoryCounters:
    """Hits per minute. When too many keys are known, the past minutes' are dropped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._hits: dict[tuple[str, str], list[int]] = {}

    def hit(self, bucket: str, key: str, *, limit: int) -> Allowance:
        now = int(self._clock.now().timestamp())
        window = now // _WINDOW
        with self._lock:
            slot = self._hits.get((bucket, key))
            if slot is None or slot[0] != window:
                if len(self._hits) >= _MOST_KEYS:
                    self._hits = {name: kept for name, kept in self._hits.items() if kept[0] == window}
                slot = self._hits[bucket, key] = [window, 0]
            slot[1] += 1
            count = slot[1]
        return Allowance(count <= limit, limit, max(0, limit - count), _WINDOW - now % _WINDOW)


class MemoryCache:
    """The most recently used answers, up to a number of entries."""

    def __init__(self, clock: Clock, *, entries: int) -> None:
        self._clock = clock
        self._entries = entries
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            if found[0] < self._clock.monotonic():
                del self._kept[key]
                return None
            self._kept.move_to_end(key)
            return found[1]

    def put(self, key: str, value: bytes, *, seconds: float) -> None:
        if not self._entries:
            return
        with self._lock:
            self._kept[key] = (self._clock.monotonic() + seconds, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._entries:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
