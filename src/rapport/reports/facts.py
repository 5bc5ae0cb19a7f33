"""What a report says: figures beside those of the week before, the best campaign, words worth reading, what is to come.

All of it as JSON takes it, so that it is kept as it was and every form is made of the same.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time
from typing import Any

from rapport.analytics import breakdowns, summary
from rapport.analytics import queries as figures
from rapport.analytics.elsewhere import showing
from rapport.analytics.queries import Period, Subject
from rapport.analytics.words import rates
from rapport.enrollments.facts import snapshot
from rapport.kernel.tx import Reading
from rapport.reports import queries
from rapport.rules.assumptions import SILENCE
from rapport.rules.figures import Metric
from rapport.rules.simulation import Simulation
from rapport.rules.weekly import WEEK, days_told_of, week_of
from rapport.rules.zones import DAY, instant_at

SHOWN = (Metric.CONTACTED, Metric.INVITED, Metric.ACCEPTED, Metric.MESSAGES, Metric.REPLIED, Metric.INTERESTED)
_MOST_REPLIES = 5
_MOST_CAMPAIGNS = 8
MOST_REHEARSED = 20_000
"""Of so many leads under way what comes next is rehearsed; of more it is not said."""
_SPOKEN = ("contacted", "accepted", "replied", "interested")


def compose(reading: Reading, client_id: str, day: date) -> dict[str, Any]:
    """The report of a client that is sent on a day."""
    subject = figures.client(reading, client_id)
    first, last = days_told_of(day)
    week = Period(first, last)
    now, before = (summary.totals(reading, subject, each) for each in (week, Period(first - WEEK, last - WEEK)))
    shares, shares_before = rates(now), rates(before)
    return {
        "client": subject.name,
        "timezone": subject.zone,
        "week": queries.named_week(week_of(day)),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "figures": [
            {
                "figure": each.value,
                "value": now.get(each.value, 0),
                "before": before.get(each.value, 0),
                "change": now.get(each.value, 0) - before.get(each.value, 0),
            }
            for each in SHOWN
        ],
        "rates": [
            {"rate": name, "value": shares[name]["rate"], "before": shares_before[name]["rate"]}
            for name in ("acceptance", "reply")
        ],
        "days": _days(reading, subject, week),
        **_campaigns(reading, subject, week),
        "replies": _words(reading, subject, week),
        "external": showing.totals(reading, subject, week),
        "coming": coming(reading, client_id),
    }


def _days(reading: Reading, subject: Subject, week: Period) -> list[dict[str, Any]]:
    found = summary.days(reading, subject, week)
    names = (Metric.SENT.value, Metric.REPLIES.value)
    return [
        {"day": day.isoformat(), **{name: found.get(day.toordinal(), {}).get(name, 0) for name in names}}
        for day in week.all()
    ]


def _campaigns(reading: Reading, subject: Subject, week: Period) -> dict[str, Any]:
    """The campaigns in which something happened, and the best: that of which the reply rate is surely the highest."""
    found = breakdowns.campaigns(reading, subject, week)["campaigns"]
    alive = [each for each in found if any(each[name] for name in _SPOKEN)]
    answered = [each for each in alive if each["reply"]["hits"] and each["reply"]["of"]]
    best = max(answered, key=lambda each: (each["reply"]["low"], each["replied"]), default=None)
    alive.sort(key=lambda each: (-each["replied"], -each["contacted"], each["campaign"]))
    return {
        "best": _line(best) if best is not None else None,
        "campaigns": [_line(each) for each in alive[:_MOST_CAMPAIGNS]],
        "campaigns_left_out": max(0, len(alive) - _MOST_CAMPAIGNS),
    }


def _line(found: dict[str, Any]) -> dict[str, Any]:
    shown = {name: found[name] for name in ("campaign", *_SPOKEN)}
    return shown | {"reply_rate": found["reply"]["rate"]}


def _words(reading: Reading, subject: Subject, week: Period) -> list[dict[str, Any]]:
    begins, ends = (_midnight(day, subject.zone) for day in (week.first, week.last + DAY))
    found = queries.words(reading, subject.client_id, begins, ends, most=_MOST_REPLIES)
    return [each | {"at": each["at"].isoformat().replace("+00:00", "Z")} for each in found]


def _midnight(day: date, zone: str) -> datetime:
    return instant_at(datetime.combine(day, time(0)), zone)


def coming(reading: Reading, client_id: str) -> list[dict[str, Any]] | None:
    """What each running campaign sends in the next seven days, if nobody answers: by the rules that will send it.

    None where there are too many leads to say.
    """
    running = queries.running(reading, client_id)
    if queries.under_way(reading, [each.id for each in running], most=MOST_REHEARSED + 1) > MOST_REHEARSED:
        return None
    return [{"campaign": each.name, **_rehearsed(reading, each.id)} for each in running]


def _rehearsed(reading: Reading, campaign_id: str) -> dict[str, Any]:
    start = snapshot(reading, campaign_id)
    mine = {seat.enrollment.id for seat in start.seats if seat.campaign_id == campaign_id}
    run = Simulation(start, SILENCE).run(start.at + WEEK, most=None)
    sends = Counter(send.kind.value for send in run.sends if send.enrollment_id in mine)
    return {"leads": len(mine), "sends": dict(sorted(sends.items()))}
