"""What a decision and a gate answer: send now, wait until an instant for a reason, or stop for one.

Example: `Wait(until=Monday 9:00, reason=outside_hours)` reads "It is outside the working hours (Europe/Berlin)."
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rapport.rules.reasons import Gate, Reason, sentence
from rapport.rules.sequences import Step


@dataclass(frozen=True, slots=True)
class Send:
    """Send this step now, with this sender."""

    step: Step
    sender_id: str
    variant: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until an instant at which the gate is open if nothing else happens; None: until something happens."""

    until: datetime | None
    reason: Reason
    gate: Gate
    details: Mapping[str, object]

    @property
    def sentence(self) -> str:
        return sentence(self.reason, self.details)


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing more is sent."""

    reason: Reason
    gate: Gate
    details: Mapping[str, object]

    @property
    def sentence(self) -> str:
        return sentence(self.reason, self.details)


Decision = Send | Wait | Stop


@dataclass(frozen=True, slots=True)
class Answer:
    """What one gate answers."""

    gate: Gate
    closed_by: Reason | None
    """None when the gate is open."""
    changes_at: datetime | None
    """When the answer could change by time alone: a closed gate opens then, an open one may close."""
    stops: bool
    details: Mapping[str, object]

    @property
    def is_open(self) -> bool:
        return self.closed_by is None

    @property
    def question(self) -> str:
        return self.gate.question

    @property
    def sentence(self) -> str | None:
        """Why the gate is closed."""
        return None if self.closed_by is None else sentence(self.closed_by, self.details)


_OPEN = {gate: Answer(gate, None, None, False, {}) for gate in Gate}


def opened(gate: Gate, *, closes_at: datetime | None = None, **details: object) -> Answer:
    """The gate is open, for all that is known until `closes_at`."""
    return Answer(gate, None, closes_at, False, details) if details or closes_at else _OPEN[gate]


def closed(gate: Gate, reason: Reason, *, opens_at: datetime | None = None, **details: object) -> Answer:
    """The gate is closed until `opens_at`; with None until something happens."""
    return Answer(gate, reason, opens_at, False, details)


def stopped(gate: Gate, reason: Reason, **details: object) -> Answer:
    """The gate is closed for good."""
    return Answer(gate, reason, None, True, details)
