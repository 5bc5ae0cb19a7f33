"""Everything that is still to happen, in one queue on the sandbox's clock.

Acceptances, replies, late webhooks and retries all wait here. On the stepwise clock `advance_to` runs them
one by one in order of time (then of booking), which is what makes two runs equal; on a running clock the
server's pump calls `run_due`. An act takes the world's lock itself: nothing here holds it, so a webhook
delivered from the queue may be answered by somebody who calls the sandbox back.
"""

from __future__ import annotations

import heapq
from threading import Condition, RLock
from typing import TYPE_CHECKING

from rapport_sandbox.clock import Stepwise

if TYPE_CHECKING:
    from collections.abc import Callable

    from rapport_sandbox.clock import Clock

    Act = Callable[[float], object]


class Agenda:
    """The event queue. An act is called with the instant it was booked for."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._booked: list[tuple[float, int, Act]] = []
        self._count = 0
        self._changed = Condition()
        self._turn = RLock()

    def at(self, instant: float, act: Act) -> None:
        """Book `act` for `instant`; what is booked for the past happens at the next turn."""
        with self._changed:
            self._count += 1
            heapq.heappush(self._booked, (instant, self._count, act))
            self._changed.notify_all()

    def next_at(self) -> float | None:
        with self._changed:
            return self._booked[0][0] if self._booked else None

    def __len__(self) -> int:
        return len(self._booked)

    def advance_to(self, instant: float) -> int:
        """Let the stepwise clock reach `instant`, with all that happens on the way; how many acts ran."""
        if not isinstance(self.clock, Stepwise):
            raise TypeError("only a stepwise clock is advanced by hand")
        ran = 0
        with self._turn:
            while (due := self._take(instant)) is not None:
                self.clock.move_to(due[0])
                due[2](self.clock.now())
                ran += 1
            self.clock.move_to(instant)
        return ran

    def run_due(self) -> None:
        """Run what is due on a running clock."""
        if not self._booked or self._booked[0][0] > self.clock.now():
            return
        with self._turn:
            while (due := self._take(self.clock.now())) is not None:
                due[2](due[0])

    def wait(self, longest: float) -> None:
        """Sleep until the next act is due, a new one is booked, or `longest` real seconds are over."""
        with self._changed:
            if self._booked and self.clock.speed > 0:
                longest = min(longest, (self._booked[0][0] - self.clock.now()) / self.clock.speed)
            if longest > 0:
                self._changed.wait(longest)

    def _take(self, instant: float) -> tuple[float, int, Act] | None:
        with self._changed:
            if self._booked and self._booked[0][0] <= instant:
                return heapq.heappop(self._booked)
            return None
