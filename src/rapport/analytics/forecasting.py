"""How a campaign will end, by its own rates so far: the simulator run from where the campaign stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rapport.analytics import queries
from rapport.analytics.beside import queries as beside
from rapport.analytics.queries import Subject
from rapport.analytics.words import about, rounded
from rapport.enrollments.facts import snapshot
from rapport.kernel.errors import FORECAST_TOO_LARGE, RapportError
from rapport.kernel.tx import Reading
from rapport.rules.draws import Chance
from rapport.rules.figures import Metric, Span
from rapport.rules.forecasting import ACCEPTANCE, REPLY, Belief, Evidence, Rate, forecast, rate_of
from rapport.rules.simulating import Spread
from rapport.rules.snapshots import Snapshot

DAYS = 365
MOST_RUNS, FEWEST_RUNS = 200, 20
AT_ONCE = 20_000
"""Enrollments times runs that are answered while the caller waits."""
IN_A_JOB = 100_000
"""Those that a job does, which makes the fewest runs of whatever is larger."""
_MOST_SEEN = 5_000
_SPOKEN = (Metric.MESSAGES, Metric.INMAILS, Metric.EMAILS)
_NOON = timedelta(hours=12)


def expect(reading: Reading, subject: Subject, chance: Chance) -> dict[str, Any]:
    """When everybody is done, and how many will have accepted and replied, each as an interval of 80 %. Of a campaign
    too large to wait for it is what a job found last.
    """
    start = snapshot(reading, subject.campaign_id)
    runs = min(MOST_RUNS, AT_ONCE // max(1, len(start.seats)))
    if runs >= FEWEST_RUNS:
        return _expected(reading, subject, chance, start, runs)
    found = beside.last_forecast(reading, subject.campaign_id)
    if found is None:
        raise RapportError(FORECAST_TOO_LARGE)
    ends_at = {name: _instant(at) for name, at in found["ends_at"].items()}
    return {**found, "at": _instant(found["at"]), "ends_at": ends_at}


def expect_in_a_job(reading: Reading, subject: Subject, chance: Chance) -> dict[str, Any]:
    """The same, however large the campaign is, as a job keeps it."""
    start = snapshot(reading, subject.campaign_id)
    runs = min(MOST_RUNS, max(FEWEST_RUNS, IN_A_JOB // max(1, len(start.seats))))
    found = _expected(reading, subject, chance, start, runs)
    ends_at = {name: _written(at) for name, at in found["ends_at"].items()}
    return {**found, "at": _written(found["at"]), "ends_at": ends_at}


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _expected(reading: Reading, subject: Subject, chance: Chance, start: Snapshot, runs: int) -> dict[str, Any]:
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
