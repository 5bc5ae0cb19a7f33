"""On which days a country, or a region of it, rests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache

import holidays

FIRST_YEAR, LAST_YEAR = 1990, 2099


@cache
def countries() -> Mapping[str, tuple[str, ...]]:
    """Every country whose holidays are known, by ISO 3166-1 code, with the codes of its regions."""
    known = holidays.list_supported_countries(include_aliases=False)
    return {code: tuple(sorted(regions)) for code, regions in sorted(known.items())}


@lru_cache(maxsize=1024)
def of_year(country: str, region: str | None, year: int) -> tuple[tuple[date, str], ...]:
    """The public holidays of one year with their names, in order."""
    found = holidays.country_holidays(country, subdiv=region, years=year, language="en_US")
    return tuple(sorted((day, name) for day, name in found.items() if day.year == year))


@lru_cache(maxsize=256)
def between(country: str | None, region: str | None, first: int, last: int) -> frozenset[date]:
    """The days on which a country rests in these years; none without a country."""
    if country is None:
        return frozenset()
    return frozenset(day for year in range(first, last + 1) for day, _ in of_year(country, region, year))
