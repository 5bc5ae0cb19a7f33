"""What a decision asks of the senders: their health, their limits, and what they have done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from rapport.accounts.models import Account, AccountCooldown, AccountStatus, AccountUsage
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.rules.facts import SenderFacts
from rapport.rules.limits import LIMITS, Budget
from rapport.rules.usage import WEEK, Usage
from rapport.rules.zones import local_day

_A = Account.__table__
_U = AccountUsage.__table__
_C = AccountCooldown.__table__
EVERY_KIND = "all"
_LONGEST_DAY = timedelta(hours=26)


def senders(reading: Reading, account_ids: Iterable[str], *, pending: Mapping[str, int]) -> dict[str, SenderFacts]:
    """The facts of each sender. `pending` counts open invitations, which a room above keeps."""
    ids = sorted(set(account_ids))
    if not ids:
        return {}
    rows = reading.rows(select(_A).where(_A.c.id.in_(ids), within(reading.scope, _A.c.client_id))).all()
    cooling = _cooling(reading, ids)
    usages = _usages(reading, {row.id: row.timezone for row in rows}, pending)
    return {row.id: _facts(row, cooling.get(row.id, {}), usages[row.id]) for row in rows}


def _facts(row: Any, cooling: Mapping[Budget | None, datetime], usage: Usage) -> SenderFacts:
    found = row._mapping
    return SenderFacts(
        id=row.id,
        name=row.name,
        is_ok=row.status == AccountStatus.OK.value,
        status=row.status,
        paused_at=row.paused_at,
        cooling_until=cooling,
        zone=row.timezone,
        limits={name: found[name] for name in LIMITS},
        warmup_started_on=row.warmup_started_on if row.warmup else None,
        usage=usage,
        seed=row.pacing_seed,
    )


def _cooling(reading: Reading, ids: Sequence[str]) -> dict[str, dict[Budget | None, datetime]]:
    found: dict[str, dict[Budget | None, datetime]] = {}
    statement = select(_C.c.account_id, _C.c.budget, _C.c.until).where(
        _C.c.account_id.in_(ids), _C.c.until > reading.now, within(reading.scope, _C.c.client_id)
    )
    for row in reading.rows(statement):
        kind = None if row.budget == EVERY_KIND else Budget(row.budget)
        found.setdefault(row.account_id, {})[kind] = row.until
    return found


def _usages(reading: Reading, zones: Mapping[str, str], pending: Mapping[str, int]) -> dict[str, Usage]:
    ids = list(zones)
    days: dict[str, date] = {key: local_day(reading.now, zone) for key, zone in zones.items()}
    counts: dict[tuple[str, date], dict[Budget, int]] = {}
    earliest = min(days.values(), default=reading.now.date()) - timedelta(days=1)
    statement = (
        select(_U.c.account_id, _U.c.on_day, _U.c.budget, func.count().label("used"))
        .where(_U.c.account_id.in_(ids), _U.c.on_day >= earliest, within(reading.scope, _U.c.client_id))
        .group_by(_U.c.account_id, _U.c.on_day, _U.c.budget)
    )
    for row in reading.rows(statement):
        counts.setdefault((row.account_id, row.on_day), {})[Budget(row.budget)] = row.used
        # A clock that jumped back does not open a day's budget again.
        days[row.account_id] = max(days[row.account_id], row.on_day)
    last: dict[str, dict[Budget, datetime]] = {}
    statement = (
        select(_U.c.account_id, _U.c.budget, func.max(_U.c.at, type_=_U.c.at.type).label("at"))
        .where(_U.c.account_id.in_(ids), within(reading.scope, _U.c.client_id))
        .group_by(_U.c.account_id, _U.c.budget)
    )
    for row in reading.rows(statement):
        last.setdefault(row.account_id, {})[Budget(row.budget)] = row.at
    invites: dict[str, list[datetime]] = {}
    statement = (
        select(_U.c.account_id, _U.c.at)
        .where(_U.c.account_id.in_(ids), _U.c.budget == Budget.INVITES.value)
        .where(_U.c.at > reading.now - WEEK - _LONGEST_DAY, within(reading.scope, _U.c.client_id))
        .order_by(_U.c.at)
    )
    for row in reading.rows(statement):
        invites.setdefault(row.account_id, []).append(row.at)
    return {
        key: Usage(
            on=days[key],
            today=counts.get((key, days[key]), {}),
            invites=tuple(invites.get(key, ())),
            pending=pending.get(key, 0),
            last_at=max(last.get(key, {}).values(), default=None),
            last_by=last.get(key, {}),
        )
        for key in ids
    }
