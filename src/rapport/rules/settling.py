"""How an action of which nobody knows whether it happened is settled: by reading the provider back, never by guessing.

What is seen there has been sent. What is not seen is believed absent only after two readings, the second one not before
the provider's lists have had time to show it. What cannot be read stays uncertain, and after a day a person decides.
Example: an invitation timed out at 10:00 and is neither in the list at 10:00:30 nor at 10:12: it was not sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FIRST = timedelta(seconds=20)
"""From the call's end to the first reading, and between two readings at least."""
LONGEST_WAIT = timedelta(minutes=30)
GIVE_UP = timedelta(hours=24)
READINGS = 2


class Sight(StrEnum):
    """What one reading of the provider showed."""

    PRESENT = "present"
    ABSENT = "absent"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Happened:
    """It reached the person."""


@dataclass(frozen=True, slots=True)
class DidNotHappen:
    """It certainly did not: the step may be tried again."""


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """Nobody knows yet."""

    at: datetime


@dataclass(frozen=True, slots=True)
class AskAPerson:
    """The provider does not tell; somebody who can look must."""


Verdict = Happened | DidNotHappen | ReadAgain | AskAPerson


def verdict(
    sight: Sight, *, called_at: datetime, absent_reads: int, failed_reads: int, now: datetime, lag: timedelta
) -> Verdict:
    """What follows from a reading; the counts include it. `lag` is how long the provider's lists may be behind."""
    if sight is Sight.PRESENT:
        return Happened()
    if sight is Sight.ABSENT:
        if absent_reads >= READINGS and now >= called_at + lag:
            return DidNotHappen()
        return ReadAgain(max(now + FIRST, called_at + lag))
    if now >= called_at + GIVE_UP:
        return AskAPerson()
    return ReadAgain(now + min(FIRST * (1 << min(failed_reads, 10)), LONGEST_WAIT))
