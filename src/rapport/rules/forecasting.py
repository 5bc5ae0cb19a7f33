"""How a campaign will end, from what it has shown so far: when, with how many acceptances and replies.

What is known of people is how many of those asked have answered, and how long the others have had: who was asked an
hour ago says nothing yet. From that follows how likely each rate is; every run of the simulation draws its own, so the
interval holds both what chance does and what few answers cannot tell. A little is believed beforehand, about what ten
people would show.
Example: 9 of 40 accepted, the rest asked days ago: 35 to 58 of 200 will have, in four of five cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from math import exp, log

from rapport.rules.assumptions import People, Rates
from rapport.rules.draws import Chance, Stream
from rapport.rules.simulating import Spread, as_if_started, ranks, spread
from rapport.rules.simulation import simulate_once
from rapport.rules.snapshots import Snapshot

_GRID = 400
_BELIEVED = 10
"""How many people's answers the belief beforehand weighs."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What is taken to be so before anybody answered."""

    rate: float
    after: timedelta


ACCEPTANCE = Belief(0.3, timedelta(hours=36))
REPLY = Belief(0.12, timedelta(hours=30))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What people have shown: how long ago each was asked, and how soon those who answered did. In seconds."""

    ages: Sequence[float]
    answers: Sequence[float]


@dataclass(frozen=True, slots=True)
class Rate:
    """How likely each share of people who answer is, and how soon they do on average."""

    weights: tuple[float, ...]
    """Of each share of a grid, added up from the lowest."""
    after: timedelta

    @property
    def middle(self) -> float:
        return _at(self.weights, 0.5)

    def draw(self, stream: Stream) -> float:
        return _at(self.weights, stream.random())


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected: one case in ten lies below `low`, one in ten above `high`."""

    runs: int
    acceptance: Rate
    reply: Rate
    ends_at: tuple[datetime | None, datetime | None, datetime | None]
    """None is after the days simulated."""
    accepted: Spread
    """From now on; so with replies."""
    replied: Spread


def rate_of(evidence: Evidence, belief: Belief) -> Rate:
    """How likely each rate is after what was seen. Somebody asked a while ago counts as far as they had time."""
    answered = len(evidence.answers)
    seconds = belief.after.total_seconds()
    mean = (sum(evidence.answers) + seconds * _BELIEVED) / (answered + _BELIEVED)
    had_time = sum(1 - exp(-age / mean) for age in evidence.ages)
    hits = answered + belief.rate * _BELIEVED
    misses = max(had_time - answered, 0.0) + (1 - belief.rate) * _BELIEVED
    shares = [(place + 0.5) / _GRID for place in range(_GRID)]
    logs = [(hits - 1) * log(share) + (misses - 1) * log(1 - share) for share in shares]
    most = max(logs)
    weights = list(accumulate(exp(each - most) for each in logs))
    return Rate(tuple(weight / weights[-1] for weight in weights), timedelta(seconds=mean))


def _at(weights: Sequence[float], below: float) -> float:
    place = next((place for place, weight in enumerate(weights) if weight >= below), _GRID - 1)
    return (place + 0.5) / _GRID


def forecast(snapshot: Snapshot, acceptance: Rate, reply: Rate, chance: Chance, *, days: int, runs: int) -> Forecast:
    """Many runs of the campaign from where it stands, each under rates that may be so."""
    started = as_if_started(snapshot)
    found = []
    for run in range(runs):
        stream = chance.stream("forecast", run)
        rates = Rates(acceptance.draw(stream), acceptance.after, reply.draw(stream), reply.after)
        found.append(simulate_once(started, People(rates, chance, run), days=days))
    ended = sorted(run.ended_at for run in found if run.ended_at is not None)
    return Forecast(
        runs,
        acceptance,
        reply,
        ranks([*ended, *[None] * (runs - len(ended))]),
        spread([run.accepted for run in found]),
        spread([run.replied for run in found]),
    )
