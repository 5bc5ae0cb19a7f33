"""A client of Unipile for tests: real sockets and real seconds, but no waiting and no chance."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry

from rapport.outside.unipile.client import UnipileClient
from rapport.outside.unipile.options import Timekeeping, UnipileOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "key-canary-5f0c1d"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass
class Waits:
    """A wall clock that moves only when somebody waits on it."""

    now: datetime = NOW
    seconds: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.now += timedelta(seconds=seconds)


@contextmanager
def unipile_at(
    url: str, *, waits: Waits | None = None, registry: CollectorRegistry | None = None, **options: Any
) -> Iterator[UnipileClient]:
    clock = waits or Waits()
    client = UnipileClient(
        UnipileOptions(**{"base_url": url, "api_key": KEY, "connect_seconds": 1.0, "total_seconds": 2.0, **options}),
        timekeeping=Timekeeping(now=lambda: clock.now, monotonic=time.monotonic, wait=clock.wait, chance=lambda: 1.0),
        registry=registry or CollectorRegistry(),
    )
    try:
        yield client
    finally:
        client.close()
