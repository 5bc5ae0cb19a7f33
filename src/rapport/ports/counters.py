"""A counter of hits in a window, shared by as many processes as the implementation reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit after a hit."""

    allowed: bool
    limit: int
    remaining: int
    reset_in: int
    """Seconds until the window is new."""


class Counters(Protocol):
    def hit(self, bucket: str, key: str, *, limit: int) -> Allowance:
        """Count one hit of `key` in this minute."""
        ...
