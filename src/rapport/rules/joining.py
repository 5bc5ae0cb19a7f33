"""What becomes of one person's ways through campaigns when two leads turn out to be that person.

In a campaign that both were in, the person stands where the further of the two stood; a word that ended one of them
ends it for the person, except an error, which may have been the very mistake. Of the campaigns that share nobody, the
one that had the person first goes on. Each is a choice of the greatest by a fixed order, so it does not matter which
leads are merged first.
Example: Ada was invited as one lead and is untouched as another: she counts as invited, and is not invited again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from rapport.rules.statuses import EnrollmentStatus

_NEVER = datetime.min.replace(tzinfo=UTC)
_WEIGHTS = {
    EnrollmentStatus.ERROR: 0,
    EnrollmentStatus.WITHDRAWN: 2,
    EnrollmentStatus.COMPLETED: 3,
    EnrollmentStatus.STOPPED: 4,
    EnrollmentStatus.RESPONDED: 5,
}
_UNDER_WAY = 1


@dataclass(frozen=True, slots=True)
class Way:
    """One person's way through a campaign."""

    campaign_id: str
    status: EnrollmentStatus
    step: str | None
    sender_id: str | None
    last_step_sent_at: datetime | None
    reached_at: datetime
    enrolled_at: datetime


def further(one: Way, other: Way) -> Way:
    """The place that a person takes who stood at both."""
    return max(one, other, key=_rank)


def _rank(way: Way) -> tuple[int, datetime, datetime, str, str]:
    weight = _WEIGHTS.get(way.status, _UNDER_WAY)
    return weight, way.last_step_sent_at or _NEVER, way.reached_at, way.step or "", way.sender_id or ""


def going_on(ways: Iterable[Way]) -> Way | None:
    """Of a person's ways through campaigns that share nobody: the one that goes on, the others do not."""
    open_ways = [way for way in ways if not way.status.is_final]
    return min(open_ways, key=lambda way: (way.enrolled_at, way.campaign_id), default=None)
