"""When the provider says to come back, made safe to believe.

`Retry-After: 120` and `Retry-After: Wed, 21 Oct 2026 07:28:00 GMT` are instants; nothing, a negative
number, a date gone by and nonsense are not; ten years are a day.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(hours=24)


def retry_at(header: str | None, *, now: datetime) -> datetime | None:
    """The instant named, at most a day from `now`; None where none is."""
    if header is None:
        return None
    value = header.strip()
    named = _after_seconds(value, now=now) or _on_date(value)
    if named is None or named < now:
        return None
    return min(named, now + LONGEST)


def _after_seconds(value: str, *, now: datetime) -> datetime | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    # The comparison also answers for infinities, and is false for "nan".
    return now + timedelta(seconds=min(seconds, LONGEST.total_seconds())) if seconds >= 0 else None


def _on_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    # HTTP dates are GMT; the mail parser leaves a zone of "-0000" naive.
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
