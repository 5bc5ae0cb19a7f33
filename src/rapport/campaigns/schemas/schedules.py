"""Working time as it crosses the API."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from marshmallow import fields, validate

from rapport.campaigns.national_holidays import LAST_YEAR, countries
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Shown,
    WholeInQuery,
    instant_field,
    shown_id,
    shown_instant,
    zone_field,
)
from rapport.kernel.week import Week, WeekChange, WindowSchema
from rapport.rules.windows import WEEKDAYS

_MOST_DAYS_OFF = 400
_FIRST_DAY, _LAST_DAY = date(2020, 1, 1), date(LAST_YEAR, 12, 31)
_DAY = validate.Range(_FIRST_DAY, _LAST_DAY)
_COUNTRY = validate.OneOf(tuple(countries()))


_EXAMPLE = {
    "timezone": "Europe/Berlin",
    "week": {"friday": [{"opens": "09:00", "closes": "12:00"}]},
    "weekend": ["saturday", "sunday"],
    "holidays_country": "DE",
    "holidays_region": "BY",
    "days_off": ["2026-12-24"],
    "starts_on": "2026-03-02",
    "ends_on": None,
}


class ScheduleIn(Body):
    """Working time. What is not named stays; of the week, day by day."""

    timezone = zone_field()
    week = fields.Nested(WeekChange)
    weekend = fields.List(
        fields.String(validate=validate.OneOf(WEEKDAYS)),
        validate=validate.Length(max=7),
        metadata={"description": "Days on which nothing is sent whatever their windows; none to work on weekends."},
    )
    holidays_country = fields.String(
        validate=_COUNTRY,
        allow_none=True,
        metadata={"description": "ISO 3166-1 code; null to work on holidays. See GET /calendars/countries."},
    )
    holidays_region = fields.String(validate=validate.Length(1, 40), allow_none=True)
    days_off = fields.List(fields.Date(validate=_DAY), validate=validate.Length(max=_MOST_DAYS_OFF))
    starts_on = fields.Date(validate=_DAY, allow_none=True, metadata={"description": "The first local day."})
    ends_on = fields.Date(validate=_DAY, allow_none=True, metadata={"description": "The last local day."})
    example: ClassVar = _EXAMPLE


class ScheduleOut(Shown):
    """Working time, by the wall clock of its zone."""

    timezone = fields.String(required=True)
    week = fields.Nested(Week, required=True)
    weekend = fields.List(fields.String(), required=True)
    holidays_country = fields.String(required=True, allow_none=True)
    holidays_region = fields.String(required=True, allow_none=True)
    days_off = fields.List(fields.Date(), required=True)
    starts_on = fields.Date(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)
    example: ClassVar = _EXAMPLE | {"week": {day: [WindowSchema.example] for day in WEEKDAYS}}


class OpeningsQuery(Body):
    """How many openings, from when on."""

    count = WholeInQuery(load_default=10, validate=validate.Range(1, 100))
    after = instant_field(metadata={"description": "An instant; now, if absent."})


class OpeningOut(Shown):
    """A stretch in which a campaign is open."""

    day = fields.Date(required=True, metadata={"description": "The local day."})
    opens_at = shown_instant()
    closes_at = shown_instant()


class OpeningsOut(Shown):
    """The next openings of a campaign."""

    campaign_id = shown_id()
    timezone = fields.String(required=True)
    openings = fields.List(fields.Nested(OpeningOut), required=True)
    example: ClassVar = {
        "campaign_id": EXAMPLE_ID,
        "timezone": "Europe/Berlin",
        "openings": [{"day": "2026-03-02", "opens_at": EXAMPLE_INSTANT, "closes_at": "2026-03-02T16:00:00Z"}],
    }


class CountryOut(Shown):
    """A country whose holidays are known."""

    code = fields.String(required=True)
    regions = fields.List(fields.String(), required=True)


class CountriesOut(Shown):
    """Every country whose holidays are known."""

    countries = fields.List(fields.Nested(CountryOut), required=True)
    example: ClassVar = {"countries": [{"code": "DE", "regions": ["BB", "BE", "BY"]}]}


class HolidaysQuery(Body):
    """Of which region; of the whole country, if absent."""

    region = fields.String(validate=validate.Length(1, 40))


class HolidayOut(Shown):
    """A day on which a country rests."""

    day = fields.Date(required=True)
    name = fields.String(required=True)


class HolidaysOut(Shown):
    """The holidays of a year."""

    country = fields.String(required=True)
    region = fields.String(required=True, allow_none=True)
    year = fields.Integer(required=True)
    holidays = fields.List(fields.Nested(HolidayOut), required=True)
    example: ClassVar = {
        "country": "DE",
        "region": "BY",
        "year": 2026,
        "holidays": [{"day": "2026-01-06", "name": "Epiphany"}],
    }
