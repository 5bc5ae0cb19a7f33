"""When a step is due after the one before it.

Minutes and hours pass as on a stopwatch. Days keep the wall time of the campaign's zone. Working days do too
and count only days on which the campaign works.
Example: one working day after Friday 10:00 is Monday 10:00, and Tuesday 10:00 when Monday is a holiday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from rapport.rules.windows import Schedule
from rapport.rules.zones import DAY, instant_at

MOST_DAYS = 365


class Unit(StrEnum):
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"


@dataclass(frozen=True, slots=True)
class Delay:
    """So many units, counted from the previous step's sending."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        word = self.unit.value.replace("_", " ")
        return f"{self.amount} {word.removesuffix('s') if self.amount == 1 else word}"


AT_ONCE = Delay(0, Unit.MINUTES)


def due(since: datetime, delay: Delay, *, schedule: Schedule) -> datetime | None:
    """When the delay is over; None when the campaign has no working day to count."""
    if delay.amount == 0:
        return since
    match delay.unit:
        case Unit.MINUTES:
            return since + timedelta(minutes=delay.amount)
        case Unit.HOURS:
            return since + timedelta(hours=delay.amount)
        case Unit.DAYS:
            return max(since, instant_at(_wall(since, schedule) + DAY * delay.amount, schedule.zone))
        case Unit.WORKING_DAYS:
            return _working_days_later(since, delay.amount, schedule=schedule)


def _working_days_later(since: datetime, days: int, *, schedule: Schedule) -> datetime | None:
    if not schedule.works_in_a_week:
        return None
    wall = _wall(since, schedule)
    while days > 0:
        wall += DAY
        days -= schedule.is_working_day(wall.date())
    return max(since, instant_at(wall, schedule.zone))


def _wall(instant: datetime, schedule: Schedule) -> datetime:
    return instant.astimezone(ZoneInfo(schedule.zone)).replace(tzinfo=None, fold=0)
