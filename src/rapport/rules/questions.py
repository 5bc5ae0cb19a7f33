"""What every gate looks at: the facts, the instant, and where the enrollment stands.

Example: before a waiting step there is no `acting` sender, so the sender's limits are not asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rapport.rules.facts import Facts, SenderFacts
from rapport.rules.limits import BUDGET_OF, Budget
from rapport.rules.position import Position


@dataclass(frozen=True, slots=True)
class Asked:
    """What every gate looks at."""

    facts: Facts
    now: datetime
    position: Position
    acting: SenderFacts | None
    """The sender, when the step that comes next acts."""
    budget: Budget | None


def asked(facts: Facts, now: datetime, position: Position) -> Asked:
    step = position.step
    acts = step is not None and step.kind.acts
    return Asked(facts, now, position, facts.sender if acts else None, BUDGET_OF[step.kind] if step else None)
