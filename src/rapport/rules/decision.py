"""What happens next to an enrollment: send now, wait, or stop.

The gates are asked in order and the first that is closed answers. `why` shows them all, from the same walk.
Example: on Friday at 18:30 a due message waits until Monday 9:00, because it is outside the working hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rapport.rules import variants
from rapport.rules.answers import Answer, Decision, Send, Stop, Wait
from rapport.rules.facts import Facts
from rapport.rules.gates import GATES
from rapport.rules.position import Position, stand
from rapport.rules.questions import asked

_MOST_WAITS = 1000
"""Each wait ends at a gate that has opened; so many in a row mean a rule that contradicts itself."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole of a decision: where the enrollment stands, every gate's answer, and what follows from them."""

    position: Position
    answers: tuple[Answer, ...]
    decision: Decision


def decide(facts: Facts, now: datetime) -> Decision:
    """What may be done for an enrollment at this instant."""
    position = stand(facts, now)
    return _first_closed(_answers(facts, now, position), facts, now, position)


def explain(facts: Facts, now: datetime) -> Explanation:
    """The decision with every gate's answer."""
    position = stand(facts, now)
    answers = tuple(_answers(facts, now, position))
    return Explanation(position, answers, _first_closed(iter(answers), facts, now, position))


def next_send(facts: Facts, now: datetime) -> Decision:
    """What comes next and when, if nothing happens but time: a send at its instant, a wait without end, or a stop."""
    decision = decide(facts, now)
    for _ in range(_MOST_WAITS):
        if not isinstance(decision, Wait) or decision.until is None:
            return decision
        decision = decide(facts, decision.until)
    raise RuntimeError(f"the gates of enrollment {facts.enrollment.id} never agree")


def _answers(facts: Facts, now: datetime, position: Position) -> Iterator[Answer]:
    looked_at = asked(facts, now, position)
    return (gate(looked_at) for gate in GATES)


def _first_closed(answers: Iterator[Answer], facts: Facts, now: datetime, position: Position) -> Decision:
    for answer in answers:
        if answer.closed_by is not None:
            if answer.stops:
                return Stop(answer.closed_by, answer.gate, answer.details)
            return Wait(answer.changes_at, answer.closed_by, answer.gate, answer.details)
    step, sender = position.step, facts.sender
    if step is None or sender is None:
        raise RuntimeError("every gate is open with nothing to send")
    variant = variants.of(step, enrollment=facts.enrollment, campaign=facts.campaign)
    return Send(step, sender.id, variant, now)
