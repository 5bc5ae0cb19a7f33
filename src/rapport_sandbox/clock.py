"""The sandbox's time: stepwise, or running at some multiple of real time.

A stepwise clock stands still until it is told; a running one follows the monotonic clock, so a change of
the machine's wall time never reaches the world.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

MONDAY_MORNING = datetime(2026, 1, 5, 8, 0, tzinfo=UTC).timestamp()
"""Where a stepwise clock begins unless told otherwise: a working day far from any clock change."""


class Clock(Protocol):
    """What tells the sandbox's instant, in unix seconds."""

    speed: float

    def now(self) -> float: ...


class Stepwise:
    """Stands still until moved; never goes back."""

    speed = 0.0

    def __init__(self, start: float = MONDAY_MORNING) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def move_to(self, instant: float) -> None:
        self._now = max(self._now, instant)


class Running:
    """Runs `speed` times as fast as the machine's monotonic clock."""

    def __init__(self, start: float, *, speed: float = 1.0) -> None:
        self._anchor = start
        self._since = time.monotonic()
        self.speed = speed

    def now(self) -> float:
        return self._anchor + (time.monotonic() - self._since) * self.speed

    def run_at(self, speed: float) -> None:
        """Change pace without a jump."""
        self._anchor, self._since = self.now(), time.monotonic()
        self.speed = speed


def wall_clock() -> float:
    """The machine's own time: where a running clock begins."""
    return time.time()


def iso(instant: float) -> str:
    """`2026-01-05T08:00:00.000Z`, the only form Unipile writes."""
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def parse_instant(text: str) -> float:
    """Unix seconds from an ISO 8601 instant; a `ValueError` if it is none or has no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    return moment.timestamp()
