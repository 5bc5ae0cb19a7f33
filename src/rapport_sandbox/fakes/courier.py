"""What a service posts to us: a queue with the service's own patience.

A courier holds letters, says which are due, and reschedules what was not accepted. It opens no socket:
whoever drives it hands over a `Transport`. Duplicates, disorder and delay are switches, because every
receiver is promised at-least-once and no order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True, slots=True)
class Post:
    """One attempt, ready for the wire."""

    url: str
    headers: dict[str, str]
    body: bytes


Transport = Callable[[Post], int | None]
"""Posts and answers the status, or None when none came in time."""


@dataclass(slots=True)
class Letter:
    """Something to be told to one URL until it is accepted."""

    id: str
    url: str
    body: bytes
    due_at: float
    first_due_at: float
    attempts: int = 0
    state: Literal["waiting", "posting", "accepted", "given_up"] = "waiting"
    statuses: list[int | None] = field(default_factory=list)
    """What came back, attempt by attempt."""


Stamp = Callable[[Letter, float], dict[str, str]]
"""The headers of one attempt: signatures and credentials are made at the instant of sending."""


class Courier:
    """Letters to the outside, retried on a schedule."""

    def __init__(
        self,
        *,
        waits: tuple[float, ...],
        stamp: Stamp,
        accepts: Callable[[int], bool],
        gives_up: Callable[[int], bool],
        random: Random,
    ) -> None:
        """`waits` are the seconds after the first, second … failure; after the last the letter is dead."""
        self._waits = waits
        self._stamp = stamp
        self._accepts = accepts
        self._gives_up = gives_up
        self._random = random
        self._lock = Lock()
        self._waiting: list[tuple[float, int, Letter]] = []
        self._turns = count()
        self.duplicating = 0
        self.shuffling = False
        self.delay = 0.0

    def submit(self, letter_id: str, *, url: str, body: bytes, at: float) -> Letter:
        """Queue a letter; with the duplicate switch on, the same letter is queued twice."""
        copies = 1
        if self.duplicating:
            self.duplicating -= 1
            copies = 2
        due_at = at + self.delay
        made = [Letter(letter_id, url, body, due_at, due_at) for _ in range(copies)]
        for letter in made:
            self._queue(letter)
        return made[0]

    def again(self, letter: Letter, *, at: float) -> None:
        """Start a dead or accepted letter afresh: a replay by hand."""
        letter.attempts, letter.due_at, letter.first_due_at = 0, at, at
        self._queue(letter)

    def next_due_at(self) -> float | None:
        """When there is something to do next."""
        with self._lock:
            return self._waiting[0][0] if self._waiting else None

    def pump(self, now: float, transport: Transport) -> int:
        """Make every attempt that is due; answers how many were made."""
        due = self._take_due(now)
        for letter in due:
            post = Post(letter.url, self._stamp(letter, now), letter.body)
            self._settle(letter, transport(post), now)
        return len(due)

    def _queue(self, letter: Letter) -> None:
        letter.state = "waiting"
        with self._lock:
            heappush(self._waiting, (letter.due_at, next(self._turns), letter))

    def _take_due(self, now: float) -> list[Letter]:
        """Letters to post now, marked so that two who pump at once do not post one twice."""
        due: list[Letter] = []
        with self._lock:
            while self._waiting and self._waiting[0][0] <= now:
                letter = heappop(self._waiting)[2]
                letter.state = "posting"
                due.append(letter)
        if self.shuffling:
            self._random.shuffle(due)
        return due

    def _settle(self, letter: Letter, status: int | None, now: float) -> None:
        letter.statuses.append(status)
        letter.attempts += 1
        if status is not None and self._accepts(status):
            letter.state = "accepted"
        elif (status is not None and self._gives_up(status)) or letter.attempts > len(self._waits):
            letter.state = "given_up"
        else:
            letter.due_at = now + self._waits[letter.attempts - 1]
            self._queue(letter)
