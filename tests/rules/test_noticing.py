"""When a notice leaves: batching, quiet hours by the client's clock, and never more than so many an hour."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.rules.noticing import Manner, leaves_at, quiet_until

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def manner(quiet=None, *, zone="Europe/Berlin", batch=5 * MINUTE, most=20):
    begins, ends = quiet or (None, None)
    return Manner(zone, begins, ends, batch, most)


def test_the_first_of_a_rush_leaves_at_once_and_the_rest_together():
    told, waiting, now = [], None, NINE
    leaving = []
    for second in range(50):
        now = NINE + timedelta(seconds=second)
        at = leaves_at(now, manner(), told=told, waiting=waiting, urgent=False)
        leaving.append(at)
        if at is None:
            told.append(now)
        else:
            waiting = at

    assert leaving == [None, *[NINE + 5 * MINUTE] * 49]


def test_nobody_hears_more_often_than_so_many_times_an_hour():
    told = [NINE + number * MINUTE for number in range(3)]

    at = leaves_at(NINE + 30 * MINUTE, manner(batch=timedelta(0), most=3), told=told, waiting=None, urgent=True)

    assert at == NINE + HOUR


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-02T18:59+01:00", None),
        ("2026-03-02T19:00+01:00", "2026-03-03T08:00+01:00"),
        ("2026-03-03T07:59+01:00", "2026-03-03T08:00+01:00"),
        ("2026-03-03T08:00+01:00", None),
        ("2026-03-28T23:00+01:00", "2026-03-29T08:00+02:00"),  # the night in which clocks go forward
        ("2026-10-24T23:00+02:00", "2026-10-25T08:00+01:00"),  # and back
    ],
)
def test_quiet_hours_are_by_the_clients_clock(now, expected):
    quiet = manner((time(19), time(8)))
    at = leaves_at(datetime.fromisoformat(now).astimezone(UTC), quiet, told=[], waiting=None, urgent=False)

    assert at == (datetime.fromisoformat(expected) if expected else None)


def test_quiet_hours_do_not_hold_what_is_urgent_nor_does_a_digest_that_gathers():
    quiet = manner((time(0), time(23, 59)))

    assert leaves_at(NINE, quiet, told=[], waiting=NINE + HOUR, urgent=True) is None


@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
    st.times(timezones=st.none()).map(lambda at: at.replace(second=0, microsecond=0)),
    st.times(timezones=st.none()).map(lambda at: at.replace(second=0, microsecond=0)),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
)
def test_quiet_ends_later_than_now_and_what_ends_it_is_not_quiet(zone, begins, ends, now):
    end = quiet_until(now, manner((begins, ends), zone=zone))

    if end is None:
        return
    assert now < end <= now + 26 * HOUR
    wall = end.astimezone(ZoneInfo(zone)).time()
    again = quiet_until(end, manner((begins, ends), zone=zone))
    assert again is None or wall != ends
