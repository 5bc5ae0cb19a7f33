"""Ids: UUID version 7 as text, so that ids sort by the moment they were made.

The database stores them as 36 characters in the C collation: bad input compares unequal instead of
raising, and both databases order them alike.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

AGENCY = "00000000-0000-7000-8000-000000000000"
"""The stream and owner of what belongs to no client: users, sign-ins, upkeep. Only admins see it."""


def shown_owner(client_id: str) -> str | None:
    """A client's id as the API shows it: null for what belongs to the agency."""
    return None if client_id == AGENCY else client_id


class Ids:
    """Makes ids from an instant and a source of bytes (the system's, unless a test gives another).

    Ids of one millisecond go up in the order they are asked for, so that what one transaction writes keeps its order
    in every list. Where several threads ask, `turn` is a lock.
    """

    def __init__(
        self,
        entropy: Callable[[int], bytes] = os.urandom,
        *,
        turn: AbstractContextManager[object] = nullcontext(),  # noqa: B008 - holds nothing, so it may be shared
    ) -> None:
        self._entropy = entropy
        self._turn = turn
        self._millisecond = -1
        self._noise = 0

    def new(self, now: datetime) -> str:
        millisecond = int(now.timestamp() * 1000) & 0xFFFFFFFFFFFF
        with self._turn:
            if millisecond == self._millisecond:
                noise = self._noise + 1 + int.from_bytes(self._entropy(4), "big")
            else:
                noise = int.from_bytes(self._entropy(9), "big") >> 1  # room to go up
            self._millisecond, self._noise = millisecond, noise
        value = millisecond << 80 | 0x7 << 76 | (noise >> 62 & 0xFFF) << 64 | 0b10 << 62 | noise & (1 << 62) - 1
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
