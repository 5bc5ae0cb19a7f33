"""A campaign works in its windows, by the wall clock, through whatever the clocks do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from random import Random

import pytest
from dateutil import tz
from hypothesis import given
from hypothesis import strategies as st

from rapport.rules.windows import Schedule, Window, WindowRefusedError, working_week
from rapport.rules.zones import next_day_begins
from tests.rules.builders import at, schedule, window
from tests.rules.calendars import FIRST, LAST, MINUTE, ZONES, clock_changes, is_open, minutes, shows_a_window

EVERY_DAY = frozenset[int]()
MAY_DAY = date(2026, 5, 1)


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        ("2026-05-04 06:59:59", "2026-05-04 07:00"),
        ("2026-05-04 07:00", "2026-05-04 07:00"),
        ("2026-05-04 14:59:59", "2026-05-04 14:59:59"),
        ("2026-05-04 15:00", "2026-05-05 07:00"),
        ("2026-05-08 15:00", "2026-05-11 07:00"),
        ("2026-04-30 15:00", "2026-05-04 07:00"),
        ("2026-12-31 16:00", "2027-01-01 08:00"),
    ],
)
def test_the_next_opening_is_the_next_working_morning(asked, opens):
    berlin = schedule("Europe/Berlin", holidays=[MAY_DAY])

    assert berlin.next_opening(at(asked)) == at(opens)


@pytest.mark.parametrize(
    ("zone", "times", "day", "openings"),
    [
        # Forward at 02:00: the window's hour is not on the clock, or only its end is.
        ("Europe/Berlin", "1:00-5:00", "2026-03-29", [("00:00", "03:00")]),
        ("Europe/Berlin", "2:00-3:00", "2026-03-29", []),
        ("Europe/Berlin", "2:30-3:30", "2026-03-29", [("01:00", "01:30")]),
        # Back at 03:00: the hour that is shown again does not open again.
        ("Europe/Berlin", "2:00-3:00", "2026-10-25", [("00:00", "01:00")]),
        ("Europe/Berlin", "1:00-4:00", "2026-10-25", [("-01:00", "01:00"), ("02:00", "03:00")]),
        # Midnight itself does not exist.
        ("Africa/Cairo", "0:00-2:00", "2026-04-24", [("-02:00", "-01:00")]),
        ("America/Santiago", "0:00-1:00", "2026-09-06", []),
        # The day before ends twice.
        ("America/Santiago", "23:00-24:00", "2026-04-04", [("26:00", "27:00")]),
        # Half an hour forth, and half an hour back.
        ("Australia/Lord_Howe", "2:00-3:00", "2026-10-04", [("-08:30", "-08:00")]),
        ("Australia/Lord_Howe", "1:30-2:30", "2026-04-05", [("-09:30", "-09:00"), ("-08:30", "-08:00")]),
        # Two hours forth.
        ("Antarctica/Troll", "1:30-4:00", "2026-03-29", [("01:00", "02:00")]),
        # Morocco goes back for Ramadan.
        ("Africa/Casablanca", "2:00-3:00", "2026-02-15", [("01:00", "02:00")]),
        # Days that were never on the calendar.
        ("Pacific/Apia", "0:00-24:00", "2011-12-30", []),
        ("Pacific/Kwajalein", "0:00-24:00", "1993-08-21", []),
        ("Europe/London", "9:00-10:00", "2028-02-29", [("09:00", "10:00")]),
    ],
)
def test_a_window_opens_once_or_not_at_all_when_the_clocks_change(zone, times, day, openings):
    midnight = at(day)

    opened = schedule(zone, windows=[window(times)], weekend=EVERY_DAY).openings(date.fromisoformat(day))

    assert opened == tuple((midnight + _hours(begins), midnight + _hours(ends)) for begins, ends in openings)


def test_windows_that_touch_or_overlap_are_one_opening():
    london = schedule(windows=[window("13:00-17:00"), window("9:00-12:00"), window("12:00-13:30")])

    assert london.openings(date(2026, 3, 2)) == ((at("2026-03-02 09:00"), at("2026-03-02 17:00")),)


def test_a_day_may_have_a_pause():
    london = schedule(windows=[window("9:00-12:00"), window("14:00-17:00")])

    assert london.next_opening(at("2026-03-02 12:00")) == at("2026-03-02 14:00")
    assert london.after_open_time(at("2026-03-02 11:50"), timedelta(minutes=15), day=date(2026, 3, 2)) == at(
        "2026-03-02 14:05"
    )
    assert london.open_time_after(at("2026-03-02 11:00"), day=date(2026, 3, 2)) == timedelta(hours=4)


@pytest.mark.parametrize("times", ["17:00-9:00", "9:00-9:00", "9:00-24:01", "24:00-24:00"])
def test_a_window_ends_on_the_day_it_begins(times):
    with pytest.raises(WindowRefusedError):
        window(times)


def test_a_night_is_refused_with_the_two_windows_to_give_instead():
    with pytest.raises(WindowRefusedError, match=r"17:00-24:00 on the first day and 00:00-09:00 on the next"):
        window("17:00-9:00")


def test_a_night_given_as_two_windows_is_one_opening_after_the_other():
    monday, tuesday = (Window(17 * 60, 24 * 60),), (Window(0, 9 * 60),)
    nights = Schedule("Europe/London", (monday, tuesday, (), (), (), (), ()), EVERY_DAY, frozenset(), frozenset())

    assert all(is_open(nights, instant) for instant in minutes(at("2026-03-02 17:00"), at("2026-03-03 09:00")))
    assert nights.next_opening(at("2026-03-02 23:59:59")) == at("2026-03-02 23:59:59")
    assert nights.next_opening(at("2026-03-03 00:00")) == at("2026-03-03 00:00")
    assert nights.next_opening(at("2026-03-03 09:00")) == at("2026-03-09 17:00")


@pytest.mark.parametrize(
    "never",
    [
        schedule(windows=[]),
        Schedule(
            "UTC",
            ((), (), (), (), (), *(working_week([window("9:00-10:00")])[:2])),
            frozenset({5, 6}),
            frozenset(),
            frozenset(),
        ),
    ],
)
def test_a_campaign_without_any_opening_never_opens(never):
    assert never.next_opening(at("2026-03-02 09:00")) is None


def test_a_window_that_only_the_changing_of_clocks_takes_away_opens_a_week_later():
    sundays = schedule("Europe/Berlin", windows=[window("2:00-3:00")], weekend=frozenset(range(6)))

    assert sundays.next_opening(at("2026-03-23 00:00")) == at("2026-04-05 00:00")


def test_a_campaign_with_two_years_off_opens_after_them():
    days_off = [date(2026, 3, 2) + timedelta(days=day) for day in range(730)]

    assert schedule(days_off=days_off).next_opening(at("2026-03-02 09:00")) == at("2028-03-01 09:00")


WALKED = timedelta(hours=36)
SHAPES = tuple(
    schedule(windows=windows, weekend=EVERY_DAY).week
    for windows in (
        [window("9:00-17:00")],
        [window("0:00-1:00"), window("1:30-2:30"), window("3:00-3:01"), window("23:00-24:00")],
        [window("0:00-24:00")],
    )
)


def _around(zone: str, change: datetime, opens: Callable[[Schedule, datetime], bool]) -> list[tuple[str, datetime]]:
    """The minutes around a clock change at which the product and another reading of the calendar differ.

    Every minute for more than any clock moves, and every quarter of an hour of a day beyond.
    """
    near, far = timedelta(minutes=130), timedelta(hours=26)
    looked_at = [
        *islice(minutes(change - far, change - near), 0, None, 15),
        *minutes(change - near, change + near),
        *islice(minutes(change + near, change + far), 0, None, 15),
    ]
    schedules = [Schedule(zone, week, EVERY_DAY, frozenset(), frozenset()) for week in SHAPES]
    return [
        (zone, instant)
        for each in schedules
        for instant in looked_at
        if (each.opening_around(instant) is not None) != opens(each, instant)
    ]


def _distinct_changes() -> dict[tuple[datetime, ...], str]:
    """One zone for each set of instants and offsets: links and namesakes change their clocks alike."""
    return {
        tuple((change, change.astimezone(tz.gettz(zone)).utcoffset()) for change in clock_changes(zone)): zone
        for zone in ZONES
        if clock_changes(zone)
    }


def test_every_clock_change_of_every_zone_agrees_with_the_wall_minute_by_minute():
    zones = _distinct_changes().values()
    changes = [(zone, change) for zone in zones for change in clock_changes(zone)]
    assert len(ZONES) > 590
    assert len(changes) > 500

    assert [wrong for zone, change in changes for wrong in _around(zone, change, is_open)] == []


def test_a_calendar_that_ignores_repeated_time_is_found_out():
    assert _around("Europe/Berlin", clock_changes("Europe/Berlin")[1], shows_a_window)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    times = st.integers(0, 24 * 60)
    pairs = st.tuples(times, times).map(sorted).filter(lambda pair: pair[0] < pair[1])
    days = draw(st.lists(st.lists(pairs, max_size=3), min_size=1, max_size=3))
    week = [days[weekday % len(days)] for weekday in range(7)]
    off = st.frozensets(st.dates(FIRST.date(), LAST.date()), max_size=5)
    return Schedule(
        draw(st.sampled_from(ZONES)),
        tuple(tuple(Window(*pair) for pair in windows) for windows in week),
        draw(st.frozensets(st.integers(0, 6), max_size=3)),
        draw(off),
        draw(off),
    )


@st.composite
def instants_of(draw: st.DrawFn, zone: str) -> datetime:
    """Any instant of 2024 to 2032, and often one near a clock change."""
    any_instant = st.integers(0, int((LAST - FIRST).total_seconds()) - 1).map(lambda s: FIRST + timedelta(seconds=s))
    changes = clock_changes(zone)
    if not changes:
        return draw(any_instant)
    near = st.tuples(st.sampled_from(changes), st.integers(-200_000, 100_000))
    return draw(st.one_of(any_instant, near.map(lambda pair: pair[0] + timedelta(seconds=pair[1]))))


@given(st.data())
def test_the_next_opening_is_the_first_open_minute(data):
    each = data.draw(schedules())
    asked = data.draw(instants_of(each.zone))

    opens = each.next_opening(asked)

    assert opens is None or opens >= asked
    walked = next((instant for instant in minutes(asked + MINUTE, asked + WALKED) if is_open(each, instant)), None)
    if is_open(each, asked):
        assert opens == asked
    elif walked is not None:
        assert opens == walked
    else:
        assert opens is None or (is_open(each, opens) and opens >= asked + WALKED - MINUTE)


@given(st.sampled_from(ZONES).flatmap(lambda zone: st.tuples(st.just(zone), instants_of(zone))))
def test_the_next_day_begins_with_the_first_minute_of_a_later_date(drawn):
    zone, asked = drawn

    begins = next_day_begins(asked, zone)

    today = asked.astimezone(tz.gettz(zone)).date()
    assert begins > asked
    assert begins.astimezone(tz.gettz(zone)).date() > today
    assert (begins - timedelta(seconds=1)).astimezone(tz.gettz(zone)).date() <= today


def test_another_library_reads_the_same_calendar():
    draws = Random(20260302)
    always = {zone: Schedule(zone, SHAPES[1], EVERY_DAY, frozenset(), frozenset()) for zone in ZONES}
    differ = []
    for _ in range(10_000):
        zone = draws.choice(ZONES)
        changes = clock_changes(zone) or (FIRST,)
        instant = draws.choice(changes) + timedelta(minutes=draws.randrange(-3000, 3000))
        wall = instant.astimezone(tz.gettz(zone))
        minute = wall.hour * 60 + wall.minute
        expected = not wall.fold and any(each.opens <= minute < each.closes for each in SHAPES[1][0])
        if (always[zone].opening_around(instant) is not None) != expected:
            differ.append((zone, instant))
    assert differ == []


def _hours(text: str) -> timedelta:
    sign = -1 if text.startswith("-") else 1
    hours, minute = text.lstrip("-").split(":")
    return sign * timedelta(hours=int(hours), minutes=int(minute))


def test_an_instant_is_read_in_utc_whatever_zone_it_comes_in():
    assert schedule().next_opening(datetime(2026, 3, 2, 10, tzinfo=tz.gettz("Asia/Tokyo"))) == datetime(
        2026, 3, 2, 9, tzinfo=UTC
    )


@given(st.sampled_from(ZONES), st.sampled_from(ZONES), st.data())
def test_a_narrowed_schedule_is_open_exactly_while_both_are(zone, other, data):
    """The oracle walks the minutes of three days around a change of the clocks and looks at both walls."""
    pairs = st.tuples(st.integers(0, 1440), st.integers(0, 1440)).map(sorted).filter(lambda pair: pair[0] < pair[1])
    first, second = (Window(*data.draw(pairs)) for _ in range(2))
    campaign = schedule(zone, windows=[first])
    hours = schedule(other, windows=[second], weekend=EVERY_DAY)
    changes = clock_changes(data.draw(st.sampled_from([zone, other]))) or (at("2026-03-29 01:00"),)
    begins = data.draw(st.sampled_from(changes)) - timedelta(days=1)
    narrowed = campaign.narrowed_to(hours)

    opened = None
    for instant in minutes(begins, begins + timedelta(days=2)):
        both = is_open(campaign, instant) and is_open(hours, instant)
        assert (narrowed.opening_around(instant) is not None) == both, instant
        if both and opened is None:
            opened = instant
    if opened is not None and not is_open(campaign, begins - MINUTE):
        assert narrowed.next_opening(begins) == opened


def test_a_schedule_that_is_not_narrowed_is_itself_and_a_narrowed_one_is_made_once():
    campaign, hours = schedule(), schedule("Asia/Tokyo", windows=[window("18:00-20:00")])

    assert campaign.narrowed_to(None) is campaign
    assert campaign.narrowed_to(hours) is campaign.narrowed_to(schedule("Asia/Tokyo", windows=[window("18:00-20:00")]))
    assert campaign.openings(date(2026, 3, 2)) == ((at("2026-03-02 09:00"), at("2026-03-02 17:00")),)
    assert campaign.narrowed_to(hours).openings(date(2026, 3, 2)) == ((at("2026-03-02 09:00"), at("2026-03-02 11:00")),)
