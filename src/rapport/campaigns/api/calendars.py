"""National holidays over HTTP."""

from __future__ import annotations

from typing import Any

from rapport.campaigns import national_holidays
from rapport.campaigns.national_holidays import FIRST_YEAR, LAST_YEAR
from rapport.campaigns.schemas.schedules import CountriesOut, HolidaysOut, HolidaysQuery
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.rules.permissions import Permission

room = Room("calendars", "/calendars", "On which days countries rest.")


@room.get("/countries", may=Permission.READ, out=CountriesOut)
def list_countries(call: Call) -> dict[str, Any]:  # noqa: ARG001 - every view takes its call
    """List the countries and regions whose holidays are known."""
    return {
        "countries": [
            {"code": code, "regions": list(regions)} for code, regions in national_holidays.countries().items()
        ]
    }


@room.get("/<string:country>/<int:year>", may=Permission.READ, query=HolidaysQuery, out=HolidaysOut, errors=[NOT_FOUND])
def list_holidays(call: Call, country: str, year: int) -> dict[str, Any]:
    """List the holidays of a country, or of a region of it, in a year."""
    region = call.query.get("region")
    regions = national_holidays.countries().get(country)
    known = regions is not None and (region is None or region in regions)
    if not known or not FIRST_YEAR <= year <= LAST_YEAR:
        raise RapportError(NOT_FOUND)
    return {
        "country": country,
        "region": region,
        "year": year,
        "holidays": [{"day": day, "name": name} for day, name in national_holidays.of_year(country, region, year)],
    }
