"""When a delivery is tried again, and when it is given up.

The first attempt is made at once; then after waits of 1, 5 and 15 minutes, or on the extended schedule up to about 28
hours later. Chance only ever adds, up to a tenth. A receiver that names an instant is believed for up to an hour.
Example: a delivery that fails at 10:00 is tried at 10:01, 10:06 and 10:21; after that it is a dead letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

MOST_PATIENCE = timedelta(hours=1)
"""How long a receiver may ask us to stay away."""
MOST_JITTER = 0.1


class Schedule(StrEnum):
    """How patient a delivery is."""

    STANDARD = "standard"
    EXTENDED = "extended"


_WAITS: dict[Schedule, tuple[timedelta, ...]] = {
    Schedule.STANDARD: tuple(timedelta(minutes=each) for each in (1, 5, 15)),
    Schedule.EXTENDED: (
        *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
        *(timedelta(hours=each) for each in (2, 5, 10, 10)),
    ),
}


def waits_of(schedule: Schedule) -> Sequence[timedelta]:
    """The waits after the first, second … failed attempt."""
    return _WAITS[schedule]


def next_attempt(
    now: datetime, *, attempts: int, schedule: Schedule, jitter: float, asked: timedelta | None
) -> datetime | None:
    """When the attempt after `attempts` failed ones is due; None when that was the last. `jitter` is from 0 to 1."""
    waits = _WAITS[schedule]
    if attempts > len(waits):
        return None
    wait = waits[attempts - 1] * (1 + MOST_JITTER * jitter)
    if asked is not None:
        wait = max(wait, min(asked, MOST_PATIENCE))
    return now + wait
