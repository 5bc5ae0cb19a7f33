"""How long an account rests after the provider asked for it.

What the provider says is believed up to a day. When it says nothing, the rest is an hour (ten minutes when the trouble
may have been a passing one) the first time and doubles each time it happens again, up to a day. An account that may do
no more of a kind today rests until it works again tomorrow.
Example: a third 429 in a row without a `Retry-After` at 10:00 cools the account down until 14:00.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rapport.rules.windows import Schedule
from rapport.rules.zones import local_day, next_day_begins

FIRST = timedelta(hours=1)
FIRST_OF_A_LITTLE = timedelta(minutes=10)
MOST = timedelta(hours=24)
LEAST = timedelta(minutes=1)
_DOUBLINGS = 8
"""More would be beyond a day in any case."""


def until(now: datetime, *, asked: timedelta | None, strikes: int, first: timedelta = FIRST) -> datetime:
    """When the account may act again; `strikes` counts this refusal and those just before it."""
    if asked is not None and asked > timedelta(0):
        return now + min(max(asked, LEAST), MOST)
    return now + min(first * (1 << min(max(strikes, 1) - 1, _DOUBLINGS)), MOST)


def strikes(now: datetime, *, last_until: datetime | None, last_strikes: int) -> int:
    """The how-manieth refusal in a row this is.

    What is refused during a rest was under way when the rest began, and is no new one; a day without a refusal after a
    rest forgives the earlier ones.
    """
    if last_until is None or now >= last_until + MOST:
        return 1
    return last_strikes if now < last_until else last_strikes + 1


def until_tomorrow(now: datetime, *, zone: str, hours: Schedule | None) -> datetime:
    """When a kind of action that is used up for today may be done again: in tomorrow's first working hour, if it has
    hours of its own and works tomorrow, else when tomorrow begins.
    """
    begins = next_day_begins(now, zone)
    openings = () if hours is None else hours.openings(local_day(begins, zone))
    return openings[0][0] if openings else begins
