"""Which sender a lead gets.

Whoever first contacted a person keeps them, in all campaigns of the client, also in one they do not send for: there
the lead waits until they do or an operator gives it to another. Next comes whoever is connected with them.
Everybody else goes to the sender with the least to do for what they may do, so that all finish together.
Example: with 300 leads waiting for Ada (25 a day) and 100 for Bo (10 a day), the next lead goes to Bo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sender of the campaign."""

    id: str
    is_available: bool
    """Connected and not paused: new leads go to nobody else while there is one."""
    waiting: int
    """Leads it has that are not at their end."""
    per_day: int
    """How many new leads it may take up a day."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A lead that is being enrolled."""

    lead_id: str
    first_contacted_by: str | None
    connected_with: frozenset[str]


def assign(newcomers: Sequence[Newcomer], candidates: Sequence[Candidate]) -> dict[str, str | None]:
    """A sender for each lead; None when the campaign has none."""
    known = {candidate.id for candidate in candidates}
    pool = [candidate for candidate in candidates if candidate.is_available] or list(candidates)
    by_id = {candidate.id: candidate for candidate in candidates}
    waiting = {candidate.id: candidate.waiting for candidate in candidates}
    given: dict[str, str | None] = {}
    unknown: list[Newcomer] = []
    for newcomer in newcomers:
        keeper = newcomer.first_contacted_by or min(newcomer.connected_with & known, default=None)
        if keeper is not None:
            given[newcomer.lead_id] = keeper
            waiting[keeper] = waiting.get(keeper, 0) + 1
        else:
            unknown.append(newcomer)
    loads = [(_load(waiting[candidate.id], candidate), candidate.id) for candidate in pool]
    heapify(loads)
    for newcomer in unknown:
        given[newcomer.lead_id] = None
        if loads:
            sender_id = loads[0][1]
            given[newcomer.lead_id] = sender_id
            waiting[sender_id] += 1
            heapreplace(loads, (_load(waiting[sender_id], by_id[sender_id]), sender_id))
    return given


def _load(waiting: int, candidate: Candidate) -> float:
    """The days until a further lead would be taken up."""
    return (waiting + 1) / max(candidate.per_day, 0.01)
