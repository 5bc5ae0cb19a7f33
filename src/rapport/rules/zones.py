"""Where a local day lies in UTC, through every way a zone may change its clocks.

A day is cut where the zone's offset changes. Wall time that occurs twice is fresh the first time only.
Example: in New York 1 November 2026 has 25 hours, and its second 01:00-02:00 is not fresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_REACH = timedelta(hours=40)
"""No offset is beyond 16 hours and no clock goes back by more than 24: a day's cuts lie within both."""
_STRIDE = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Segment:
    """UTC instants from `begins` to `ends` with one offset; before `fresh_from` its wall times are repeats."""

    begins: datetime
    ends: datetime
    offset: timedelta
    fresh_from: datetime


def local_day(instant: datetime, zone: str) -> date:
    """The date on the wall."""
    return instant.astimezone(ZoneInfo(zone)).date()


def shown(instant: datetime, zone: str) -> str:
    """An instant as somebody there reads it."""
    return f"{instant.astimezone(ZoneInfo(zone)):%a %d %b %H:%M} ({zone})"


def instant_at(wall: datetime, zone: str) -> datetime:
    """The first instant at which the wall shows this time; a time that is skipped counts as if clocks had not moved."""
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def next_day_begins(instant: datetime, zone: str) -> datetime:
    """The first instant after this one that has a later date on the wall."""
    day = local_day(instant, zone)
    while True:
        day += DAY
        for begins, ends in _occurrences(day, zone):
            if ends > instant:
                return begins


@lru_cache(maxsize=8192)
def segments(day: date, zone: str) -> tuple[Segment, ...]:
    """The stretches of constant offset around a local day, in order."""
    info = ZoneInfo(zone)
    middle = datetime.combine(day, time(0), UTC)
    at, last = middle - _REACH, middle + DAY + _REACH
    found: list[Segment] = []
    begins, offset, fresh_from = at, _offset(at, info), at
    while at < last:
        after = min(at + _STRIDE, last)
        changed = _offset(after, info)
        if changed != offset:
            cut = _cut(at, after, info)
            found.append(Segment(begins, cut, offset, fresh_from))
            begins, fresh_from = cut, cut + max(offset - changed, timedelta(0))
            offset = changed
        at = after
    found.append(Segment(begins, last, offset, fresh_from))
    return tuple(found)


def spans(day: date, zone: str, *, opens: int, closes: int) -> list[tuple[datetime, datetime]]:
    """When the wall shows a time from minute `opens` to minute `closes` of the day for the first time."""
    midnight = datetime.combine(day, time(0), UTC)
    first, last = midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes)
    found = []
    for segment in segments(day, zone):
        begins, ends = max(first - segment.offset, segment.fresh_from), min(last - segment.offset, segment.ends)
        if begins < ends:
            found.append((begins, ends))
    return found


def _occurrences(day: date, zone: str) -> list[tuple[datetime, datetime]]:
    """When the wall shows this date, repeats included."""
    midnight = datetime.combine(day, time(0), UTC)
    found = []
    for segment in segments(day, zone):
        begins, ends = (
            max(midnight - segment.offset, segment.begins),
            min(midnight + DAY - segment.offset, segment.ends),
        )
        if begins < ends:
            found.append((begins, ends))
    return found


def _offset(instant: datetime, info: ZoneInfo) -> timedelta:
    return instant.astimezone(info).utcoffset() or timedelta(0)


def _cut(before: datetime, after: datetime, info: ZoneInfo) -> datetime:
    """The instant at which the offset changes, found by halving."""
    old = _offset(before, info)
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if _offset(middle, info) == old:
            before = middle
        else:
            after = middle
    return after
