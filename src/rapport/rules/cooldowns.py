"""How long an account rests after the provider asked for it.

What the provider says is believed up to a day. When it says nothing, the rest is an hour the first time and
doubles each time it happens again, up to a day. An account that may invite no more rests until its next day.
Example: a third 429 in a row without a `Retry-After` at 10:00 cools the account down until 14:00.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rapport.rules.zones import next_day_begins

FIRST = timedelta(hours=1)
MOST = timedelta(hours=24)
LEAST = timedelta(minutes=1)
_DOUBLINGS = 5
"""More would be beyond a day in any case."""


def until(now: datetime, *, asked: timedelta | None, strikes: int) -> datetime:
    """When the account may act again; `strikes` counts this refusal and those just before it."""
    if asked is not None and asked > timedelta(0):
        return now + min(max(asked, LEAST), MOST)
    return now + min(FIRST * (1 << min(max(strikes, 1) - 1, _DOUBLINGS)), MOST)


def until_tomorrow(now: datetime, *, zone: str) -> datetime:
    """When a kind of action that is used up for today may be done again."""
    return next_day_begins(now, zone)
