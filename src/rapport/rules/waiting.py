"""How long a person may wait for an answer, and when somebody is warned that it is nearly over.

The time allowed follows from how warm the person is. It runs by the wall clock, or in the client's business hours
only. The warning comes half of it before the end, and half an hour before at most.
Example: a hot lead who wrote at 10:00 has 15 minutes: a warning at 10:07:30, a breach at 10:15. With business hours
from 9:00 to 17:00 one who wrote at 16:50 is due at 9:05 the next morning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport.rules.windows import Schedule

UNSCORED = "unscored"
DEFAULTS: Mapping[str, timedelta] = {
    "hot": timedelta(minutes=15),
    "warm": timedelta(hours=1),
    "cold": timedelta(hours=24),
    UNSCORED: timedelta(hours=1),
}
MOST_LEAD = timedelta(minutes=30)
_MOST_OPENINGS = 2000
"""Openings looked at for one answer; whatever is due beyond them is due by the wall clock."""


@dataclass(frozen=True, slots=True)
class Due:
    """Until when an answer is expected, and when somebody is warned."""

    target: timedelta
    warn_at: datetime
    due_at: datetime


def due(since: datetime, target: timedelta, hours: Schedule | None) -> Due:
    """When whoever waits since then must have had an answer."""
    lead = min(MOST_LEAD, target / 2)
    return Due(target, _after(since, target - lead, hours), _after(since, target, hours))


def _after(since: datetime, wait: timedelta, hours: Schedule | None) -> datetime:
    """The instant at which so much working time has passed."""
    if hours is None:
        return since + wait
    at, left = since, wait
    for _ in range(_MOST_OPENINGS):
        span = hours.opening_around(at)
        if span is None:
            opens = hours.next_opening(at)
            if opens is None:
                break
            at = opens
            continue
        if at + left <= span[1]:
            return at + left
        left -= span[1] - at
        at = span[1]
    return since + wait
