"""What accounts use of their limits, counted in the database from before the call on.

The account's row is locked first, always before any enrollment, so that workers who count at once take turns and none
counts past a limit. A count is taken back only for an action that certainly did not happen.
Whoever sends for a campaign locks, asks the gates, and counts what may go; whoever does one thing outside of any (a
reply from the inbox, a search, a visit, a withdrawal) reserves, which asks for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, case, delete, func, or_, select, update

from rapport.accounts.facts import of_rows
from rapport.accounts.models import Account, AccountUsage
from rapport.accounts.moves import counting, freeing
from rapport.events.titles import title
from rapport.kernel.bulk import insert_rows
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.once import Once
from rapport.kernel.tenancy import SCOPED, Prepared, within
from rapport.kernel.tx import Tx
from rapport.rules.facts import SenderFacts
from rapport.rules.limits import Budget
from rapport.rules.reasons import Reason
from rapport.rules.room import room
from rapport.rules.warmup import IDLE
from rapport.rules.zones import local_day

COUNTED = counting(title("account.counted", "LinkedIn account {name} used one of its {budget}"))
FREED = freeing(title("account.freed", "LinkedIn account {name} got back one of its {budget}: it did not happen"))

_A = Account.__table__
_U = AccountUsage.__table__


@dataclass(frozen=True, slots=True)
class Counted:
    """One action to be counted, before its call."""

    account_id: str
    client_id: str
    budget: Budget
    at: datetime
    on_day: date
    """See `day_of`."""
    action_id: str | None


@dataclass(frozen=True, slots=True)
class Reserved:
    """One more action may be made, and is counted."""

    usage_id: str
    told: Mapping[str, str]
    """What the event of the action says of the count."""


@dataclass(frozen=True, slots=True)
class Exhausted:
    """There is no room now: why, and when there is if nothing else happens; None for no time of its own."""

    until: datetime | None
    reason: Reason
    sentence: str


def lock(tx: Tx, account_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """The rows of accounts by id, locked until the transaction ends, in the order of their ids."""
    return _locked(tx, _HELD, account_ids)


def lock_free(tx: Tx, account_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """As `lock`, without waiting: of the accounts nobody else holds. On SQLite, whoever writes holds all."""
    return _locked(tx, _FREE, account_ids)


def _locked(tx: Tx, chosen: Prepared, account_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    return {row.id: row._mapping for row in tx.rows(chosen, ids=sorted(set(account_ids)))}


_CHOSEN = select(_A).where(_A.c.id.in_(bindparam("ids", expanding=True))).order_by(_A.c.id)
_HELD = Prepared(_CHOSEN.with_for_update(key_share=True), owner=_A.c.client_id)
_FREE = Prepared(_CHOSEN.with_for_update(skip_locked=True, key_share=True), owner=_A.c.client_id)


def day_of(sender: SenderFacts, now: datetime) -> date:
    """The day on which an action counts: the account's local day, or the counted one if the clock jumped back."""
    return max(local_day(now, sender.zone), sender.usage.on)


def count(tx: Tx, counted: Sequence[Counted]) -> list[dict[str, str]]:
    """Count actions for a caller who holds their accounts' rows and has asked the gates.

    Answers, in the same order, what the actions' events are to say under `usage`: from it the counts can be rebuilt.
    """
    if not counted:
        return []
    rows = [
        {
            "id": tx.new_id(),
            "client_id": each.client_id,
            "account_id": each.account_id,
            "budget": each.budget.value,
            "on_day": each.on_day,
            "at": each.at,
            "action_id": each.action_id,
        }
        for each in counted
    ]
    insert_rows(tx, _U, rows)
    days: dict[str, date] = {}
    for each in counted:
        days[each.account_id] = max(each.on_day, days.get(each.account_id, each.on_day))
        tx.touch(each.client_id)
    tx.write(_USED, *({"_id": key, "_day": day, "_idle": day - IDLE} for key, day in sorted(days.items())))
    return [told(row) for row in rows]


_USED = Once(
    update(_A)
    .where(_A.c.id == bindparam("_id"), or_(_A.c.last_used_on.is_(None), _A.c.last_used_on < bindparam("_day")))
    .values(
        last_used_on=bindparam("_day"),
        # A warm-up of nobody stays null: null is never older than anything.
        warmup_started_on=case(
            (_A.c.warmup_started_on.is_(None), None),
            (func.coalesce(_A.c.last_used_on, _A.c.warmup_started_on) <= bindparam("_idle"), bindparam("_day")),
            else_=_A.c.warmup_started_on,
        ),
    )
)
"""The first action of a day is noted in the account's row, and after a long pause the warm-up begins again."""


def told(row: Mapping[str, Any]) -> dict[str, str]:
    """A count as an event says it."""
    return {
        "id": row["id"],
        "budget": row["budget"],
        "on_day": row["on_day"].isoformat(),
        "at": row["at"].isoformat(),
    }


def reserve(
    tx: Tx, account_id: str, budget: Budget, *, action_id: str | None = None, pending: int | None = None
) -> Reserved | Exhausted:
    """Count one action outside of any campaign, if the account has room for it.

    Whoever gives an `action_id` tells of the count in the action's own event; without one it is told here. Whoever
    invites says how many invitations are `pending`: a room above keeps them.
    """
    row = lock(tx, [account_id]).get(account_id)
    if row is None:
        raise RapportError(NOT_FOUND)
    if budget is Budget.INVITES and pending is None:
        raise ValueError("an invitation is reserved by whoever knows how many are pending")
    sender = of_rows(tx, [row], pending={account_id: pending or 0})[account_id]
    answer = room(sender, budget, tx.now)
    if answer.closed_by is not None:
        return Exhausted(answer.changes_at, answer.closed_by, answer.sentence or "")
    day = day_of(sender, tx.now)
    (said,) = count(tx, [Counted(account_id, row["client_id"], budget, tx.now, day, action_id)])
    if action_id is None:
        _tell(tx, COUNTED, row, said)
    return Reserved(said["id"], said)


def free(tx: Tx, action_ids: Sequence[str]) -> int:
    """Take back the counts of actions that certainly did not happen; their own events say `freed`."""
    return _delete(tx, _U.c.action_id.in_(list(action_ids))) if action_ids else 0


def give_back(tx: Tx, usage_id: str) -> None:
    """Take back what was reserved without an action, and tell it. Giving back twice changes nothing."""
    found = tx.rows(
        select(_U, _A.c.name).join(_A, _A.c.id == _U.c.account_id).where(_U.c.id == usage_id, _own(tx))
    ).first()
    if found is not None and _delete(tx, _U.c.id == usage_id):
        row = found._mapping
        _tell(tx, FREED, {"id": row["account_id"], "client_id": row["client_id"], "name": row["name"]}, told(row))


def _delete(tx: Tx, *which: Any) -> int:
    tx.session.flush()  # a count of this very transaction is taken back too
    gone = tx.session.execute(
        delete(_U).where(*which, _own(tx)).returning(_U.c.client_id), execution_options={SCOPED: True}
    ).all()
    for row in gone:
        tx.touch(row.client_id)
    return len(gone)


def _own(tx: Tx) -> Any:
    return within(tx.scope, _U.c.client_id)


def _tell(tx: Tx, event_type: str, account: Mapping[str, Any], said: Mapping[str, str]) -> None:
    tx.emit(
        event_type,
        client_id=account["client_id"],
        data={
            "name": account["name"],
            "budget": Budget(said["budget"]).words,
            "usage": dict(said),
            "freed": event_type == FREED,
        },
        account_id=account["id"],
    )
