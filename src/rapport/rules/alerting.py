"""When an alert is raised, and when it is cleared: after two looks in a row that say so, and never in between.

Example: webhooks fail at 8 % in one look and at 9 % in the next, of which 5 % are borne: the second raises the alert.
At 2 % in two looks in a row it is cleared. At 8, 2, 8, 2 nothing happens: whoever is called is called for something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

LOOKS = 2


class Change(StrEnum):
    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alert stands."""

    is_raised: bool = False
    over: int = 0
    """Looks in a row that were over the threshold."""
    under: int = 0


def after(before: Standing, value: float | None, threshold: float) -> tuple[Standing, Change | None]:
    """How it stands after a look. None: too little happened to say anything, which is nothing to be called for."""
    if value is not None and value > threshold:
        now = replace(before, over=before.over + 1, under=0)
        is_news = not now.is_raised and now.over >= LOOKS
        return (replace(now, is_raised=True), Change.RAISED) if is_news else (now, None)
    now = replace(before, over=0, under=before.under + 1)
    is_news = now.is_raised and now.under >= LOOKS
    return (replace(now, is_raised=False), Change.CLEARED) if is_news else (now, None)


def share(part: int, whole: int, *, least: int) -> float | None:
    """A part of a whole; None where the whole is too small to say."""
    return part / whole if whole >= least else None


def p95(values: Sequence[float], *, least: int) -> float | None:
    """What 95 of a hundred stay under; None of too few."""
    if len(values) < least:
        return None
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]
