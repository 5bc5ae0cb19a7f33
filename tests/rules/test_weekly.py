"""When a weekly report is due: once in each ISO week, in every zone, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.kernel.schema import zones
from rapport.rules.weekly import LATEST, WEEK, Terms, days_told_of, is_missed, next_after, occurrence, week_of

MONDAYS_AT_8 = {
    "Pacific/Kiritimati": datetime(2026, 3, 8, 18, tzinfo=UTC),
    "Pacific/Pago_Pago": datetime(2026, 3, 9, 19, tzinfo=UTC),
    "Europe/Berlin": datetime(2026, 3, 9, 7, tzinfo=UTC),
    "America/New_York": datetime(2026, 3, 9, 12, tzinfo=UTC),
}
"""In New York clocks had gone forward the day before."""


@pytest.mark.parametrize("zone", MONDAYS_AT_8)
def test_it_is_due_by_the_clients_clock(zone):
    found = next_after(datetime(2026, 3, 4, tzinfo=UTC), Terms(zone, 1, 8), told=None)

    assert (found.week, found.day, found.at) == ((2026, 11), date(2026, 3, 9), MONDAYS_AT_8[zone])
    assert days_told_of(found.day) == (date(2026, 3, 2), date(2026, 3, 8))


@pytest.mark.parametrize(
    ("zone", "week", "weekday", "hour", "at"),
    [
        ("Europe/Berlin", (2026, 13), 7, 2, datetime(2026, 3, 29, 1, tzinfo=UTC)),  # skipped: as if clocks stood
        ("Australia/Sydney", (2026, 14), 7, 2, datetime(2026, 4, 4, 15, tzinfo=UTC)),  # twice: the first time
        ("Pacific/Apia", (2011, 52), 5, 8, datetime(2011, 12, 30, 18, tzinfo=UTC)),  # a Friday that never was
        ("Europe/London", (2026, 53), 7, 23, datetime(2027, 1, 3, 23, tzinfo=UTC)),  # a week of two years
    ],
)
def test_an_hour_that_is_skipped_or_twice_is_one_instant(zone, week, weekday, hour, at):
    assert occurrence(Terms(zone, weekday, hour), week).at == at


@given(
    st.sampled_from(sorted(zones())),
    st.integers(1, 7),
    st.integers(0, 23),
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),
)
def test_one_follows_another_by_a_week_and_none_is_left_out(zone, weekday, hour, now):
    terms = Terms(zone, weekday, hour)
    first = next_after(now, terms, told=None)
    second = next_after(first.at, terms, told=first.week)

    assert now < first.at <= now + WEEK + timedelta(days=2)
    assert week_of(first.day + WEEK) == second.week
    assert abs(second.at - first.at - WEEK) <= timedelta(days=1)
    assert (first.day.isoweekday(), week_of(first.day)) == (weekday, first.week)
    wall = first.at.astimezone(ZoneInfo(zone))
    assert wall.hour == hour or abs(wall.replace(tzinfo=None) - datetime.combine(first.day, wall.time())) <= timedelta(
        1
    )


@given(st.integers(1, 7), st.integers(0, 23), st.integers(1, 7), st.integers(0, 23), st.integers(0, 200))
def test_a_week_that_was_told_of_is_not_told_of_again_by_other_terms(weekday, hour, other_day, other_hour, hours):
    told = occurrence(Terms("Pacific/Kiritimati", weekday, hour), (2026, 11))
    now = told.at + timedelta(hours=hours)

    following = next_after(now, Terms("Pacific/Pago_Pago", other_day, other_hour), told=told.week)

    assert following.week > told.week
    assert following.at > now


def test_late_is_sent_and_far_too_late_is_missed():
    due = datetime(2026, 3, 9, 7, tzinfo=UTC)

    assert [is_missed(due, due + each) for each in (timedelta(0), LATEST, LATEST + timedelta(seconds=1))] == [
        False,
        False,
        True,
    ]
