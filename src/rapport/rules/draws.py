"""Numbers that look random and depend only on a stored seed and on what they are for.

The same seed and names give the same number in every process, in the simulation and a year later, so a gap
between two sends or the variant a lead gets is decided once, without being written down anywhere.
Example: the gap before the fourth invitation of an account on 2 March is the same however often it is asked.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Protocol

_RANGE = 1 << 64


class Stream(Protocol):
    """What the rules need of a `random.Random`."""

    def random(self) -> float: ...


class Chance(Protocol):
    """What the simulation needs of `kernel.chance.Chance`."""

    def stream(self, *names: object) -> Stream: ...


def fraction(seed: str, *names: object) -> float:
    """A number in [0, 1) for the thing named."""
    text = "\x1f".join((seed, *map(str, names)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / _RANGE


def between(least: float, most: float, *, seed: str, names: tuple[object, ...]) -> float:
    """A number in [least, most) for the thing named."""
    return least + (most - least) * fraction(seed, *names)
