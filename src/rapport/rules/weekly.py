"""When a client's weekly report is due: once in each ISO week, at an hour of a weekday by the client's clock.

A report is known by the ISO week in which its day lies, so that whoever asks, and however often, speaks of the same
one. It tells of the seven days before its day. An hour that the clocks skip counts as if they had not moved; one that
occurs twice counts the first time. What could not be sent in time is sent late, until that would be of no use any more.
Example: Mondays at 8 in Kiritimati is Sunday 18:00 in UTC, and belongs to the week that begins there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from rapport.rules.zones import DAY, instant_at, local_day

WEEK = timedelta(days=7)
LATEST = timedelta(days=4)
"""So late a report is still sent; later it is missed."""
Week = tuple[int, int]
"""Year and number of an ISO week."""


@dataclass(frozen=True, slots=True)
class Terms:
    """By whose clock, on which ISO weekday (Monday is 1), at which hour."""

    zone: str
    weekday: int
    hour: int


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One report: its week, the day of it, and the instant at which it is due."""

    week: Week
    day: date
    at: datetime


def occurrence(terms: Terms, week: Week) -> Occurrence:
    """The report of an ISO week."""
    day = date.fromisocalendar(*week, terms.weekday)
    return Occurrence(week, day, instant_at(datetime.combine(day, time(terms.hour)), terms.zone))


def next_after(now: datetime, terms: Terms, *, told: Week | None) -> Occurrence:
    """The first report that is due after an instant, of a week later than the one that was told of last."""
    day = local_day(now, terms.zone) - WEEK
    while True:
        found = occurrence(terms, week_of(day))
        if found.at > now and (told is None or found.week > told):
            return found
        day += WEEK


def is_missed(due_at: datetime, now: datetime) -> bool:
    """Whether a report that was due then is not worth sending now."""
    return now - due_at > LATEST


def week_of(day: date) -> Week:
    """The ISO week of a day."""
    year, number, _ = day.isocalendar()
    return year, number


def days_told_of(day: date) -> tuple[date, date]:
    """The first and the last day that a report of this day tells of."""
    return day - WEEK, day - DAY
