"""What every gate looks at: the facts, the instant, and where the enrollment stands.

Example: before a waiting step there is no `acting` sender, so the sender's limits are not asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rapport.rules.facts import Facts, SenderFacts
from rapport.rules.limits import BUDGET_OF, Budget
from rapport.rules.position import Position
from rapport.rules.windows import Schedule


@dataclass(frozen=True, slots=True)
class Asked:
    """What every gate looks at."""

    facts: Facts
    now: datetime
    position: Position
    acting: SenderFacts | None
    """The sender, when the step that comes next acts."""
    budget: Budget | None
    schedule: Schedule
    """The campaign's working time; before a step that acts, as far as the sender works too."""


def asked(facts: Facts, now: datetime, position: Position) -> Asked:
    step = position.step
    acting = facts.sender if step is not None and step.kind.acts else None
    schedule = facts.campaign.schedule.narrowed_to(None if acting is None else acting.hours)
    return Asked(facts, now, position, acting, BUDGET_OF[step.kind] if step else None, schedule)
