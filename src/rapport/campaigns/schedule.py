"""When a campaign works: as an operator writes it, as it is stored, and as the rules read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from rapport.campaigns import national_holidays
from rapport.campaigns.models import Campaign
from rapport.kernel.errors import VALIDATION_FAILED, RapportError
from rapport.kernel.week import shown_week, stored_day
from rapport.rules.windows import (
    NINE_TO_FIVE,
    SATURDAY_AND_SUNDAY,
    WEEKDAYS,
    Schedule,
    Span,
    Window,
)
from rapport.rules.zones import DAY, instant_at, local_day, next_day_begins

FIELDS = (
    "timezone",
    "week",
    "weekend",
    "holidays_country",
    "holidays_region",
    "days_off",
    "starts_on",
    "ends_on",
)
"""The columns that a schedule is kept in."""
_YEARS_BEFORE, _YEARS_AFTER = 1, 3
"""A step waits 365 working days at most, which is less than two years: three cover whatever a rule looks at."""
_FARTHEST_DAYS = 800
NOON = time(12)

Week = tuple[tuple[tuple[int, int], ...], ...]


def of(campaign: Campaign | Mapping[str, Any], now: datetime) -> Schedule:
    """The working time of a campaign as the rules read it, good for what they look at from this instant on."""
    kept = campaign if isinstance(campaign, Mapping) else {name: getattr(campaign, name) for name in FIELDS}
    return _made(
        kept["timezone"],
        tuple(tuple((opens, closes) for opens, closes in windows) for windows in kept["week"]),
        frozenset(kept["weekend"]),
        kept["holidays_country"],
        kept["holidays_region"],
        tuple(kept["days_off"]),
        now.astimezone(UTC).year,
    )


@lru_cache(maxsize=512)  # a schedule remembers the openings it has computed
def _made(
    zone: str,
    week: Week,
    weekend: frozenset[int],
    country: str | None,
    region: str | None,
    days_off: tuple[str, ...],
    year: int,
) -> Schedule:
    return Schedule(
        zone,
        tuple(tuple(Window(opens, closes) for opens, closes in windows) for windows in week),
        weekend,
        national_holidays.between(country, region, year - _YEARS_BEFORE, year + _YEARS_AFTER),
        frozenset(date.fromisoformat(day) for day in days_off),
    )


def dates(campaign: Campaign | Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """From when and until when anything is sent: the first day's beginning and the last day's end on the wall."""
    found = campaign if isinstance(campaign, Mapping) else {name: getattr(campaign, name) for name in FIELDS}
    zone, first, last = found["timezone"], found["starts_on"], found["ends_on"]
    starts_at = None if first is None else _day_after_begins(first - DAY, zone)
    ends_at = None if last is None else _day_after_begins(last, zone)
    return starts_at, ends_at


def _day_after_begins(day: date, zone: str) -> datetime:
    return next_day_begins(instant_at(datetime.combine(day, NOON), zone), zone)


def openings(campaign: Campaign | Mapping[str, Any], *, after: datetime) -> Iterator[Span]:
    """When a campaign is open from an instant on, within its dates; as far as rules look."""
    schedule = of(campaign, after)
    starts_at, ends_at = dates(campaign)
    begin = after if starts_at is None else max(after, starts_at)
    day = local_day(begin, schedule.zone)
    for _ in range(_FARTHEST_DAYS if schedule.works_in_a_week else 0):
        for opens, closes in schedule.openings(day):
            if ends_at is not None and opens >= ends_at:
                return
            if closes > begin:
                yield max(opens, begin), closes if ends_at is None else min(closes, ends_at)
        day += DAY


def defaults(timezone: str) -> dict[str, Any]:
    """Nine to five from Monday to Friday, holidays included, until further notice."""
    return {
        "timezone": timezone,
        "week": [[[window.opens, window.closes] for window in NINE_TO_FIVE] for _ in WEEKDAYS],
        "weekend": sorted(SATURDAY_AND_SUNDAY),
        "holidays_country": None,
        "holidays_region": None,
        "days_off": [],
        "starts_on": None,
        "ends_on": None,
    }


def merged(current: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns after a change; what is not named stays, of the week day by day."""
    after = {name: current[name] for name in FIELDS} | {
        name: given[name] for name in FIELDS if name in given and name not in ("week", "weekend", "days_off")
    }
    if "week" in given:
        after["week"] = [
            stored_day(given["week"][day]) if given["week"].get(day) is not None else after["week"][n]
            for n, day in enumerate(WEEKDAYS)
        ]
    if "weekend" in given:
        after["weekend"] = sorted({WEEKDAYS.index(day) for day in given["weekend"]})
    if "days_off" in given:
        after["days_off"] = sorted({day.isoformat() for day in given["days_off"]})
    if given.get("holidays_country", current["holidays_country"]) != current["holidays_country"]:
        after["holidays_region"] = given.get("holidays_region")
    _agree(after)
    return after


def _agree(columns: Mapping[str, Any]) -> None:
    """Refuse what fields say only together, every problem at once."""
    problems: dict[str, list[str]] = {}
    country, region = columns["holidays_country"], columns["holidays_region"]
    if region is not None and country is None:
        problems["holidays_region"] = ["A region needs its country."]
    elif region is not None and region not in national_holidays.countries()[country]:
        problems["holidays_region"] = [f"{country} has no region of this code."]
    if columns["starts_on"] and columns["ends_on"] and columns["ends_on"] < columns["starts_on"]:
        problems["ends_on"] = ["The last day lies before the first."]
    if problems:
        raise RapportError(VALIDATION_FAILED, details={"schedule": problems})


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """The schedule as the API shows it."""
    return {
        "timezone": row["timezone"],
        "week": shown_week(row["week"]),
        "weekend": [WEEKDAYS[day] for day in row["weekend"]],
        "holidays_country": row["holidays_country"],
        "holidays_region": row["holidays_region"],
        "days_off": row["days_off"],
        "starts_on": row["starts_on"],
        "ends_on": row["ends_on"],
    }
