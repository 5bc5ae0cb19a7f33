"""How much a service takes: so many in a sliding window, so many in a calendar day or month.

A window says how long to wait; a quota says until when. Both count on the instants they are given.
"""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Literal


class Window:
    """At most `limit` in any `seconds`, for each key apart."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._taken: defaultdict[str, deque[float]] = defaultdict(deque)

    def take(self, key: str, now: float) -> float:
        """0.0 when there was a place; else the seconds until there is one, and nothing is taken."""
        wait = self.wait(key, now)
        if not wait:
            self._taken[key].append(now)
        return wait

    def wait(self, key: str, now: float) -> float:
        """The seconds until there is a place: 0.0 when there is one."""
        taken = self._recent(key, now)
        if len(taken) < self.limit:
            return 0.0
        return taken[0] + self.seconds - now if taken else self.seconds

    def left(self, key: str, now: float) -> int:
        return max(self.limit - len(self._recent(key, now)), 0)

    def _recent(self, key: str, now: float) -> deque[float]:
        taken = self._taken[key]
        while taken and taken[0] <= now - self.seconds:
            taken.popleft()
        return taken


class Quota:
    """At most `limit` in a calendar day or month of UTC."""

    def __init__(self, limit: int, period: Literal["day", "month"]) -> None:
        self.limit = limit
        self._period = period
        self._current = ""
        self._used = 0

    def take(self, now: float, cost: int = 1) -> bool:
        """Whether `cost` still fits; if it does not, nothing is taken."""
        if cost > self.left(now):
            return False
        self._used += cost
        return True

    def left(self, now: float) -> int:
        moment = datetime.fromtimestamp(now, UTC)
        current = moment.strftime("%Y-%m-%d" if self._period == "day" else "%Y-%m")
        if current != self._current:
            self._current, self._used = current, 0
        return max(self.limit - self._used, 0)


def seconds_until_midnight(now: float) -> int:
    """Until the next day of UTC begins: at least 1."""
    moment = datetime.fromtimestamp(now, UTC)
    midnight = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(ceil(midnight.timestamp() - now), 1)
