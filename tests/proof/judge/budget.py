"""What counts against which day: shared by the law of limits and the law of counters.

A call reserved at 23:59:59 may arrive after midnight. It belongs to the day it was reserved for, but only
if the crossing is shorter than a call may last: a claim cannot move an effect to another day at will.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .history import CALL_SECONDS, Effect, History, instant, local_day

if TYPE_CHECKING:
    from .attribution import Attribution

Days = dict[tuple[object, str, str], list[Effect]]


def day_of(effect: Effect, action: dict[str, object] | None, timezone: object) -> str:
    claimed_at = instant(action.get("claimed_at")) if action else None
    if claimed_at is not None and 0 <= effect.at - claimed_at <= CALL_SECONDS:
        return local_day(claimed_at, timezone)
    return local_day(effect.at, timezone)


def by_day(history: History, attribution: Attribution) -> Days:
    """Effects by (account id, kind, local day)."""
    days: defaultdict[tuple[object, str, str], list[Effect]] = defaultdict(list)
    for effect in history.effects:
        account = history.account_by_unipile.get(effect.account)
        if account is not None:
            day = day_of(effect, attribution.action(effect), account["timezone"])
            days[account["id"], effect.kind, day].append(effect)
    return dict(days)


def limit_at(account: dict[str, object], kind: str, span: str, at: float) -> int | None:
    """The limit in force at an instant, or the more generous one within a call's length before it.

    `limits` holds from the beginning; `limit_history` is a list of `{from, limits}` that replace it.
    """
    in_force = [(float("-inf"), account.get("limits") or {})]
    in_force += [(instant(one["from"]) or 0.0, one["limits"]) for one in account.get("limit_history") or []]
    in_force.sort(key=lambda one: one[0])
    candidates = []
    for place, (since, limits) in enumerate(in_force):
        until = in_force[place + 1][0] if place + 1 < len(in_force) else float("inf")
        if since <= at and until > at - CALL_SECONDS:
            candidates.append(limits.get(kind, {}).get(span))
    return None if None in candidates else max(candidates)
