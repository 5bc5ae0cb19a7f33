"""What a simulation assumes that people do.

Each person draws from a stream of their own, so that nobody's answer depends on who else is simulated. Waiting
times are exponential: most answer soon, some late; and somebody invited a while ago is less likely to accept still.
Example: with 30 % acceptance after 2 days on average, an invitation of Monday is accepted in 3 runs of 10, mostly by
Thursday.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log1p
from typing import Protocol

from rapport.rules.draws import Chance, Stream
from rapport.rules.facts import Facts
from rapport.rules.outcomes import Accepted, Outcome, Replied
from rapport.rules.sequences import Step, StepKind
from rapport.rules.statuses import EnrollmentStatus


class World(Protocol):
    """What people do: assumed rates, or a script to compare with what was really executed."""

    def already(self, facts: Facts, now: datetime) -> Iterable[Outcome]:
        """What comes later than `now` of what was sent before."""
        ...

    def answers(self, enrollment_id: str, step: Step, at: datetime) -> Iterable[Outcome]:
        """What comes, later than `at`, of a step sent then."""
        ...


@dataclass(frozen=True, slots=True)
class Script:
    """People who do what is written, at the instants written; with nothing written, nobody does anything."""

    before: Mapping[str, tuple[Outcome, ...]]
    """For an enrollment: what comes of what was sent before the run."""
    after: Mapping[tuple[str, str], tuple[Outcome, ...]]
    """For an enrollment and a step: what comes of it."""

    def already(self, facts: Facts, now: datetime) -> Iterable[Outcome]:
        return [outcome for outcome in self.before.get(facts.enrollment.id, ()) if outcome.at > now]

    def answers(self, enrollment_id: str, step: Step, at: datetime) -> Iterable[Outcome]:
        return [outcome for outcome in self.after.get((enrollment_id, step.key), ()) if outcome.at > at]


SILENCE = Script({}, {})


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares between 0 and 1, and the mean time until people act."""

    acceptance: float
    acceptance_after: timedelta
    reply: float
    """To each message, InMail or email."""
    reply_after: timedelta


@dataclass(frozen=True, slots=True)
class People:
    """People who act by rates, each by a stream of their own."""

    rates: Rates
    chance: Chance
    run: int

    def already(self, facts: Facts, now: datetime) -> Iterable[Outcome]:
        rates, enrollment, lead = self.rates, facts.enrollment, facts.lead
        if lead.invited_at is not None:
            stream = self.chance.stream("people", self.run, enrollment.id)
            share = _left(rates.acceptance, now - lead.invited_at, mean=rates.acceptance_after)
            at = _acts(stream, share, now, mean=rates.acceptance_after)
            return () if at is None else (Accepted(at),)
        if enrollment.status is EnrollmentStatus.MESSAGED:
            stream = self.chance.stream("people", self.run, enrollment.id)
            share = _left(rates.reply, now - enrollment.reached_at, mean=rates.reply_after)
            at = _acts(stream, share, now, mean=rates.reply_after)
            return () if at is None else (Replied(at, here=True),)
        return ()

    def answers(self, enrollment_id: str, step: Step, at: datetime) -> Iterable[Outcome]:
        rates = self.rates
        if not step.kind.speaks:
            return ()
        stream = self.chance.stream("people", self.run, enrollment_id, step.key)
        if step.kind is StepKind.INVITE:
            accepts_at = _acts(stream, rates.acceptance, at, mean=rates.acceptance_after)
            return () if accepts_at is None else (Accepted(accepts_at),)
        replies_at = _acts(stream, rates.reply, at, mean=rates.reply_after)
        return () if replies_at is None else (Replied(replies_at, here=True),)


def _acts(stream: Stream, share: float, since: datetime, *, mean: timedelta) -> datetime | None:
    if stream.random() >= share:
        return None
    return since + timedelta(seconds=1 + int(-log1p(-stream.random()) * mean.total_seconds()))


def _left(share: float, waited: timedelta, *, mean: timedelta) -> float:
    """How likely somebody still acts who has not for a while."""
    if mean <= timedelta(0):
        return 0.0
    later = share * exp(-max(waited, timedelta(0)) / mean)
    return later / (1 - share + later) if later else 0.0
