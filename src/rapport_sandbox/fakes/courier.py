"""What a service posts to us: a queue with the service's own patience.

A courier holds letters, says which are due, and reschedules what was not accepted. It opens no socket:
whoever drives it hands over a `Transport`. Duplicates, disorder and delay are switches, because every
receiver is promised at-least-once and no order.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

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
        self.letters: list[Letter] = []
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
        self.letters.extend(made)
        return made[0]

    def again(self, letter: Letter, *, at: float) -> None:
        """Start a dead or accepted letter afresh: a replay by hand."""
        letter.state, letter.attempts, letter.due_at, letter.first_due_at = "waiting", 0, at, at

    def next_due_at(self) -> float | None:
        """When there is something to do next."""
        return min((letter.due_at for letter in self.letters if letter.state == "waiting"), default=None)

    def pump(self, now: float, transport: Transport) -> int:
        """Make every attempt that is due; answers how many were made."""
        due = self._take_due(now)
        for letter in due:
            post = Post(letter.url, self._stamp(letter, now), letter.body)
            self._settle(letter, transport(post), now)
        return len(due)

    def _take_due(self, now: float) -> list[Letter]:
        """Letters to post now, marked so that two who pump at once do not post one twice."""
        with self._lock:
            due = [letter for letter in self.letters if letter.state == "waiting" and letter.due_at <= now]
            due.sort(key=lambda letter: letter.due_at)
            for letter in due:
                letter.state = "posting"
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
            letter.state, letter.due_at = "waiting", now + self._waits[letter.attempts - 1]


def over_http(seconds: float) -> Transport:
    """A transport over a real socket that waits `seconds` for an answer and follows no redirect."""

    def transport(post: Post) -> int | None:
        parts = urlsplit(post.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=seconds)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        try:
            connection.request("POST", target, post.body, post.headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    return transport
