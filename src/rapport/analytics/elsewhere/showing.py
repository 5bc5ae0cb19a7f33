"""Figures that are counted elsewhere, beside ours: sums, days, and what came back of what was spent."""

from __future__ import annotations

from typing import Any

from rapport.analytics.elsewhere import queries
from rapport.analytics.elsewhere.queries import Told
from rapport.analytics.elsewhere.telling import PARTS
from rapport.analytics.queries import Period, Subject
from rapport.analytics.words import about, rounded
from rapport.kernel.tx import Reading

KNOWN = ("meetings_held", "deals", "spend", "revenue")
"""Those that are shown wherever figures are; others are shown among the days."""


def summed(told: Told) -> dict[str, Any]:
    """The known figures, 0 where nothing was told, and the return on what was spent, where anything was."""
    spend, revenue = told.get("spend", 0), told.get("revenue", 0)
    back = rounded((revenue - spend) / spend) if spend > 0 else None
    return {**{name: told.get(name, 0) / PARTS for name in KNOWN}, "roi": back}


def totals(reading: Reading, subject: Subject, period: Period | None = None) -> dict[str, Any]:
    """The known figures of a campaign, or of a client with all of its campaigns."""
    return summed(queries.totals(reading, subject, period))


def by_campaign(reading: Reading, subject: Subject, period: Period | None) -> dict[str, dict[str, Any]]:
    """The known figures of each campaign of which any was told."""
    return {key: summed(told) for key, told in queries.by_campaign(reading, subject, period).items()}


def days(reading: Reading, subject: Subject, period: Period) -> dict[str, Any]:
    """Every figure of each day of a period, as it was told."""
    return {
        **about(subject),
        "from": period.first,
        "to": period.last,
        "totals": totals(reading, subject, period),
        "values": [
            {"day": row.day, "metric": f"external.{row.metric}", "value": int(row.value) / PARTS}
            for row in queries.days(reading, subject, period)
        ],
    }
