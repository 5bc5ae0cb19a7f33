"""What a campaign's run looks like: one run in full, and over many runs how far they spread.

Nothing is written and nothing is sent. The campaign asked about is simulated as if it were started; others that share
its senders run as they are, and only take of what the senders may do.
Example: "invitations on Monday by Ada: 24 to 25; ends between 3 and 17 June; the weekly limit binds on 9 days".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from rapport.rules.assumptions import People, Rates
from rapport.rules.draws import Chance
from rapport.rules.reasons import Reason
from rapport.rules.sequences import StepKind
from rapport.rules.simulation import simulate_once
from rapport.rules.snapshots import Planned, Run, Snapshot
from rapport.rules.statuses import CampaignState, EnrollmentStatus

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spread:
    """A number over all runs: one run in ten lies below `low`, one in ten above `high`."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many steps of a kind a sender does on a day."""

    day: date
    sender_id: str
    kind: StepKind
    count: Spread


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit that held somebody back on a day, and in how many of the runs."""

    day: date
    sender_id: str
    reason: Reason
    runs: int


@dataclass(frozen=True, slots=True)
class Simulated:
    """What is to be expected."""

    runs: int
    sends: tuple[Planned, ...]
    """The first run, send by send."""
    beside: Spread
    """How much the same senders do for other campaigns meanwhile."""
    days: tuple[DayCount, ...]
    bounds: tuple[Bound, ...]
    ends_at: tuple[datetime | None, datetime | None, datetime | None]
    """When everybody is done, as low, middle and high; None is after the days simulated."""
    by_kind: dict[StepKind, Spread]
    by_status: dict[EnrollmentStatus, Spread]
    accepted: Spread
    replied: Spread
    held: dict[Reason, int]
    """How many of the first run wait at its end for something that time does not bring."""


def simulate(snapshot: Snapshot, rates: Rates, chance: Chance, *, days: int, runs: int) -> Simulated:
    """Many runs of the same snapshot under the same assumptions, each with people of its own."""
    started = as_if_started(snapshot)
    return _summed([simulate_once(started, People(rates, chance, run), days=days) for run in range(runs)])


def spread(numbers: Sequence[float]) -> Spread:
    """The 10th, 50th and 90th percentile, each a number that occurred."""
    low, middle, high = _ranks(sorted(numbers))
    return Spread(low, middle, high)


def as_if_started(snapshot: Snapshot) -> Snapshot:
    """The same, with the campaign asked about running."""
    waiting = {CampaignState.DRAFT, CampaignState.PAUSED}
    started = {
        key: replace(campaign, state=CampaignState.ACTIVE)
        if campaign.state in waiting and snapshot.of in (None, key)
        else campaign
        for key, campaign in snapshot.campaigns.items()
    }
    return replace(snapshot, campaigns=started)


def _summed(all_runs: list[Run]) -> Simulated:
    counted = [Counter((send.day, send.sender_id, send.kind) for send in run.sends) for run in all_runs]
    bounds = Counter(key for run in all_runs for key in run.bound)
    ended = sorted(run.ended_at for run in all_runs if run.ended_at is not None)
    ends = [*ended, *[None] * (len(all_runs) - len(ended))]
    first = all_runs[0]
    return Simulated(
        runs=len(all_runs),
        sends=tuple(first.sends),
        beside=spread([len(run.beside) for run in all_runs]),
        days=tuple(
            DayCount(day, sender_id, kind, spread([count[day, sender_id, kind] for count in counted]))
            for day, sender_id, kind in sorted(set().union(*counted))
        ),
        bounds=tuple(Bound(*key, runs=number) for key, number in sorted(bounds.items())),
        ends_at=_ranks(ends),
        by_kind=_spreads(StepKind, [Counter(send.kind for send in run.sends) for run in all_runs]),
        by_status=_spreads(EnrollmentStatus, [run.statuses for run in all_runs]),
        accepted=spread([run.accepted for run in all_runs]),
        replied=spread([run.replied for run in all_runs]),
        held=dict(first.held),
    )


def _spreads(keys: Iterable[K], counts: list[Counter[K]]) -> dict[K, Spread]:
    return {key: spread([count[key] for count in counts]) for key in keys if any(count[key] for count in counts)}


def _ranks(ordered: Sequence[T]) -> tuple[T, T, T]:
    """The values at the 10th, 50th and 90th percentile of what is already in order."""
    last = len(ordered) - 1
    return ordered[round(last * 0.1)], ordered[round(last * 0.5)], ordered[round(last * 0.9)]
