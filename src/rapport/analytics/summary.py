"""A campaign or a client at a glance: all in all, day by day, and as a funnel. Only rollups are read."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from rapport.analytics import queries
from rapport.analytics.elsewhere import showing
from rapport.analytics.metrics import STAGES
from rapport.analytics.queries import Period, Subject
from rapport.analytics.words import about, filled, limits, rate, rates, rounded, shown_of, written
from rapport.kernel.tx import Reading
from rapport.rules.figures import Metric, Span
from rapport.rules.statistics import difference, share
from rapport.rules.zones import local_day

_WEEK = timedelta(days=7)
TREND = 14
"""So many days are compared with as many before them."""
_NOTHING = ("", "", "", "")


def totals(reading: Reading, subject: Subject, period: Period | None = None) -> queries.Numbers:
    """Every figure that is not 0, of all time or of a period."""
    found = queries.numbers(reading, subject.dim, period, **subject.only)
    return found.get((subject.campaign_id, "", "", ""), {})


def summary(reading: Reading, subject: Subject) -> dict[str, Any]:
    """Totals, the last seven local days, and the shares of all time."""
    today = local_day(reading.now, subject.zone)
    found = totals(reading, subject)
    shown = shown_of(subject)
    return {
        **about(subject),
        "last_activity_at": subject.last_at,
        "totals": filled(found, shown),
        "last_7_days": filled(totals(reading, subject, Period(today - _WEEK + timedelta(days=1), today)), shown),
        "rates": rates(found),
        "external": showing.totals(reading, subject),
    }


def timeseries(reading: Reading, subject: Subject, period: Period) -> dict[str, Any]:
    """Every figure of each day of a period; a day on which nothing happened has zeros."""
    found = days(reading, subject, period)
    shown = shown_of(subject)
    return {
        **about(subject),
        "clock": clock_of(period),
        "from": period.first,
        "to": period.last,
        "days": [{"day": day, **filled(found.get(day.toordinal(), {}), shown)} for day in period.all()],
    }


def clock_of(period: Period) -> str:
    """By whose days a period is counted."""
    return "utc" if period.span is Span.DAY else "local"


def days(reading: Reading, subject: Subject, period: Period) -> dict[int, queries.Numbers]:
    """What happened on the days of a period, by the number of the day."""
    return queries.by_slot(
        reading,
        subject.dim,
        period.span,
        first=period.first.toordinal(),
        last=period.last.toordinal(),
        **subject.only,
    )


def funnel(reading: Reading, subject: Subject, period: Period | None) -> dict[str, Any]:
    """How many people came how far, each stage as a share of the first and of the one before.

    In a period each stage counts when it was reached, so a later stage may have more people than an earlier one.
    """
    found = totals(reading, subject, period)
    first = found.get(STAGES[0].value, 0)
    stages = []
    before = first
    for stage in STAGES:
        people = found.get(stage.value, 0)
        stages.append(
            {
                "stage": stage.value,
                "people": people,
                "of_first": rounded(people / first) if first else None,
                "of_previous": rounded(people / before) if before else None,
            }
        )
        before = people
    return {**about(subject), **limits(period), "contacted": found.get(Metric.CONTACTED.value, 0), "stages": stages}


def replies(reading: Reading, subject: Subject, period: Period) -> dict[str, Any]:
    """How many replied of those written to, day by day over the week before, and whether that has changed of late."""
    early = Period(min(period.first - _WEEK, period.last - timedelta(days=2 * TREND)), period.last, period.span)
    found = days(reading, subject, early)
    last = period.last.toordinal()
    whole = _sum(found, period.first.toordinal(), last)
    return {
        **about(subject),
        "clock": clock_of(period),
        "from": period.first,
        "to": period.last,
        "replies": whole[Metric.REPLIES.value],
        "reply": rate(whole, Metric.REPLIED, Metric.CONTACTED),
        "trend": _trend(_sum(found, last - TREND + 1, last), _sum(found, last - 2 * TREND + 1, last - TREND)),
        "days": [
            {
                "day": day,
                **filled(found.get(day.toordinal(), {}), (Metric.CONTACTED, Metric.REPLIED, Metric.REPLIES)),
                "week": rate(_sum(found, day.toordinal() - 6, day.toordinal()), Metric.REPLIED, Metric.CONTACTED),
            }
            for day in period.all()
        ],
    }


def _sum(found: dict[int, queries.Numbers], first: int, last: int) -> Counter[str]:
    total: Counter[str] = Counter()
    for slot in range(first, last + 1):
        total.update(found.get(slot, {}))
    return total


def _trend(now: Counter[str], before: Counter[str]) -> dict[str, Any]:
    late, early = (share(each[Metric.REPLIED.value], each[Metric.CONTACTED.value]) for each in (now, before))
    found = difference(late, early)
    return {
        "days": TREND,
        "last": written(late),
        "before": written(early),
        "change": rounded(found.value),
        "low": rounded(found.low),
        "high": rounded(found.high),
        "verdict": _OF_TREND[found.verdict.value],
    }


_OF_TREND = {
    "first_is_better": "up",
    "second_is_better": "down",
    "no_clear_difference": "no_clear_change",
    "not_enough_data": "not_enough_data",
}
