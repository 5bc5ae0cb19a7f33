"""A client of Unipile for tests: real sockets and real seconds, and waits that pass on a virtual clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry

from rapport.kernel.chance import Chance
from rapport.kernel.clock import Stop, VirtualClock
from rapport.outside.unipile.client import UnipileClient
from rapport.outside.unipile.options import Timekeeping, UnipileOptions

KEY = "key-canary-5f0c1d"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Waits(VirtualClock):
    """A clock that moves only when somebody waits on it, and remembers for how long each did."""

    def __init__(self, start: datetime = NOW) -> None:
        super().__init__(start)
        self.seconds: list[float] = []

    def wait_until(self, instant: datetime, stop: Stop) -> bool:
        self.seconds.append((instant - self.now()).total_seconds())
        return super().wait_until(instant, stop)


@contextmanager
def unipile_at(
    url: str,
    *,
    clock: VirtualClock | None = None,
    seed: str = "a test",
    registry: CollectorRegistry | None = None,
    **options: Any,
) -> Iterator[UnipileClient]:
    given = {"base_url": url, "api_key": KEY, "connect_seconds": 1.0, "total_seconds": 2.0, "can_follow": False}
    client = UnipileClient(
        UnipileOptions(**(given | options)),
        timekeeping=Timekeeping(clock=clock or Waits(), stopwatch=time.monotonic, chance=Chance(seed)),
        registry=registry or CollectorRegistry(),
    )
    try:
        yield client
    finally:
        client.close()
