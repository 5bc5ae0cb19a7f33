"""Counters and cache shared by all processes. A Redis that is away costs speed, never an answer.

Each call that fails falls back to this process's memory, and Redis is left alone for a few seconds, so that a
slow one delays one request and not all of them. Rate limits are per process for that while, which errs on
the generous side; the limits that protect accounts are in the database and know nothing of this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import redis

from rapport.kernel.clock import Clock
from rapport.kernel.log import get_log
from rapport.outside.memory import MemoryCache, MemoryCounters
from rapport.ports.counters import Allowance

_PATIENCE = 0.05
_LEFT_ALONE = 5.0
_WINDOW = 60
_log = get_log("redis")
_T = TypeVar("_T")


class RedisDoor:
    """One connection pool and the memory of whether it answered lately."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.client: Any = redis.Redis.from_url(
            url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, retry=None
        )
        self._clock = clock
        self._shut_until = 0.0

    def ask(self, act: Callable[[Any], _T], otherwise: Callable[[], _T]) -> _T:
        if self._clock.monotonic() < self._shut_until:
            return otherwise()
        try:
            return act(self.client)
        except redis.RedisError as trouble:
            self._shut_until = self._clock.monotonic() + _LEFT_ALONE
            _log.warning("redis_away", error=type(trouble).__name__)
            return otherwise()

    def alive(self) -> bool:
        """Whether Redis answers now; for readiness."""
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


class RedisCounters:
    def __init__(self, door: RedisDoor, clock: Clock) -> None:
        self._door = door
        self._clock = clock
        self._memory = MemoryCounters(clock)

    def hit(self, bucket: str, key: str, *, limit: int) -> Allowance:
        now = int(self._clock.now().timestamp())
        name = f"rapport:hits:{bucket}:{key}:{now // _WINDOW}"

        def count(client: Any) -> Allowance:
            with client.pipeline(transaction=False) as pipe:
                pipe.incr(name)
                pipe.expire(name, 2 * _WINDOW)
                hits = int(pipe.execute()[0])
            return Allowance(hits <= limit, limit, max(0, limit - hits), _WINDOW - now % _WINDOW)

        return self._door.ask(count, lambda: self._memory.hit(bucket, key, limit=limit))


class RedisCache:
    def __init__(self, door: RedisDoor, clock: Clock, *, entries: int) -> None:
        self._door = door
        self._memory = MemoryCache(clock, entries=entries)

    def get(self, key: str) -> bytes | None:
        return self._door.ask(lambda client: client.get(f"rapport:cache:{key}"), lambda: self._memory.get(key))

    def put(self, key: str, value: bytes, *, seconds: float) -> None:
        def keep(client: Any) -> None:
            client.set(f"rapport:cache:{key}", value, px=int(seconds * 1000))

        self._door.ask(keep, lambda: self._memory.put(key, value, seconds=seconds))

    def clear(self) -> None:
        def drop(client: Any) -> None:
            for name in client.scan_iter("rapport:cache:*", count=1000):
                client.delete(name)

        self._memory.clear()
        self._door.ask(drop, lambda: None)
