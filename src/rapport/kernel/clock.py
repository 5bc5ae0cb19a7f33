"""What time it is, and how to wait: the only place that reads the machine's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Stop(Protocol):
    """Something that may ask a waiter to give up: `threading.Event` fits."""

    def wait(self, timeout: float | None = None) -> bool: ...
    def is_set(self) -> bool: ...


class Clock(Protocol):
    """The time as the product knows it."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back: for durations and deadlines only."""
        ...

    def wait_until(self, instant: datetime, stop: Stop) -> bool:
        """Wait until `instant` or until `stop` is set; answers whether it was stopped."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def wait_until(self, instant: datetime, stop: Stop) -> bool:
        return stop.wait(max(0.0, (instant - self.now()).total_seconds()))


class DatabaseClock:
    """The machine's clock, moved by its measured distance to the database's.

    Leases are written by one machine and judged by another, so all of them must read one clock. The
    offset is measured by whoever owns the connection (`measure`), not here: a clock that queried at each
    reading would cost a round trip a transaction.
    """

    def __init__(self, base: Clock) -> None:
        self._base = base
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return self._base.now() + self.offset

    def monotonic(self) -> float:
        return self._base.monotonic()

    def wait_until(self, instant: datetime, stop: Stop) -> bool:
        return self._base.wait_until(instant - self.offset, stop)

    def measure(self, before: datetime, database_now: datetime, after: datetime) -> None:
        """Learn the offset from one reading of the database's clock between two of our own."""
        self.offset = database_now - (before + (after - before) / 2)


class ScaledClock:
    """A clock that runs so many times as fast as another, from an instant at which both agree: for demos and proofs.

    Whoever was told the same speed and instant reads the same time, so processes need not talk. Only instants are
    scaled: what a call may take, and `monotonic`, stay real.
    """

    def __init__(self, base: Clock, *, speed: float, since: datetime) -> None:
        self._base = base
        self._speed = speed
        self._since = since

    def now(self) -> datetime:
        return self._since + (self._base.now() - self._since) * self._speed

    def monotonic(self) -> float:
        return self._base.monotonic()

    def wait_until(self, instant: datetime, stop: Stop) -> bool:
        # Loops look again after a second of this clock: at a high speed that would be all they do.
        left = (instant - self.now()).total_seconds() / self._speed
        return stop.wait(max(left, _LEAST_WAIT) if left > 0 else 0.0)


_LEAST_WAIT = 0.25
"""Real seconds."""


class VirtualClock:
    """A clock that moves only when told: for tests, simulation and forecasts."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._origin = start

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._origin).total_seconds()

    def wait_until(self, instant: datetime, stop: Stop) -> bool:
        """Jump to `instant`: whoever waits on virtual time is the one who moves it."""
        if not stop.is_set():
            self._now = max(self._now, instant)
        return stop.is_set()

    def advance(self, by: timedelta) -> None:
        self._now += by

    def set(self, instant: datetime) -> None:
        """Put the clock anywhere, also back: clocks do jump."""
        self._now = instant
