"""What accounts have used of what they may, and when there is room again; from the facts the decision asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from rapport.accounts.facts import of_rows
from rapport.accounts.models import Account, AccountCooldown, AccountUsage
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.rules.allowances import allowance
from rapport.rules.facts import SenderFacts
from rapport.rules.limits import Budget
from rapport.rules.slots import Slot, next_slot
from rapport.rules.usage import WEEK
from rapport.rules.warmup import DAYS, begun_on
from rapport.rules.zones import DAY, local_day

_A = Account.__table__
_U = AccountUsage.__table__
_C = AccountCooldown.__table__


def of(reading: Reading, account_ids: Iterable[str], *, pending: Mapping[str, int]) -> list[dict[str, Any]]:
    """How much of their limits accounts have used, in the order in which they were asked for."""
    ids = list(account_ids)
    found = reading.rows(select(_A).where(_A.c.id.in_(ids), within(reading.scope, _A.c.client_id)))
    rows = {row.id: row._mapping for row in found}
    facts = of_rows(reading, list(rows.values()), pending=pending)
    resting = _resting(reading, ids)
    return [_shown(rows[key], facts[key], resting.get(key, []), reading.now) for key in ids if key in rows]


def _resting(reading: Reading, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    statement = (
        select(_C)
        .where(_C.c.account_id.in_(ids), _C.c.until > reading.now, within(reading.scope, _C.c.client_id))
        .order_by(_C.c.budget)
    )
    for row in reading.rows(statement):
        found.setdefault(row.account_id, []).append({"kind": row.budget, "until": row.until, "reason": row.reason})
    return found


def _shown(row: Mapping[str, Any], sender: SenderFacts, resting: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    today = max(local_day(now, sender.zone), sender.usage.on)
    slots = {budget: next_slot(sender, budget, now) for budget in Budget}
    week = len(sender.usage.invites_since(now - WEEK))
    return {
        "account_id": sender.id,
        "client_id": row["client_id"],
        "name": sender.name,
        "status": sender.status,
        "paused": sender.paused_at is not None,
        "timezone": sender.zone,
        "day": today,
        "warmup": _warmup(sender, today),
        "today": {budget.value: _budget(sender, budget, today, slots[budget]) for budget in Budget},
        "invites_in_seven_days": _of(week, sender.limits["invites_per_week"]),
        "pending_invites": _of(sender.usage.pending, sender.limits["pending_invites"]),
        "cooldowns": resting,
        "next_slot_at": min((slot.at for slot in slots.values() if slot.at is not None), default=None),
        "last_used_on": sender.usage.last_on,
    }


def _budget(sender: SenderFacts, budget: Budget, today: date, slot: Slot) -> dict[str, Any]:
    used = sender.usage.used(budget, on=today)
    return {
        **_of(used, allowance(sender, budget, on=today)),
        "full_limit": sender.limits[budget.per_day],
        "free_at": slot.at,
        "reason": slot.reason.value if slot.reason else None,
        "sentence": slot.sentence,
    }


def _of(used: int, limit: int) -> dict[str, int]:
    return {"used": used, "limit": limit, "remaining": max(0, limit - used)}


def _warmup(sender: SenderFacts, today: date) -> dict[str, Any] | None:
    """Where the warm-up stands; None when there is none, or it is over."""
    started_on = begun_on(sender.warmup_started_on, last_on=sender.usage.last_on, on=today)
    if started_on is None or (today - started_on).days >= DAYS:
        return None
    return {"started_on": started_on, "day": max(0, (today - started_on).days) + 1, "ends_on": started_on + DAYS * DAY}


def by_day(reading: Reading, account_id: str, *, first: date, last: date) -> list[dict[str, Any]]:
    """What an account used on each of its local days, without a gap."""
    statement = (
        select(_U.c.on_day, _U.c.budget, func.count().label("used"))
        .where(_U.c.account_id == account_id, _U.c.on_day >= first, _U.c.on_day <= last)
        .where(within(reading.scope, _U.c.client_id))
        .group_by(_U.c.on_day, _U.c.budget)
    )
    counts = {(row.on_day, row.budget): row.used for row in reading.rows(statement)}
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    return [{"day": day, **{budget.value: counts.get((day, budget.value), 0) for budget in Budget}} for day in days]
