"""What can be said of counts: shares with the interval they lie in, differences, medians, and plain verdicts.

A share of few is uncertain, and says so: 1 of 2 is 50 %, but anything from 9 % to 91 % would look like that. Intervals
of shares are Wilson's, of differences Newcombe's, both at 95 % unless told otherwise.
Example: 30 of 200 against 14 of 200 is a difference of 8 points, 1.9 to 14.3: the first is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

NINETY_FIVE = 1.959963984540054
"""So many standard deviations hold 95 % of a normal distribution."""
ENOUGH = 30
"""Fewer than so many on either side, and nothing is said of a difference."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a number, with the interval it lies in; nothing of it is known when there is no number."""

    hits: int
    of: int
    value: float | None
    low: float | None
    high: float | None


class Verdict(StrEnum):
    """What may be said of two shares."""

    FIRST = "first_is_better"
    SECOND = "second_is_better"
    NO_DIFFERENCE = "no_clear_difference"
    NOT_ENOUGH = "not_enough_data"


@dataclass(frozen=True, slots=True)
class Difference:
    """The first share less the second, with its interval, and what may be said of it."""

    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict


def share(hits: int, of: int, *, z: float = NINETY_FIVE) -> Share:
    """A share with Wilson's interval. More hits than chances (a word before any send) count as all."""
    if of <= 0:
        return Share(hits, 0, None, None, None)
    p = min(hits, of) / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return Share(hits, of, p, max(0.0, middle - half), min(1.0, middle + half))


def difference(first: Share, second: Share) -> Difference:
    """How two shares differ, by Newcombe's interval."""
    if first.value is None or second.value is None or min(first.of, second.of) < ENOUGH:
        apart = None if first.value is None or second.value is None else first.value - second.value
        return Difference(apart, None, None, Verdict.NOT_ENOUGH)
    apart = first.value - second.value
    low = apart - _far(first.value - _known(first.low), _known(second.high) - second.value)
    high = apart + _far(_known(first.high) - first.value, second.value - _known(second.low))
    verdict = Verdict.FIRST if low > 0 else Verdict.SECOND if high < 0 else Verdict.NO_DIFFERENCE
    return Difference(apart, max(-1.0, low), min(1.0, high), verdict)


def _known(bound: float | None) -> float:
    return 0.0 if bound is None else bound


def _far(one: float, other: float) -> float:
    return sqrt(one * one + other * other)


def quantile(ordered: Sequence[float], share_below: float) -> float | None:
    """The value below which so large a share of ordered values lies, between two of them where it falls there."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * share_below
    lower = int(place)
    upper = min(lower + 1, len(ordered) - 1)
    return ordered[lower] + (ordered[upper] - ordered[lower]) * (place - lower)


def buckets(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    """How many values lie up to each edge and above the one before; the last count is of those above all edges."""
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[next((place for place, edge in enumerate(edges) if value <= edge), len(edges))] += 1
    return counts
