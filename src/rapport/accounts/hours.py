"""When an account works: as it is stored, and as the rules read it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rapport.rules.windows import Schedule, Window

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
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
