"""When an account works: as an operator writes it, as it is stored, and as the rules read it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rapport.kernel.week import Stored, stored_day
from rapport.rules.windows import WEEKDAYS, Schedule, Window

Week = tuple[tuple[tuple[int, int], ...], ...]


def of(row: Mapping[str, Any]) -> Schedule | None:
    """An account's hours, in its own zone; None when it works whenever its campaigns do."""
    stored = row["hours"]
    if stored is None:
        return None
    return _made(row["timezone"], tuple(tuple((opens, closes) for opens, closes in windows) for windows in stored))


@lru_cache(maxsize=512)  # a schedule remembers the openings it has computed
def _made(zone: str, week: Week) -> Schedule:
    windows = tuple(tuple(Window(opens, closes) for opens, closes in day) for day in week)
    return Schedule(zone, windows, frozenset(), frozenset(), frozenset())


def stored(given: Mapping[str, Any] | None) -> Stored | None:
    """A week as an operator gives it; a day that is not named has no working time."""
    return None if given is None else [stored_day(given.get(day) or []) for day in WEEKDAYS]
