"""When a notice leaves: at once, or together with others a little later.

The first of a rush leaves at once and the rest of it as one digest; in quiet hours, by the client's own clock, nothing
leaves but what is urgent; and no receiver hears more often than so many times an hour.
Example: fifty replies between 10:00:00 and 10:01:00 with five minutes of batching are one notice at 10:00:00 and one
digest of forty-nine at 10:05:00.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a receiver wants to be told."""

    zone: str
    quiet_from: time | None
    quiet_to: time | None
    batch: timedelta
    max_per_hour: int


def leaves_at(
    now: datetime, manner: Manner, *, told: Sequence[datetime], waiting: datetime | None, urgent: bool
) -> datetime | None:
    """When to tell it, None meaning now. `told` is when this receiver heard something lately; `waiting` is when a
    digest for it leaves that gathers already.
    """
    if waiting is not None and waiting > now and not urgent:
        return waiting
    earliest = now
    if told and told[-1] + manner.batch > now:
        earliest = told[-1] + manner.batch
    recent = [at for at in told if at > now - _HOUR]
    if len(recent) >= manner.max_per_hour:
        earliest = max(earliest, recent[-manner.max_per_hour] + _HOUR)
    if not urgent:
        earliest = quiet_until(earliest, manner) or earliest
    return earliest if earliest > now else None


def quiet_until(at: datetime, manner: Manner) -> datetime | None:
    """The end of the quiet hours that an instant lies in; None when it lies in none."""
    begins, ends = manner.quiet_from, manner.quiet_to
    if begins is None or ends is None or begins == ends:
        return None
    zone = ZoneInfo(manner.zone)
    local = at.astimezone(zone)
    clock = local.time()
    is_quiet = begins <= clock < ends if begins < ends else clock >= begins or clock < ends
    if not is_quiet:
        return None
    day = local.date() if clock < ends else local.date() + timedelta(days=1)
    # fold=1: of a wall time that comes twice the later one, so that nobody is woken an hour early
    end = datetime.combine(day, ends, zone).replace(fold=1).astimezone(at.tzinfo)
    return end if end > at else at + _HOUR


def parsed(text: str | None) -> time | None:
    """A time of day as it is kept: HH:MM."""
    return time.fromisoformat(text) if text is not None else None
