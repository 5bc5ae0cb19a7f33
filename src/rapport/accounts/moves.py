"""Which events move an account's counts, so that the counts can be made again from the log.

A room whose actions count registers its own events at import, as it does their sentences. An event that counts says
`usage` (id, budget, on_day, at) and, where it is about an action, its `action_id`; one that frees says `freed` and the
same action, or the same `usage`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rapport.rules.limits import Budget

_COUNTING: set[str] = set()
_FREEING: set[str] = set()


@dataclass(frozen=True, slots=True)
class Count:
    """One counted action, as the log says it or as it is kept."""

    usage_id: str
    budget: Budget
    on_day: date
    at: datetime
    action_id: str | None


def counting(event_type: str) -> str:
    """Register a type whose events count, and answer it, so that a room may name it in one line."""
    _COUNTING.add(event_type)
    return event_type


def freeing(event_type: str) -> str:
    """Register a type whose events take a count back."""
    _FREEING.add(event_type)
    return event_type


def types() -> frozenset[str]:
    """Every type that moves usage."""
    return frozenset(_COUNTING | _FREEING)


class Tally:
    """The counts as events leave them, read in the order in which they were told."""

    def __init__(self) -> None:
        self.counts: dict[str, Count] = {}
        self._of_action: dict[str, str] = {}

    def read(self, event_type: str, data: Mapping[str, Any]) -> None:
        """Let one event move the counts."""
        said, action_id = data.get("usage") or {}, data.get("action_id")
        if event_type in _COUNTING and said:
            count = Count(
                usage_id=said["id"],
                budget=Budget(said["budget"]),
                on_day=date.fromisoformat(said["on_day"]),
                at=datetime.fromisoformat(said["at"]),
                action_id=action_id,
            )
            self.counts[count.usage_id] = count
            if action_id is not None:
                self._of_action[action_id] = count.usage_id
        if event_type in _FREEING and data.get("freed") is True:
            self.counts.pop(said.get("id") or self._of_action.get(action_id, ""), None)
