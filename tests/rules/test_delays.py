"""When a step is due after the one before it."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.rules.delays import Delay, Unit, due
from tests.rules.builders import at, schedule
from tests.rules.test_windows import instants_of, schedules

BERLIN = schedule("Europe/Berlin", holidays=[date(2026, 5, 1)])


@pytest.mark.parametrize(
    ("since", "delay", "expected"),
    [
        ("2026-03-06 10:00", Delay(1, Unit.WORKING_DAYS), "2026-03-09 10:00"),
        ("2026-03-07 10:00", Delay(1, Unit.WORKING_DAYS), "2026-03-09 10:00"),
        ("2026-04-30 10:00", Delay(1, Unit.WORKING_DAYS), "2026-05-04 10:00"),
        ("2026-04-27 10:00", Delay(5, Unit.WORKING_DAYS), "2026-05-05 10:00"),
        ("2026-03-06 10:00", Delay(0, Unit.WORKING_DAYS), "2026-03-06 10:00"),
        ("2026-03-06 10:00", Delay(90, Unit.MINUTES), "2026-03-06 11:30"),
        # Over the change of clocks: hours pass, days keep the wall time.
        ("2026-03-28 10:00", Delay(24, Unit.HOURS), "2026-03-29 10:00"),
        ("2026-03-28 10:00", Delay(1, Unit.DAYS), "2026-03-29 09:00"),
        ("2026-03-28 01:30", Delay(1, Unit.DAYS), "2026-03-29 01:30"),
        ("2026-10-24 00:30", Delay(1, Unit.DAYS), "2026-10-25 00:30"),
        ("2028-02-28 10:00", Delay(1, Unit.DAYS), "2028-02-29 10:00"),
        ("2026-12-31 10:00", Delay(1, Unit.WORKING_DAYS), "2027-01-01 10:00"),
    ],
)
def test_a_delay_is_over_at_the_wall_time_people_expect(since, delay, expected):
    assert due(at(since), delay, schedule=BERLIN) == at(expected)


def test_working_days_never_pass_where_nobody_works():
    assert due(at("2026-03-06 10:00"), Delay(1, Unit.WORKING_DAYS), schedule=schedule(windows=[])) is None


@pytest.mark.parametrize(
    ("delay", "words"), [(Delay(1, Unit.WORKING_DAYS), "1 working day"), (Delay(3, Unit.HOURS), "3 hours")]
)
def test_a_delay_reads_as_people_say_it(delay, words):
    assert str(delay) == words


@given(schedules().flatmap(lambda each: st.tuples(st.just(each), instants_of(each.zone))), st.integers(0, 10))
def test_working_days_are_counted_one_by_one_and_keep_the_wall_time(drawn, days):
    each, since = drawn

    expected, wall = days, since.astimezone(ZoneInfo(each.zone))
    day = wall.date()
    found = due(since, Delay(days, Unit.WORKING_DAYS), schedule=each)

    if found is None:
        assert not each.works_in_a_week
        return
    assert found >= since
    while expected:
        day += timedelta(days=1)
        expected -= each.is_working_day(day)
    ends = found.astimezone(ZoneInfo(each.zone))
    skipped = ends.replace(tzinfo=None) - wall.replace(tzinfo=None, fold=0)
    assert ends.date() == day or not timedelta(0) <= skipped - (day - wall.date()) > timedelta(hours=2)
    if ends.utcoffset() == wall.utcoffset() and days and not wall.fold:
        assert ends.time() == wall.time()
