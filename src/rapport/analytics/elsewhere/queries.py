"""Reading what was told of figures that are counted elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, select

from rapport.analytics.models import ExternalFigure
from rapport.analytics.queries import Period, Subject
from rapport.campaigns.models import Campaign
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading

_X, _C = ExternalFigure.__table__, Campaign.__table__
Told = dict[str, int]
"""Figure → its sum in ten-thousandths."""


def campaigns_known(reading: Reading, client_id: str, ids: Iterable[str]) -> set[str]:
    """Which of these are campaigns of the client."""
    statement = select(_C.c.id).where(
        _C.c.client_id == client_id, _C.c.id.in_(sorted(ids)), within(reading.scope, _C.c.client_id)
    )
    return set(reading.rows(statement).scalars())


def totals(reading: Reading, subject: Subject, period: Period | None) -> Told:
    """The sums of a campaign, or of a client with all of its campaigns."""
    statement = _of(reading, subject, period).with_only_columns(_X.c.metric, func.sum(_X.c.value).label("value"))
    return {row.metric: int(row.value) for row in reading.rows(statement.group_by(_X.c.metric))}


def by_campaign(reading: Reading, subject: Subject, period: Period | None) -> dict[str, Told]:
    """The sums of each campaign of a client."""
    columns = (_X.c.dim_id, _X.c.metric, func.sum(_X.c.value).label("value"))
    statement = _of(reading, subject, period).with_only_columns(*columns).group_by(_X.c.dim_id, _X.c.metric)
    found: dict[str, Told] = defaultdict(dict)
    for row in reading.rows(statement):
        found[row.dim_id][row.metric] = int(row.value)
    return dict(found)


def days(reading: Reading, subject: Subject, period: Period) -> list[Any]:
    """What was told of each day, in order."""
    statement = _of(reading, subject, period).with_only_columns(
        _X.c.day, _X.c.metric, func.sum(_X.c.value).label("value")
    )
    return list(reading.rows(statement.group_by(_X.c.day, _X.c.metric).order_by(_X.c.day, _X.c.metric)).all())


def _of(reading: Reading, subject: Subject, period: Period | None) -> Select[Any]:
    statement = select(_X).where(_X.c.client_id == subject.client_id, within(reading.scope, _X.c.client_id))
    if subject.campaign_id:
        statement = statement.where(_X.c.dim_id == subject.campaign_id)
    if period is not None:
        statement = statement.where(_X.c.day >= period.first, _X.c.day <= period.last)
    return statement
