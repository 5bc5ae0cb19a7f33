"""What an account has done, as far as its limits ask.

A day's counts belong to one local day of the account, and a clock that jumps back does not empty them. The
invitations of the last seven days are instants, so that *any* seven days hold no more than the limit.
Example: the hundredth invitation since last Tuesday 10:15 makes the next one wait until Tuesday 10:15.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from rapport.rules.limits import Budget

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Usage:
    """An account's counts: what is reserved, sent or uncertain counts alike."""

    on: date
    """The account's local day that `today` counts."""
    today: Mapping[Budget, int]
    invites: tuple[datetime, ...]
    """When invitations left, at least those of the last seven days, oldest first."""
    pending: int
    """Invitations that were neither accepted nor withdrawn."""
    last_at: datetime | None
    """The last action of any kind, if it was lately: nothing asks of an older one but its day."""
    last_by: Mapping[Budget, datetime]
    """The last action of each kind, if it was lately."""
    last_on: date | None
    """The account's local day of its last action, however long ago."""

    def used(self, budget: Budget, *, on: date) -> int:
        """How much of a budget is used on a local day: the counted day's, or nothing on a later one."""
        return self.today.get(budget, 0) if on <= self.on else 0

    def invites_since(self, instant: datetime) -> tuple[datetime, ...]:
        """The invitations that left after an instant."""
        return self.invites[bisect_right(self.invites, instant) :]

    def counted(self, budget: Budget | None, *, at: datetime, on: date) -> Usage:
        """The usage after one more action."""
        if budget is None:
            return self
        day = max(on, self.on)
        today = {**(self.today if day == self.on else {}), budget: self.used(budget, on=day) + 1}
        is_invite = budget is Budget.INVITES
        return replace(
            self,
            on=day,
            today=today,
            invites=(*self.invites_since(at - WEEK), at) if is_invite else self.invites,
            pending=self.pending + is_invite,
            last_at=at,
            last_by={**self.last_by, budget: at},
            last_on=day,
        )


def nothing_used(on: date) -> Usage:
    """An account that has done nothing."""
    return Usage(on=on, today={}, invites=(), pending=0, last_at=None, last_by={}, last_on=None)
