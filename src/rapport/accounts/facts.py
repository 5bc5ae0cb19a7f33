"""What a decision asks of the senders: their health, their limits, and what they have done.

It is read before every send, so it costs five statements however many senders and however long their history: counts
come from the last days' rows alone, the day of an older action from the account's own row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select

from rapport.accounts import hours
from rapport.accounts.models import Account, AccountCooldown, AccountStatus, AccountUsage, ServiceHold
from rapport.kernel.tenancy import Prepared, within
from rapport.kernel.tx import Reading
from rapport.rules.facts import SenderFacts
from rapport.rules.limits import LIMITS, Budget
from rapport.rules.usage import WEEK, Usage
from rapport.rules.zones import local_day

_A = Account.__table__
_U = AccountUsage.__table__
_C = AccountCooldown.__table__
_H = ServiceHold.__table__
EVERY_KIND = "all"
_IDS = bindparam("ids", expanding=True)
_HELD = Prepared(select(_H.c.reason).where(_H.c.open_key.is_not(None)), owner=None)
_COOLING = Prepared(
    select(_C.c.account_id, _C.c.budget, _C.c.until).where(_C.c.account_id.in_(_IDS), _C.c.until > bindparam("now")),
    owner=_C.c.client_id,
)
_COUNTS = Prepared(
    select(
        *(_U.c.account_id, _U.c.on_day, _U.c.budget),
        *(func.count().label("used"), func.max(_U.c.at, type_=_U.c.at.type).label("last")),
    )
    .where(_U.c.account_id.in_(_IDS), _U.c.on_day >= bindparam("since"))
    .group_by(_U.c.account_id, _U.c.on_day, _U.c.budget),
    owner=_U.c.client_id,
)
_INVITES = Prepared(
    select(_U.c.account_id, _U.c.at)
    .where(_U.c.account_id.in_(_IDS), _U.c.budget == Budget.INVITES.value, _U.c.at > bindparam("since"))
    .order_by(_U.c.at),
    owner=_U.c.client_id,
)
_LONGEST_DAY = timedelta(hours=26)
_LATELY = timedelta(days=1)
"""What was done on an earlier day than yesterday bears on no gap of today."""

Row = Mapping[str, Any]
Pending = Callable[[Reading, Sequence[str]], Mapping[str, int]]
"""Account → its invitations that were neither accepted nor withdrawn, as a room above keeps them."""


def senders(reading: Reading, account_ids: Iterable[str], *, pending: Mapping[str, int]) -> dict[str, SenderFacts]:
    """The facts of each sender. `pending` counts open invitations, which a room above keeps."""
    ids = sorted(set(account_ids))
    if not ids:
        return {}
    found = reading.rows(select(_A).where(_A.c.id.in_(ids), within(reading.scope, _A.c.client_id)))
    return of_rows(reading, [row._mapping for row in found], pending=pending)


def of_rows(reading: Reading, rows: Sequence[Row], *, pending: Mapping[str, int]) -> dict[str, SenderFacts]:
    """The facts of senders whose rows were read, or are locked."""
    if not rows:
        return {}
    ids = sorted(row["id"] for row in rows)
    held = why_held(reading)
    cooling = _cooling(reading, ids)
    usages = _usages(reading, {row["id"]: row for row in rows}, pending)
    return {row["id"]: _facts(row, cooling.get(row["id"], {}), usages[row["id"]], held) for row in rows}


def why_held(reading: Reading) -> str | None:
    """Why nothing of any account may leave; None when it may."""
    row = reading.rows(_HELD).first()
    return None if row is None else str(row.reason)


def _facts(row: Row, cooling: Mapping[Budget | None, datetime], usage: Usage, held: str | None) -> SenderFacts:
    return SenderFacts(
        id=row["id"],
        name=row["name"],
        is_ok=row["status"] == AccountStatus.OK.value,
        status=row["status"],
        paused_at=row["paused_at"],
        service_held=held,
        has_mailbox=row["mailbox_id"] is not None,
        cooling_until=cooling,
        zone=row["timezone"],
        hours=hours.of(row),
        limits={name: row[name] for name in LIMITS},
        warmup_started_on=row["warmup_started_on"] if row["warmup"] else None,
        usage=usage,
        seed=row["pacing_seed"],
    )


def _cooling(reading: Reading, ids: Sequence[str]) -> dict[str, dict[Budget | None, datetime]]:
    found: dict[str, dict[Budget | None, datetime]] = {}
    for row in reading.rows(_COOLING, ids=ids, now=reading.now):
        kind = None if row.budget == EVERY_KIND else Budget(row.budget)
        found.setdefault(row.account_id, {})[kind] = row.until
    return found


def _usages(reading: Reading, rows: Mapping[str, Row], pending: Mapping[str, int]) -> dict[str, Usage]:
    ids = list(rows)
    days: dict[str, date] = {key: local_day(reading.now, row["timezone"]) for key, row in rows.items()}
    counts: dict[tuple[str, date], dict[Budget, int]] = {}
    last: dict[str, dict[Budget, datetime]] = {}
    for row in reading.rows(_COUNTS, ids=ids, since=min(days.values()) - _LATELY):
        budget = Budget(row.budget)
        counts.setdefault((row.account_id, row.on_day), {})[budget] = row.used
        # A clock that jumped back does not open a day's budget again.
        days[row.account_id] = max(days[row.account_id], row.on_day)
        known = last.setdefault(row.account_id, {})
        known[budget] = max(row.last, known.get(budget, row.last))
    invites: dict[str, list[datetime]] = {}
    for row in reading.rows(_INVITES, ids=ids, since=reading.now - WEEK - _LONGEST_DAY):
        invites.setdefault(row.account_id, []).append(row.at)
    return {
        key: Usage(
            on=days[key],
            today=counts.get((key, days[key]), {}),
            invites=tuple(invites.get(key, ())),
            pending=pending.get(key, 0),
            last_at=max(last.get(key, {}).values(), default=None),
            last_by=last.get(key, {}),
            last_on=rows[key]["last_used_on"],
        )
        for key in ids
    }
