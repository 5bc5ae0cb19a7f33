"""When recurring upkeep is due.

An occurrence is named by its instant, and the database lets each name be taken once: so any number of
processes fire each occurrence once, and a process that slept through several fires only the newest.
Example: a daily occurrence at 03:30 UTC, asked at 10:00, is today's 03:30.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(2020, 1, 6, tzinfo=UTC)
"""A Monday at midnight: occurrences of any period are counted from here."""


@dataclass(frozen=True, slots=True)
class Every:
    """Something that recurs: each `period`, `offset` after the period's begin, in UTC."""

    period: timedelta
    offset: timedelta = timedelta(0)

    def latest(self, now: datetime) -> datetime:
        """The newest occurrence that is not after `now`."""
        since = now - _EPOCH - self.offset
        return _EPOCH + self.offset + (since // self.period) * self.period

    def next(self, now: datetime) -> datetime:
        return self.latest(now) + self.period
