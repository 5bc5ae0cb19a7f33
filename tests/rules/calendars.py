"""An independent calendar: it walks UTC minute by minute and looks at the wall."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from rapport.rules.windows import Schedule

ZONES = sorted(available_timezones())
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2033, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@cache
def clock_changes(zone: str) -> tuple[datetime, ...]:
    """Every instant of 2024 to 2032 at which the zone's offset changes; no zone changes it twice in four days."""
    info = ZoneInfo(zone)
    found = []
    at = FIRST
    while at < LAST:
        after = at + timedelta(days=4)
        if at.astimezone(info).utcoffset() != after.astimezone(info).utcoffset():
            before = at
            while after - before > MINUTE:
                middle = before + (after - before) // 2
                middle = middle.replace(second=0, microsecond=0)
                if middle.astimezone(info).utcoffset() == before.astimezone(info).utcoffset():
                    before = middle
                else:
                    after = middle
            found.append(after)
        at = after
    return tuple(found)


def minutes(begins: datetime, ends: datetime) -> Iterator[datetime]:
    at = begins.replace(second=0, microsecond=0)
    while at < ends:
        yield at
        at += MINUTE


def is_open(schedule: Schedule, instant: datetime) -> bool:
    """Whether a campaign may work, read off the wall: never by a time of day that is shown for the second time."""
    return instant.astimezone(ZoneInfo(schedule.zone)).fold == 0 and shows_a_window(schedule, instant)


def shows_a_window(schedule: Schedule, instant: datetime) -> bool:
    """Whether the wall shows a time within a window: the negative control, which ignores the fold."""
    wall = instant.astimezone(ZoneInfo(schedule.zone))
    day: date = wall.date()
    if day.weekday() in schedule.weekend or day in schedule.holidays or day in schedule.days_off:
        return False
    minute = wall.hour * 60 + wall.minute
    return any(each.opens <= minute < each.closes for each in schedule.week[day.weekday()])
