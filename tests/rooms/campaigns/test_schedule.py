"""Working time: what may be written, what it means, and when a campaign is next open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.campaigns import national_holidays, schedule
from rapport.kernel.errors import RapportError
from rapport.kernel.schema import zones
from rapport.rules.windows import clock_of
from rapport.rules.zones import local_day
from tests.rooms.campaigns.world import a_campaign

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAYS = list(schedule.WEEKDAYS)


def kept(zone: str = "Europe/Berlin", **given: Any) -> dict[str, Any]:
    return schedule.merged(schedule.defaults(zone), given)


def window(opens: str, closes: str) -> dict[str, str]:
    return {"opens": opens, "closes": closes}


def refusal(stage, given: dict[str, Any]) -> Any:
    answer = stage.alice.post("/campaigns", {"client_id": stage.acme.id, "name": "Bad", "schedule": given})
    assert answer.status_code == 422, answer.json
    return answer.json["details"]["schedule"]


def test_what_makes_no_working_time_is_refused_with_a_clear_answer(stage):
    night = refusal(stage, {"week": {"monday": [window("09:00", "12:00"), window("17:00", "09:00")]}})
    assert night["week"]["monday"]["1"]["_schema"] == [
        (
            "A window ends on the day it begins. For a night, give two: "
            "17:00-24:00 on the first day and 00:00-09:00 on the next."
        )
    ]
    assert "never opens" in str(refusal(stage, {"week": {"monday": [window("09:00", "09:00")]}}))
    for clock in ("9:00", "25:00", "09:60", "24:01", "09:00\n", "noon", ""):
        assert "closes" in str(refusal(stage, {"week": {"monday": [window("08:00", clock)]}})), clock
    assert "week" in refusal(stage, {"week": {"someday": []}})
    assert "timezone" in refusal(stage, {"timezone": "Mars/Olympus"})
    assert "weekend" in refusal(stage, {"weekend": ["caturday"]})
    assert "holidays_country" in refusal(stage, {"holidays_country": "XX"})
    assert refusal(stage, {"holidays_country": "DE", "holidays_region": "XX"}) == {
        "holidays_region": ["DE has no region of this code."]
    }
    assert refusal(stage, {"holidays_region": "BY", "starts_on": "2026-03-02", "ends_on": "2026-03-01"}) == {
        "holidays_region": ["A region needs its country."],
        "ends_on": ["The last day lies before the first."],
    }
    assert "days_off" in refusal(stage, {"days_off": ["2026-02-30"]})
    assert "starts_on" in refusal(stage, {"starts_on": "9999-12-31"})


def test_a_night_is_two_windows(stage):
    nights = {"monday": [window("22:00", "24:00")], "tuesday": [window("00:00", "02:00")]}
    campaign = a_campaign(stage, schedule={"week": {key: [] for key in DAYS} | nights, "weekend": []})

    found = stage.bob.get(f"/campaigns/{campaign['id']}/openings?count=2").json

    assert campaign["schedule"]["week"]["monday"] == [window("22:00", "24:00")]
    assert found["timezone"] == "Europe/Berlin"
    assert found["openings"] == [
        {"day": "2026-03-02", "opens_at": "2026-03-02T21:00:00Z", "closes_at": "2026-03-02T23:00:00Z"},
        {"day": "2026-03-03", "opens_at": "2026-03-02T23:00:00Z", "closes_at": "2026-03-03T01:00:00Z"},
    ]


def test_openings_leave_out_weekends_holidays_days_off_and_what_lies_beyond_the_dates(stage):
    campaign = a_campaign(
        stage,
        schedule={
            "holidays_country": "DE",
            "days_off": ["2026-04-02"],
            "starts_on": "2026-04-01",
            "ends_on": "2026-04-08",
        },
    )

    found = stage.bob.get(f"/campaigns/{campaign['id']}/openings?count=100").json["openings"]

    assert [opening["day"] for opening in found] == ["2026-04-01", "2026-04-07", "2026-04-08"]


def test_openings_are_asked_from_an_instant_on(stage):
    campaign = a_campaign(stage)
    path = f"/campaigns/{campaign['id']}/openings"

    running = stage.bob.get(f"{path}?count=1&after=2026-03-03T12:00:00Z").json["openings"]

    assert running[0]["opens_at"] == "2026-03-03T12:00:00Z"
    assert {stage.bob.get(f"{path}?{bad}").status_code for bad in ("count=0", "count=101", "after=now")} == {422}


def test_a_region_does_not_outlive_its_country():
    bavaria = kept(holidays_country="DE", holidays_region="BY")

    assert schedule.merged(bavaria, {"holidays_country": "AT"})["holidays_region"] is None
    assert schedule.merged(bavaria, {"days_off": []})["holidays_region"] == "BY"


def test_a_regions_holiday_is_one_of_its_own_only():
    epiphany = date(2026, 1, 6)

    assert schedule.of(kept(holidays_country="DE", holidays_region="BY"), NOW).is_working_day(epiphany) is False
    assert schedule.of(kept(holidays_country="DE"), NOW).is_working_day(epiphany) is True
    assert schedule.of(kept(), NOW).is_working_day(date(2026, 12, 25)) is True


def test_every_country_and_region_has_holidays_that_can_be_read():
    years = range(2026, 2028)
    for country, regions in national_holidays.countries().items():
        assert len(country) == 2
        for region in (None, *regions):
            found = [day for year in years for day in national_holidays.of_year(country, region, year)]
            assert all(day.year in years and name for day, name in found)
            assert len(region or "") <= 40


def test_countries_and_their_holidays_are_listed(stage):
    countries = {each["code"]: each["regions"] for each in stage.bob.get("/calendars/countries").json["countries"]}
    found = stage.bob.get("/calendars/DE/2026?region=BY").json

    assert "BY" in countries["DE"]
    assert {"day": "2026-01-06", "name": "Epiphany"} in found["holidays"]
    answers = [stage.bob.get(f"/calendars/{bad}").status_code for bad in ("XX/2026", "DE/1", "DE/2026?region=XX")]
    assert answers == [404, 404, 404]


@pytest.mark.parametrize(
    "zone", ["Pacific/Kiritimati", "Pacific/Niue", "America/New_York", "Africa/Cairo", "Etc/GMT+12"]
)
def test_the_first_day_begins_and_the_last_one_ends_on_the_wall(zone):
    starts_at, ends_at = schedule.dates(kept(zone, starts_on=date(2026, 4, 24), ends_on=date(2026, 4, 24)))

    assert local_day(starts_at, zone) == date(2026, 4, 24)
    assert local_day(starts_at - timedelta(microseconds=1), zone) == date(2026, 4, 23)
    assert local_day(ends_at - timedelta(microseconds=1), zone) == date(2026, 4, 24)
    assert local_day(ends_at, zone) == date(2026, 4, 25)


_MINUTES = st.integers(0, 1440)


@given(
    zone=st.sampled_from(sorted(zones())),
    windows=st.lists(st.tuples(_MINUTES, _MINUTES).filter(lambda each: each[0] < each[1]), max_size=3),
    days=st.sets(st.sampled_from(DAYS)),
    weekend=st.sets(st.sampled_from(DAYS)),
    country=st.none() | st.sampled_from(["DE", "US", "JP", "SA"]),
    now=st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC)),
    length=st.integers(0, 40),
)
def test_no_opening_lies_outside_its_window_on_a_free_day_or_beyond_the_dates(
    zone, windows, days, weekend, country, now, length
):
    written = [window(clock_of(opens), clock_of(closes)) for opens, closes in windows]
    first = (now + timedelta(days=3)).date()
    campaign = kept(
        zone,
        week={key: [] for key in DAYS} | dict.fromkeys(days, written),
        weekend=weekend,
        holidays_country=country,
        starts_on=first,
        ends_on=first + timedelta(days=length),
    )
    rests = national_holidays.between(country, None, now.year, now.year + 1)

    found = list(islice(schedule.openings(campaign, after=now), 20))

    last = now
    for opens, closes in found:
        wall = local_day(opens, zone)
        assert last <= opens < closes
        assert first <= wall <= first + timedelta(days=length)
        assert DAYS[wall.weekday()] in days - weekend
        assert wall not in rests
        last = closes


@given(st.lists(st.tuples(_MINUTES, _MINUTES).filter(lambda each: each[0] < each[1]), max_size=3))
def test_a_schedule_that_is_shown_can_be_given_back(windows):
    written = [window(clock_of(opens), clock_of(closes)) for opens, closes in windows]
    campaign = kept(week={"monday": written}, weekend=["friday"])

    again = {"week": schedule.shown(campaign)["week"], "weekend": schedule.shown(campaign)["weekend"]}

    assert schedule.merged(campaign, again) == campaign


def test_what_only_together_is_wrong_is_refused_together():
    with pytest.raises(RapportError) as refused:
        kept(holidays_region="BY", starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 1))

    assert set(refused.value.details["schedule"]) == {"holidays_region", "ends_on"}
