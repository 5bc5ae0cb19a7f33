"""How a campaign will end, by its own rates so far: the simulator run from where the campaign stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rapport.analytics import queries
from rapport.analytics.queries import Subject
from rapport.analytics.words import about, rounded
from rapport.enrollments.facts import snapshot
from rapport.kernel.errors import FORECAST_TOO_LARGE, RapportError
from rapport.kernel.tx import Reading
from rapport.rules.draws import Chance
from rapport.rules.figures import Metric, Span
from rapport.rules.forecasting import ACCEPTANCE, REPLY, Belief, Evidence, Rate, forecast, rate_of
from rapport.rules.simulating import Spread

DAYS = 365
MOST_RUNS, FEWEST_RUNS = 200, 20
AT_ONCE = 20_000
"""Enrollments times runs that are answered while the caller waits."""
_MOST_SEEN = 5_000
_SPOKEN = (Metric.MESSAGES, Metric.INMAILS, Metric.EMAILS)
_NOON = timedelta(hours=12)


def expect(reading: Reading, subject: Subject, chance: Chance) -> dict[str, Any]:
    """When everybody is done, and how many will have accepted and replied, each as an interval of 80 %."""
    start = snapshot(reading, subject.campaign_id)
    alive = max(1, len(start.seats))
    runs = min(MOST_RUNS, AT_ONCE // alive)
    if runs < FEWEST_RUNS:
        raise RapportError(FORECAST_TOO_LARGE)
    invited = queries.ages(reading, Metric.INVITED, subject.campaign_id, most=_MOST_SEEN)
    acceptance = _rate(reading, subject, invited, Metric.ACCEPTED, ACCEPTANCE)
    reply = _rate(reading, subject, _words(reading, subject), Metric.REPLIED, REPLY)
    found = forecast(start, acceptance, reply, chance, days=DAYS, runs=runs)
    so_far = queries.numbers(reading, subject.dim, **subject.only).get((subject.campaign_id, "", "", ""), {})
    low, middle, high = found.ends_at
    return {
        **about(subject),
        "at": reading.now,
        "leads_on_their_way": len([seat for seat in start.seats if seat.campaign_id == subject.campaign_id]),
        "runs": runs,
        "interval": 0.8,
        "ends_at": {"low": low, "middle": middle, "high": high},
        "accepted": _spread(found.accepted, so_far.get(Metric.ACCEPTED.value, 0)),
        "replied": _spread(found.replied, so_far.get(Metric.REPLIED.value, 0)),
        "acceptance": _shown(acceptance),
        "reply": _shown(reply),
    }


def _rate(reading: Reading, subject: Subject, ages: list[float], answered: Metric, belief: Belief) -> Rate:
    answers = queries.delays(reading, answered, subject.campaign_id, most=_MOST_SEEN)
    return rate_of(Evidence(ages, answers), belief)


def _words(reading: Reading, subject: Subject) -> list[float]:
    """How many seconds ago each message went out, to half a day: a person may get several, each may be answered."""
    today = reading.now.toordinal()
    found = queries.by_slot(reading, subject.dim, Span.DAY, first=0, last=today, **subject.only)
    ages: list[float] = []
    for day, numbers in sorted(found.items(), reverse=True):
        age = max(0.0, (reading.now - datetime.fromordinal(day).replace(tzinfo=UTC) - _NOON).total_seconds())
        ages += [age] * sum(numbers.get(metric.value, 0) for metric in _SPOKEN)
    return ages[:_MOST_SEEN]


def _spread(found: Spread, so_far: int) -> dict[str, Any]:
    return {
        "so_far": so_far,
        "low": so_far + found.low,
        "middle": so_far + found.middle,
        "high": so_far + found.high,
    }


def _shown(rate: Rate) -> dict[str, Any]:
    share, after = rate.middle
    return {"rate": rounded(share), "after_hours": rounded(after.total_seconds() / 3600)}
