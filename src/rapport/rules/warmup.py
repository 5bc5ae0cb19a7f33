"""How much of its daily limit a new or long-idle account may use.

On the first day of a warm-up an account may do a fifth of its limit, on the twenty-first all of it, and the
days between rise evenly. An account that did nothing for 30 days begins again on the day it acts next.
Example: with a limit of 25 invitations, day 1 allows 5, day 11 allows 15, and from day 21 on 25.
"""

from __future__ import annotations

from datetime import date, timedelta

DAYS = 20
"""From the first day to the first one without a bound."""
FIRST_SHARE = 5
"""One part in so many is allowed on the first day."""
IDLE = timedelta(days=30)


def allowed(limit: int, *, started_on: date | None, on: date) -> int:
    """What a daily limit allows on a local day. A limit that is not 0 allows at least 1."""
    if started_on is None:
        return limit
    day = max(0, (on - started_on).days)
    if day >= DAYS:
        return limit
    return -(-limit * (DAYS + (FIRST_SHARE - 1) * day) // (FIRST_SHARE * DAYS))


def begun_on(started_on: date | None, *, last_on: date | None, on: date) -> date | None:
    """The first day of the warm-up that counts on a local day; None when the account does not warm up."""
    if started_on is None:
        return None
    return on if begins_again(last_on or started_on, on=on) else started_on


def begins_again(last_on: date | None, *, on: date) -> bool:
    """Whether an account that warms up was idle so long that its warm-up starts anew."""
    return last_on is not None and on - last_on >= IDLE
