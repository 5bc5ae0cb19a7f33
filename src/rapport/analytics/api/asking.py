"""What every room of figures needs: of whom, over which days, and which job is the answer to a rebuild."""

from __future__ import annotations

from datetime import date, timedelta

from rapport.analytics import queries
from rapport.analytics.queries import Period, Subject
from rapport.http.context import Call
from rapport.rules.figures import Span
from rapport.rules.zones import local_day

_UNLESS_TOLD = timedelta(days=29)


def campaign(call: Call, campaign_id: str) -> Subject:
    return queries.campaign(call.reading, campaign_id)


def client(call: Call, client_id: str) -> Subject:
    return queries.client(call.reading, client_id)


def period(call: Call) -> Period | None:
    """The local days that are asked about; None is all time."""
    first, last = call.query.get("from"), call.query.get("to")
    return Period(first, last) if first is not None and last is not None else None


def days(call: Call, zone: str) -> Period:
    """The days that are asked about, the last thirty unless told, by the clock that is asked for."""
    is_utc = call.query.get("clock") == "utc"
    last: date = call.query.get("to") or local_day(call.reading.now, "UTC" if is_utc else zone)
    first: date = call.query.get("from") or last - _UNLESS_TOLD
    return Period(first, last, Span.DAY if is_utc else Span.LOCAL_DAY)
