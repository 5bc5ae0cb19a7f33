"""How a campaign will end, from what it has shown so far: when, with how many acceptances and replies.

What is known of people is how many of those asked have answered, and how long the others have had: who was asked an
hour ago says nothing yet. From that follows how likely each rate is; every run of the simulation draws its own, so the
interval holds both what chance does and what few answers cannot tell. A little is believed beforehand, about what five
people would show.
Example: 9 of 40 accepted, the rest asked days ago: 35 to 58 of 200 will have, in four of five cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from math import exp, log, sqrt
from typing import TypeVar

from rapport.rules.assumptions import People, Rates
from rapport.rules.draws import Chance, Stream
from rapport.rules.simulating import Spread, as_if_started
from rapport.rules.simulation import simulate_once
from rapport.rules.snapshots import Snapshot

T = TypeVar("T")
_GRID = 400
_ROUNDS = 30
_BELIEVED = 5
"""How many people's answers the belief beforehand weighs."""
_CASES = (-1.593, -0.967, -0.589, -0.282, 0.0, 0.282, 0.589, 0.967, 1.593)
"""Nine equally likely places of a normal distribution."""


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
class Case:
    """How soon people answer on average, if that is so, and how likely each share of a grid then is, added up."""

    after: timedelta
    weights: tuple[float, ...]

    def share(self, below: float) -> float:
        """The share below which so much of what is likely lies."""
        place = next((place for place, weight in enumerate(self.weights) if weight >= below), _GRID - 1)
        return (place + 0.5) / _GRID


@dataclass(frozen=True, slots=True)
class Rate:
    """How many answer and how soon, in cases that are equally likely, from the quickest people to the slowest."""

    cases: tuple[Case, ...]

    @property
    def middle(self) -> tuple[float, timedelta]:
        """The share and the mean time of the case in the middle."""
        case = self.cases[len(self.cases) // 2]
        return case.share(0.5), case.after

    def draw(self, stream: Stream) -> tuple[float, timedelta]:
        """A share and a mean time that may be so."""
        case = self.cases[int(stream.random() * len(self.cases))]
        return case.share(stream.random()), case.after


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
    """How likely each rate is after what was seen. Whoever has not answered may be late: somebody asked a while ago
    counts as far as they had time, and the slower people are, the less that is.
    """
    mean = _mean_time(evidence, belief)
    unsure = 1 / sqrt(len(evidence.answers) + _BELIEVED)
    cases = []
    for deviations in _CASES:
        seconds = mean * exp(deviations * unsure)
        cases.append(Case(timedelta(seconds=seconds), _weights(evidence, belief, seconds)))
    return Rate(tuple(cases))


def _mean_time(evidence: Evidence, belief: Belief) -> float:
    """The mean time until an answer. Answers that are still to come are longer than those that came: each person asked
    is taken to be one of those as far as that is likely, until nothing changes any more.
    """
    answered, asked = len(evidence.answers), max(len(evidence.ages), len(evidence.answers))
    silent = sorted(evidence.ages, reverse=True)[: asked - answered]
    believed = belief.after.total_seconds()
    mean, share = believed, belief.rate
    for _ in range(_ROUNDS):
        late = [(share * exp(-age / mean), age) for age in silent]
        chances = [(still / (1 - share + still), age) for still, age in late]
        to_come = sum(chance for chance, _ in chances)
        share = (answered + to_come + belief.rate * _BELIEVED) / (asked + _BELIEVED)
        waited = sum(evidence.answers) + sum(chance * (age + mean) for chance, age in chances)
        mean = (waited + believed * _BELIEVED) / (answered + to_come + _BELIEVED)
    return mean


def _weights(evidence: Evidence, belief: Belief, mean: float) -> tuple[float, ...]:
    answered = len(evidence.answers)
    had_time = sum(1 - exp(-age / mean) for age in evidence.ages)
    hits = answered + belief.rate * _BELIEVED
    misses = max(had_time - answered, 0.0) + (1 - belief.rate) * _BELIEVED
    shares = [(place + 0.5) / _GRID for place in range(_GRID)]
    logs = [(hits - 1) * log(share) + (misses - 1) * log(1 - share) for share in shares]
    most = max(logs)
    added = list(accumulate(exp(each - most) for each in logs))
    return tuple(each / added[-1] for each in added)


def forecast(snapshot: Snapshot, acceptance: Rate, reply: Rate, chance: Chance, *, days: int, runs: int) -> Forecast:
    """Many runs of the campaign from where it stands, each under rates that may be so."""
    started = as_if_started(snapshot)
    found = []
    for run in range(runs):
        stream = chance.stream("forecast", run)
        rates = Rates(*acceptance.draw(stream), *reply.draw(stream))
        found.append(simulate_once(started, People(rates, chance, run), days=days))
    ended = sorted(run.ended_at for run in found if run.ended_at is not None)
    return Forecast(
        runs,
        acceptance,
        reply,
        _eighty([*ended, *[None] * (runs - len(ended))]),
        Spread(*_eighty(sorted(run.accepted for run in found))),
        Spread(*_eighty(sorted(run.replied for run in found))),
    )


def _eighty(ordered: Sequence[T]) -> tuple[T, T, T]:
    """Between which of these values, already in order, another like them lies in four of five cases; and the middle.

    Of n values the next is below the k-th in k of n + 1 cases: with few runs the tenth is further out than it looks.
    """
    runs = len(ordered)
    tenth = (runs + 1) // 10
    return ordered[max(tenth - 1, 0)], ordered[runs // 2], ordered[min(runs - tenth, runs - 1)]
