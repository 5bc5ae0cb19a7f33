"""Which figures are shown of what, and how shares are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rapport.analytics.metrics import OF_CAMPAIGN, OF_CLIENT
from rapport.analytics.queries import Period, Subject
from rapport.rules.figures import Metric
from rapport.rules.statistics import Share, share

_DIGITS = 6
Answer = dict[str, Any]


def about(subject: Subject) -> Answer:
    """Of what an answer is."""
    return {
        "client_id": subject.client_id,
        "campaign_id": subject.campaign_id or None,
        "name": subject.name,
        "timezone": subject.zone,
    }


def limits(period: Period | None) -> Answer:
    """Over which days an answer speaks; none at all is all time."""
    return {"from": period.first if period else None, "to": period.last if period else None}


def shown_of(subject: Subject) -> Sequence[Metric]:
    """The figures that are counted of a campaign, or of a client."""
    return OF_CAMPAIGN if subject.campaign_id else OF_CLIENT


def filled(found: Mapping[str, int], metrics: Sequence[Metric]) -> dict[str, int]:
    """A number for each figure: what never happened is 0."""
    return {metric.value: found.get(metric.value, 0) for metric in metrics}


def written(found: Share) -> Answer:
    """A share as answers show it."""
    return {
        "hits": found.hits,
        "of": found.of,
        "rate": rounded(found.value),
        "low": rounded(found.low),
        "high": rounded(found.high),
    }


def rounded(value: float | None) -> float | None:
    """Six digits behind the point: a spreadsheet keeps them."""
    return None if value is None else round(value, _DIGITS)


def rate(found: Mapping[str, int], hits: Metric, of: Metric) -> Answer:
    """One figure as a share of another."""
    return written(share(found.get(hits.value, 0), found.get(of.value, 0)))


def rates(found: Mapping[str, int]) -> Answer:
    """The shares that are asked for most."""
    return {
        "acceptance": rate(found, Metric.ACCEPTED, Metric.INVITED),
        "reply": rate(found, Metric.REPLIED, Metric.CONTACTED),
        "interest": rate(found, Metric.INTERESTED, Metric.REPLIED),
    }
