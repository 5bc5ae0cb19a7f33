"""How many may listen, and who is at what right now.

Presence is kept nowhere and may get lost: it is said to whoever listens at that moment. On PostgreSQL it goes to every
process by NOTIFY, on SQLite there is one process.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import orjson
from sqlalchemy import func, select

from rapport.kernel.db import is_postgresql
from rapport.kernel.errors import STREAMS_FULL, RapportError
from rapport.kernel.tx import Tx

CHANNEL = "rapport_presence"
_COME_BACK = 5


class Board:
    """The streams of one process, as far as others need to know of them."""

    def __init__(self, *, most: int, lock: AbstractContextManager[Any]) -> None:
        self._most, self._lock = most, lock
        self.held = 0
        self.hear: Callable[[bytes], None] = lambda _said: None
        """Whoever tells this process's streams of somebody's presence."""

    @property
    def is_full(self) -> bool:
        """Whether nobody more may listen right now."""
        return self.held >= self._most

    def take_place(self) -> None:
        """Take one of the places, or be refused."""
        with self._lock:
            if self.is_full:
                raise RapportError(STREAMS_FULL, retry_after=_COME_BACK)
            self.held += 1

    def give_back(self) -> None:
        """Leave a place to another."""
        with self._lock:
            self.held -= 1

    def say(self, tx: Tx, said: dict[str, Any]) -> None:
        """Tell every process's streams who is at what."""
        body = orjson.dumps(said)
        connection = tx.session.connection()
        if is_postgresql(connection):
            connection.execute(select(func.pg_notify(CHANNEL, body.decode())))
        else:
            self.hear(body)
