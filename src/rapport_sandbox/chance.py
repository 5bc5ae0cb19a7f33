"""Seeded chance: a draw depends on what it is for, never on who drew before.

`chance.draw("accepts", person, account)` hashes the seed with those names. Two runs that ask the same
question get the same answer, whatever else happened between, so threads and stories stay repeatable.
"""

from __future__ import annotations

import random
from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_WHOLE = float(1 << 64)


class Chance:
    """Every draw of one sandbox, all from one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._key = blake2b(str(seed).encode(), digest_size=32).digest()

    def digest(self, size: int, *names: object) -> bytes:
        """`size` bytes (at most 64) that belong to these names."""
        joined = "\x1f".join(map(str, names)).encode()
        return blake2b(joined, digest_size=size, key=self._key).digest()

    def draw(self, *names: object) -> float:
        """A number in [0, 1)."""
        return int.from_bytes(self.digest(8, *names), "big") / _WHOLE

    def happens(self, probability: float, *names: object) -> bool:
        return probability > 0 and (probability >= 1 or self.draw(*names) < probability)

    def below(self, bound: int, *names: object) -> int:
        return int(self.draw(*names) * bound)

    def pick(self, options: Sequence[T], *names: object) -> T:
        return options[self.below(len(options), *names)]

    def stream(self, *names: object) -> random.Random:
        """A generator of its own for a thing that needs many draws."""
        return random.Random(self.digest(16, *names))  # nosec B311 - draws must replay

    def token(self, length: int, *names: object) -> str:
        """An opaque id of url-safe characters."""
        return urlsafe_b64encode(self.digest(length * 3 // 4 + 1, *names)).decode()[:length]
