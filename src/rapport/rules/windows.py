"""When a campaign works.

It works in its windows of the weekday, by the wall clock of its time zone; not on its weekend, not on its
country's holidays, not on its own days off. On a day the clocks change, a window that does not exist is
skipped and one that occurs twice opens once. Narrowed to the hours of its sender, it works while both do.
Example: 9:00-17:00 in Berlin, asked on Friday 1 May at 10:00 (a holiday), next opens on Monday 4 May at 9:00.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from rapport.rules.zones import DAY, local_day, spans

Span = tuple[datetime, datetime]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MINUTES_A_DAY = 24 * 60
SATURDAY_AND_SUNDAY = frozenset({5, 6})


class WindowRefusedError(ValueError):
    """A window that cannot be: its message tells the operator what to write instead."""


@dataclass(frozen=True, slots=True)
class Window:
    """Local wall time from minute `opens` to before minute `closes` of one day; 1440 is its end."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not (0 <= self.opens < MINUTES_A_DAY and 0 <= self.closes <= MINUTES_A_DAY):
            raise WindowRefusedError("A window lies between 00:00 and 24:00.")
        if self.closes == self.opens:
            raise WindowRefusedError("A window that opens and closes at the same time never opens.")
        if self.closes < self.opens:
            raise WindowRefusedError(
                "A window ends on the day it begins. For a night, give two: "
                f"{clock_of(self.opens)}-24:00 on the first day and 00:00-{clock_of(self.closes)} on the next."
            )

    def __str__(self) -> str:
        return f"{clock_of(self.opens)}-{clock_of(self.closes)}"


NINE_TO_FIVE = (Window(9 * 60, 17 * 60),)


@dataclass(frozen=True)
class Schedule:
    """A campaign's working time. `week` holds the windows of Monday (0) to Sunday (6)."""

    zone: str
    week: tuple[tuple[Window, ...], ...]
    weekend: frozenset[int]
    """Weekdays on which nothing is sent, whatever their windows; empty when the campaign works on weekends."""
    holidays: frozenset[date]
    days_off: frozenset[date]
    within: Schedule | None = None
    """The hours of the sender, in its own zone: only what lies in them as well is open."""

    def narrowed_to(self, hours: Schedule | None) -> Schedule:
        """The same schedule for a sender with hours of its own; the days and delays it counts stay the campaign's."""
        if hours is None:
            return self
        known = self._narrowed.get(hours)
        if known is None:
            known = self._narrowed[hours] = replace(self, within=hours)
        return known

    def is_working_day(self, day: date) -> bool:
        """Whether the campaign works at all on a local date."""
        weekday = day.weekday()
        return (
            bool(self.week[weekday])
            and weekday not in self.weekend
            and day not in self.holidays
            and day not in self.days_off
        )

    def openings(self, day: date) -> tuple[Span, ...]:
        """When the campaign is open on a local date, in UTC, in order; what touches is one opening."""
        known = self._openings.get(day)
        if known is None:
            known = self._openings[day] = self._compute(day)
        return known

    def local_day(self, instant: datetime) -> date:
        """The date on the wall of the campaign."""
        return instant.astimezone(self._info).date()

    def opening_around(self, instant: datetime) -> Span | None:
        """The opening that an instant lies in."""
        for span in self.openings(self.local_day(instant)):
            if span[0] <= instant < span[1]:
                return span
        return None

    def next_opening(self, instant: datetime) -> datetime | None:
        """The first instant from this one on at which the campaign is open; None when it never is."""
        if not self.works_in_a_week:
            return None
        day = local_day(instant, self.zone)
        # Two zones that change their clocks on different days may meet in a few weeks of the year alone.
        ahead = 22 if self.within is None else 22 + 366
        for _ in range(max(0, (self._last_off - day).days) + ahead):
            for begins, ends in self.openings(day):
                if ends > instant:
                    return max(begins, instant)
            day += DAY
        return None

    def open_time_after(self, instant: datetime, *, day: date) -> timedelta:
        """How long the campaign is still open on a local date from an instant on."""
        return sum((ends - max(begins, instant) for begins, ends in self.openings(day) if ends > instant), timedelta(0))

    def after_open_time(self, instant: datetime, passed: timedelta, *, day: date) -> datetime:
        """When so much open time of a local date has passed since an instant; at the latest, its last closing."""
        for begins, ends in self.openings(day):
            if ends <= instant:
                continue
            instant = max(begins, instant)
            if passed <= ends - instant:
                return instant + passed
            passed -= ends - instant
            instant = ends
        return instant

    @property
    def works_in_a_week(self) -> bool:
        """Whether an ordinary week has any opening."""
        works = any(windows and weekday not in self.weekend for weekday, windows in enumerate(self.week))
        return works and (self.within is None or self.within.works_in_a_week)

    @cached_property
    def _info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _openings(self) -> dict[date, tuple[Span, ...]]:
        return {}

    @cached_property
    def _narrowed(self) -> dict[Schedule, Schedule]:
        return {}

    @cached_property
    def _last_off(self) -> date:
        """After it, an ordinary week begins: the search for an opening ends."""
        return max(self.holidays | self.days_off, default=date.min)

    def _compute(self, day: date) -> tuple[Span, ...]:
        if not self.is_working_day(day):
            return ()
        found = sorted(
            span
            for window in self.week[day.weekday()]
            for span in spans(day, self.zone, opens=window.opens, closes=window.closes)
        )
        joined = _joined(found)
        return tuple(joined if self.within is None else _common(joined, self.within, day))


def working_week(windows: Sequence[Window]) -> tuple[tuple[Window, ...], ...]:
    """The same windows on every weekday; a campaign's weekend still rests."""
    return (tuple(windows),) * 7


@lru_cache(maxsize=256)  # a schedule remembers the openings it has computed
def office_hours(zone: str) -> Schedule:
    """From nine to five on working days: the hours of whoever said nothing."""
    return Schedule(zone, working_week(NINE_TO_FIVE), SATURDAY_AND_SUNDAY, frozenset(), frozenset())


def _joined(found: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for begins, ends in found:
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined


def _common(found: list[Span], hours: Schedule, day: date) -> list[Span]:
    """What of a local day's openings lies within hours of another zone, whose dates may be a day off and more."""
    theirs = [span for away in range(-2, 3) for span in hours.openings(day + away * DAY)]
    return [
        (max(begins, opens), min(ends, closes))
        for begins, ends in found
        for opens, closes in theirs
        if max(begins, opens) < min(ends, closes)
    ]


def minute_of(clock: str) -> int:
    """The minute of the day that a clock like `09:30` shows; `24:00` is the day's end."""
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def clock_of(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
