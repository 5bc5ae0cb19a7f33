"""The judge's calendar: the wall clock decides, and a wall time counts the first time it occurs."""

from datetime import UTC, datetime

import pytest

from tests.proof.judge.calendar import closed_because
from tests.proof.small_world import OFFICE, at

ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def campaign(timezone="Europe/Berlin", windows=None, **more):
    return {"timezone": timezone, "windows": windows or OFFICE, **more}


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("wall", "is_open"),
    [
        ("2026-03-02 08:59:59", False),
        ("2026-03-02 09:00:00", True),
        ("2026-03-02 16:59:59.999", True),
        ("2026-03-02 17:00:00", False),
        ("2026-03-07 10:00:00", False),
    ],
)
def test_a_window_holds_from_its_start_until_just_before_its_end(wall, is_open):
    assert (closed_because(campaign(), at(wall)) is None) == is_open


def test_a_day_may_have_several_windows_and_a_pause_between_them():
    windows = {"mon": [["09:00", "12:00"], ["13:00", "24:00"]]}

    def is_open(clock):
        return closed_because(campaign(windows=windows), at(f"2026-03-02 {clock}")) is None

    assert [is_open(clock) for clock in ("11:59", "12:00", "13:00", "23:59")] == [True, False, True, True]


def test_weekends_are_closed_unless_the_campaign_says_otherwise():
    saturday = at("2026-03-07 10:00")

    assert "weekend" in closed_because(campaign(windows=ALWAYS), saturday)
    assert closed_because(campaign(windows=ALWAYS, sends_on_weekend=True), saturday) is None


def test_a_date_off_is_a_local_date():
    away = campaign("Pacific/Auckland", ALWAYS, dates_off=["2026-03-03"])

    assert closed_because(away, utc("2026-03-02T10:59:59")) is None
    assert "date off" in closed_because(away, utc("2026-03-02T11:00:00"))


def test_the_hour_that_occurs_twice_is_open_once():
    night = campaign("America/New_York", ALWAYS, sends_on_weekend=True)

    assert closed_because(night, utc("2026-11-01T05:30:00")) is None
    assert "second time" in closed_because(night, utc("2026-11-01T06:30:00"))
    assert closed_because(night, utc("2026-11-01T07:00:00")) is None


def test_the_hour_that_is_skipped_never_opens():
    windows = {"sun": [["02:00", "03:00"]]}
    spring = campaign("Europe/Berlin", windows, sends_on_weekend=True)
    minutes = range(int(utc("2026-03-28T22:00:00")), int(utc("2026-03-29T22:00:00")), 60)

    assert all(closed_because(spring, minute) for minute in minutes)


def test_half_an_hour_of_lord_howe_occurs_twice():
    howe = campaign("Australia/Lord_Howe", ALWAYS, sends_on_weekend=True)
    second = [
        minute
        for minute in range(int(utc("2026-04-04T12:00:00")), int(utc("2026-04-05T12:00:00")), 60)
        if closed_because(howe, minute)
    ]

    assert len(second) == 30
    assert datetime.fromtimestamp(second[0], UTC).isoformat() == "2026-04-04T15:00:00+00:00"
