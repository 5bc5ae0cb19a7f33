"""What the judge says: per law how much was examined, what is broken, and what is worth knowing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Row = Mapping[str, object]
"""One line of the ledger or of the dump, as it was read."""

LAWS = {
    "L1": "never twice: at most one effect per enrollment and step",
    "L2": "never after a reply that was acknowledged",
    "L3": "never over the line: local day, rolling 7 days, pending",
    "L4": "inside the campaign's hours, not on a weekend or holiday",
    "L5": "the text is the stored one and was written for this person",
    "L6": "every enrollment has a state, with a next time or a final reason",
    "L7": "usage counters equal a recount of what arrived",
    "L8": "every acknowledged webhook is processed or listed as unmatched",
    "L9": "each effect has exactly one event, and no number is missing in the log",
    "L10": "once faults have stopped, everything due is done or explained",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise with its evidence."""

    says: str
    evidence: tuple[Row, ...] = ()


@dataclass(slots=True)
class Finding:
    """One law judged."""

    law: str
    examined: int = 0
    of: str = "effects"
    violations: list[Violation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Counted and reported apart: not broken, and not to be hidden either."""

    def broken(self, says: str, *evidence: Row) -> None:
        self.violations.append(Violation(says, evidence))
