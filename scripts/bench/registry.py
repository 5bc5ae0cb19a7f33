"""What a measurement is: a name, what it measures, and lines of which each may have a bar.

A module of this package makes one and `__main__.py` lists it; nothing else need know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Bar:
    """What a value must not fall below (`least`) or rise above (`most`)."""

    kind: Literal["least", "most"]
    limit: float
    unit: str = ""

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.kind == "least" else value <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.kind == "least" else "≤"
        return f"{sign} {self.limit:g}{self.unit}" if self.unit else f"{sign} {self.limit:.2f}"


@dataclass(frozen=True)
class Line:
    """One line of the table. `figures` is what was counted, `value` what is held against the bar."""

    where: str
    what: str
    figures: str
    value: float | None = None
    spread: tuple[float, float] | None = None
    bar: Bar | None = None

    @property
    def missed(self) -> bool:
        return self.bar is not None and (self.value is None or not self.bar.holds(self.value))


@dataclass(frozen=True)
class Effort:
    """How much of everything: which databases, how many rounds of how many seconds, and by which load."""

    kinds: tuple[str, ...]
    rounds: int
    seconds: float
    by_wrk: bool


@dataclass(frozen=True)
class Measurement:
    """Runs and yields its lines as they are known."""

    name: str
    run: Callable[[Effort], Iterator[Line]]

    @property
    def about(self) -> str:
        """The first line of what runs."""
        return (self.run.__doc__ or "").partition("\n")[0]
