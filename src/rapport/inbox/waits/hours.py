"""A client's business hours, as they are stored and as the rules read them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rapport.kernel.week import Stored, stored_day
from rapport.rules.windows import WEEKDAYS, Schedule, Window

_Week = tuple[tuple[tuple[int, int], ...], ...]


def stored(given: Mapping[str, Any] | None) -> Stored | None:
    """A week as an operator gives it; a day that is not named has no hours."""
    return None if given is None else [stored_day(given.get(day) or []) for day in WEEKDAYS]


def schedule(week: Stored, zone: str) -> Schedule:
    """The hours in the client's own zone."""
    return _made(zone, tuple(tuple((opens, closes) for opens, closes in windows) for windows in week))


@lru_cache(maxsize=512)  # a schedule remembers the openings it has computed
def _made(zone: str, week: _Week) -> Schedule:
    windows = tuple(tuple(Window(opens, closes) for opens, closes in day) for day in week)
    return Schedule(zone, windows, frozenset(), frozenset(), frozenset())
