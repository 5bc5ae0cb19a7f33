"""How soon people reply, and in which hours what is sent is replied to."""

from __future__ import annotations

from typing import Any

from rapport.analytics import queries
from rapport.analytics.queries import Period, Subject
from rapport.analytics.words import about, limits, rounded, written
from rapport.kernel.tx import Reading
from rapport.rules.figures import HOURS, Metric, Span
from rapport.rules.statistics import buckets, quantile, share
from rapport.rules.windows import WEEKDAYS

_EDGES = (1, 4, 12, 24, 48, 72, 168, 336)
"""In hours: up to two weeks."""
_SECONDS = 3600


def time_to_reply(reading: Reading, subject: Subject, period: Period | None) -> dict[str, Any]:
    """How long people take from the first word to them until their first reply; a period is of the replies."""
    times = queries.reply_times(reading, period, subject.zone, **subject.only)
    counts = buckets(times, [edge * _SECONDS for edge in _EDGES])
    return {
        **about(subject),
        **limits(period),
        "replied": len(times),
        "median_hours": _hours(quantile(times, 0.5)),
        "p90_hours": _hours(quantile(times, 0.9)),
        "buckets": [
            {
                "above_hours": 0 if place == 0 else _EDGES[place - 1],
                "up_to_hours": _EDGES[place] if place < len(_EDGES) else None,
                "replied": count,
                "share": rounded(count / len(times)) if times else None,
            }
            for place, count in enumerate(counts)
        ],
    }


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else rounded(seconds / _SECONDS)


def best_hours(reading: Reading, subject: Subject) -> dict[str, Any]:
    """Of each hour of the local week how much went out that can be replied to, and how much of it was.

    Each share has its interval, and the best hour is the one whose interval begins highest: few sends do not shout.
    """
    found = queries.by_slot(reading, subject.dim, Span.HOUR, first=0, last=HOURS - 1, **subject.only)
    hours = []
    for slot in range(HOURS):
        counted = found.get(slot, {})
        answered = share(counted.get(Metric.ANSWERED.value, 0), counted.get(Metric.CONTACTS.value, 0))
        hours.append(
            {
                "weekday": WEEKDAYS[slot // 24],
                "hour": slot % 24,
                "sent": counted.get(Metric.CONTACTS.value, 0),
                "replies": counted.get(Metric.REPLIES.value, 0),
                "reply": written(answered),
            }
        )
    best = max(hours, key=lambda each: each["reply"]["low"] or 0.0)
    known = best["reply"]["low"]
    return {
        **about(subject),
        "best": {"weekday": best["weekday"], "hour": best["hour"]} if known else {"weekday": None, "hour": None},
        "hours": hours,
    }
