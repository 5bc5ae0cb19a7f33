"""Charts as places and sizes: what a template needs to draw them as SVG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from rapport.rules.warmup import allowed

_DAY = timedelta(days=1)
_MINUTES = 24 * 60
DAYS_DRAWN = 14
_NICE = (1, 2, 4, 5, 10, 20, 25, 40, 50, 100, 200, 250, 400, 500, 1000, 2000, 5000, 10_000)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a day, as shares of it."""

    begins: float
    share: float
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class WindowDay:
    day: date
    windows: tuple[Window, ...]
    is_today: bool


def fortnight(openings: Sequence[Mapping[str, Any]], zone: str, now: datetime) -> dict[str, Any]:
    """The next two weeks, each day with its windows, by the wall clock of a zone."""
    here = ZoneInfo(zone)
    today = now.astimezone(here).date()
    found: dict[date, list[Window]] = defaultdict(list)
    for each in openings:
        opens, closes = each["opens_at"].astimezone(here), each["closes_at"].astimezone(here)
        begins = opens.hour * 60 + opens.minute
        ends = _MINUTES if closes.date() > opens.date() else closes.hour * 60 + closes.minute
        share = max(0, ends - begins) / _MINUTES
        found[opens.date()].append(Window(begins / _MINUTES, share, each["opens_at"], each["closes_at"]))
    days = [today + _DAY * number for number in range(DAYS_DRAWN)]
    clock = now.astimezone(here)
    return {
        "days": [WindowDay(day, tuple(found[day]), day == today) for day in days],
        "now": (clock.hour * 60 + clock.minute) / _MINUTES,
        "zone": zone,
    }


@dataclass(frozen=True, slots=True)
class Piece:
    """One kind on one day: where it begins and how high it is, and how many it stands for."""

    kind: str
    series: int
    y: float
    height: float
    count: float


@dataclass(frozen=True, slots=True)
class DayBar:
    day: date
    x: float
    pieces: tuple[Piece, ...]
    total: float
    low: float
    high: float
    low_y: float
    high_y: float


def per_day(days: Sequence[Mapping[str, Any]], *, width: float, height: float) -> dict[str, Any] | None:
    """Expected sends day by day, in pieces by kind, with the spread of the whole; None when nothing is sent."""
    sums: dict[date, dict[str, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0, 0.0]))
    for each in days:
        spread = sums[date.fromisoformat(each["day"])][each["kind"]]
        for place, name in enumerate(("low", "middle", "high")):
            spread[place] += each["sends"][name]
    if not sums:
        return None
    kinds = list(dict.fromkeys(each["kind"] for each in days))
    first, last = min(sums), max(sums)
    all_days = [first + _DAY * number for number in range((last - first).days + 1)]
    most = _nice(max(sum(spread[2] for spread in kinds_of.values()) for kinds_of in sums.values()))
    step = width / len(all_days)
    bars = [_bar(day, number * step, sums.get(day, {}), kinds, height / most) for number, day in enumerate(all_days)]
    every = max(1, ceil(len(all_days) / 10))
    return {
        "bars": bars,
        "kinds": kinds,
        "step": step,
        "ticks": [(value, height - value * height / most) for value in (0, most / 2, most)],
        "labels": [(bar.x + step / 2, bar.day) for number, bar in enumerate(bars) if number % every == 0],
        "width": width,
        "height": height,
    }


def _bar(day: date, x: float, kinds_of: Mapping[str, list[float]], kinds: Sequence[str], scale: float) -> DayBar:
    pieces, reached = [], 0.0
    for series, kind in enumerate(kinds):
        count = kinds_of.get(kind, [0.0, 0.0, 0.0])[1]
        if count:
            reached += count
            pieces.append(Piece(kind, series % 5, -reached * scale, count * scale, count))
    low, middle, high = (sum(spread[place] for spread in kinds_of.values()) for place in range(3))
    return DayBar(day, x, tuple(pieces), middle, low, high, -low * scale, -high * scale)


def _nice(number: float) -> float:
    """A round number not below this one."""
    return next((float(each) for each in _NICE if each >= number), float(ceil(number)))


@dataclass(frozen=True, slots=True)
class Against:
    """One day of one kind of action: how many there were, how many might have been, and where both are drawn."""

    day: date
    x: float
    count: int
    height: float
    allowed: int
    y: float


def against(
    days: Sequence[Mapping[str, Any]],
    kind: str,
    *,
    limit: int,
    started_on: date | None,
    ahead: int,
    width: float,
    height: float,
) -> dict[str, Any]:
    """What an account did day by day against what it might, from its limit and its warm-up, and some days ahead."""
    last = days[-1]["day"]
    counted = [(each["day"], each[kind]) for each in days] + [(last + _DAY * n, 0) for n in range(1, ahead + 1)]
    might = [allowed(limit, started_on=started_on, on=day) for day, _ in counted]
    most = _nice(max([1, *might, *(count for _, count in counted)]))
    step, scale = width / len(counted), height / most
    bars = [
        Against(day, number * step, count, count * scale, may, height - may * scale)
        for number, ((day, count), may) in enumerate(zip(counted, might, strict=True))
    ]
    return {
        "bars": bars,
        "today": (len(days) - 0.5) * step,
        "step": step,
        "ticks": [(value, height - value * scale) for value in (0, most / 2, most)],
        "labels": [(bar.x + step / 2, bar.day) for number, bar in enumerate(bars) if number % 7 == 0],
        "line": " ".join(f"{x:.1f},{bar.y:.1f}" for bar in bars for x in (bar.x, bar.x + step)),
        "width": width,
        "height": height,
    }


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of an account."""

    day: date
    x: float
    pieces: tuple[Piece, ...]
    total: int


def used(days: Sequence[Mapping[str, Any]], kinds: Sequence[str], *, width: float, height: float) -> dict[str, Any]:
    """What an account used day by day, in pieces by kind."""
    most = _nice(max([sum(each[kind] for kind in kinds) for each in days] or [1]) or 1)
    scale, step = height / most, width / max(1, len(days))
    bars = []
    for number, each in enumerate(days):
        pieces, reached = [], 0
        for series, kind in enumerate(kinds):
            if each[kind]:
                reached += each[kind]
                pieces.append(Piece(kind, series, -reached * scale, each[kind] * scale, each[kind]))
        bars.append(Bar(each["day"], number * step, tuple(pieces), reached))
    return {
        "bars": bars,
        "kinds": list(kinds),
        "step": step,
        "ticks": [(value, height - value * scale) for value in (0, most / 2, most)],
        "labels": [(bar.x + step / 2, bar.day) for number, bar in enumerate(bars) if number % 7 == 0],
        "width": width,
        "height": height,
    }
