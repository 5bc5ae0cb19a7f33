"""Draws that depend on what they are for, not on who drew before.

`chance.stream("pacing", account_id, day)` gives the same numbers wherever and whenever it is asked under
one seed, so threads, restarts and the simulation agree.
"""

from __future__ import annotations

import hashlib
import random


class Chance:
    """A seed from which every named stream of random numbers is derived."""

    def __init__(self, seed: str) -> None:
        self.seed = seed

    def stream(self, *names: object) -> random.Random:
        """A generator of its own for the thing named."""
        text = "\x1f".join([self.seed, *map(str, names)])
        return random.Random(hashlib.blake2b(text.encode(), digest_size=16).digest())  # nosec B311 - draws must replay
