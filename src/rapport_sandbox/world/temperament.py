"""How a person takes being written to: a handful of leanings, drawn once from who they are.

A quarter to a half accept, most of those within two days and some after weeks; a third of the connected
answer, some in a minute, some after a holiday. Delays land in the person's own waking hours, so replies
come in at night for an account on the other side of the world.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from rapport_sandbox.chance import Chance
    from rapport_sandbox.world.people import Person

HOUR = 3_600.0
_WAKES, _SLEEPS = 7, 23


@dataclass(frozen=True, slots=True)
class Temperament:
    """What one person is inclined to do, as probabilities and typical delays in hours."""

    accepts: float
    accept_after: float
    answers: float
    answer_after: float
    talks_first: float
    """Writes by themselves after accepting."""
    edits: float
    reacts: float
    reads: float
    flake: float
    """Reads on the phone and is slow for days at a time."""


def temperament_of(person: Person, chance: Chance) -> Temperament:
    """The same person always has the same temper."""

    def lean(low: float, high: float, what: str) -> float:
        return low + (high - low) * chance.draw("temper", what, person.number)

    return Temperament(
        accepts=lean(0.05, 0.65, "accepts"),
        accept_after=math.exp(lean(math.log(0.3), math.log(60.0), "accept_after")),
        answers=lean(0.05, 0.6, "answers"),
        answer_after=math.exp(lean(math.log(0.02), math.log(48.0), "answer_after")),
        talks_first=lean(0.0, 0.06, "talks_first"),
        edits=lean(0.0, 0.12, "edits"),
        reacts=lean(0.0, 0.2, "reacts"),
        reads=lean(0.5, 1.0, "reads"),
        flake=lean(0.0, 0.3, "flake"),
    )


def later(now: float, typical_hours: float, person: Person, chance: Chance, *what: object) -> float:
    """An instant after `now`: exponential around the typical delay, moved out of the person's night."""
    draw = chance.draw("delay", person.number, *what)
    instant = now + max(20.0, -math.log(1.0 - draw) * typical_hours * HOUR)
    return _awake(instant, person.timezone, chance.draw("minute", person.number, *what))


def _awake(instant: float, timezone: str, share: float) -> float:
    zone = _zone(timezone)
    local = datetime.fromtimestamp(instant, UTC).astimezone(zone)
    if _WAKES <= local.hour < _SLEEPS:
        return instant
    morning = local.replace(hour=_WAKES, minute=0, second=0, microsecond=0, fold=0)
    if local.hour >= _SLEEPS:
        morning += timedelta(days=1)
    return morning.timestamp() + share * 2 * HOUR


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
