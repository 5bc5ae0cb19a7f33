"""The counts of an account made again from the event log, and how the kept ones differ.

The kept counts are what limits ask; the log is what happened. They are written in the same transaction, so they agree
unless something went wrong, and that is told and not hidden: a difference is corrected only when asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, update

from rapport.accounts import moves
from rapport.accounts.models import Account, AccountUsage
from rapport.accounts.moves import Count
from rapport.accounts.queries import told_before
from rapport.events.titles import title
from rapport.kernel.bulk import insert_rows
from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Reading, Tx
from rapport.rules.limits import Budget

DIFFERS = title("account.usage_differs", "{count} counts of LinkedIn account {name} differ from what the log says")
CORRECTED = title("account.usage_corrected", "{count} counts of LinkedIn account {name} were set to what the log says")

ASKED_BY_LIMITS = timedelta(days=9)
"""Seven days, a day of 26 hours before them, and the rest of today."""
_BATCH = 1000
_SLACK = timedelta(days=1)
"""The log is in the order of commits; clocks may have been set back by so much meanwhile."""
_U = AccountUsage.__table__


class What(StrEnum):
    """How a kept count differs from the log."""

    MISSING = "missing"
    """The log counts it, and it is not kept."""
    SURPLUS = "surplus"
    """It is kept, and the log does not count it, or freed it."""
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One count of which log and table say different things."""

    what: What
    told: Count | None
    kept: Count | None


def differences(reading: Reading, account_id: str, *, since: datetime) -> list[Difference]:
    """Every difference in what counted from an instant on.

    Taking a count back does not wait for the account's row, so it may fall between the two reads and look like a
    difference: only what a second look finds again is one.
    """
    first = _compare(reading, account_id, since)
    if not first:
        return []
    second = set(_compare(reading, account_id, since))
    return [each for each in first if each in second]


def _compare(reading: Reading, account_id: str, since: datetime) -> list[Difference]:
    told, kept = _told(reading, account_id, since), _kept(reading, account_id, since)
    found = []
    for usage_id in sorted(told.keys() | kept.keys()):
        said, held = told.get(usage_id), kept.get(usage_id)
        if said == held:
            continue
        what = What.MISSING if held is None else What.SURPLUS if said is None else What.CHANGED
        found.append(Difference(what, said, held))
    return found


def _told(reading: Reading, account_id: str, since: datetime) -> dict[str, Count]:
    """What the log counts: read backwards, so that the cost is that of the days asked about."""
    events: list[tuple[str, Mapping[str, Any]]] = []
    before: int | None = None
    while True:
        rows = told_before(reading, account_id, before=before, limit=_BATCH)
        events += [(row.type, row.data) for row in rows if row.type in moves.types()]
        if len(rows) < _BATCH or rows[-1].recorded_at < since - _SLACK:
            break
        before = rows[-1].seq
    tally = moves.Tally()
    for event_type, data in reversed(events):
        tally.read(event_type, data)
    return {key: each for key, each in tally.counts.items() if each.at >= since}


def _kept(reading: Reading, account_id: str, since: datetime) -> dict[str, Count]:
    rows = reading.rows(
        select(_U).where(
            _U.c.account_id == account_id,
            _U.c.budget.in_([budget.value for budget in Budget]),
            *(_U.c.at >= since, within(reading.scope, _U.c.client_id)),
        )
    )
    return {row.id: Count(row.id, Budget(row.budget), row.on_day, row.at, row.action_id) for row in rows}


def check(tx: Tx, account: Account, *, since: datetime, correct: bool) -> list[Difference]:
    """Compare a locked account's counts with the log, tell of differences, and correct them if that is asked."""
    found = differences(tx, account.id, since=since)
    if not found:
        return []
    _tell(tx, DIFFERS, account, found)
    if correct:
        _correct(tx, account, found)
        _tell(tx, CORRECTED, account, found)
    return found


def _correct(tx: Tx, account: Account, found: Sequence[Difference]) -> None:
    surplus = [each.kept.usage_id for each in found if each.kept is not None and each.told is None]
    if surplus:
        gone = delete(_U).where(_U.c.id.in_(surplus), within(tx.scope, _U.c.client_id))
        tx.session.execute(gone, execution_options={SCOPED: True})
    for each in found:
        if each.what is What.CHANGED and each.told is not None:
            put_right = update(_U).where(_U.c.id == each.told.usage_id, within(tx.scope, _U.c.client_id))
            tx.session.execute(put_right.values(_row(account, each.told)), execution_options={SCOPED: True})
    insert_rows(
        tx, _U, [_row(account, each.told) for each in found if each.what is What.MISSING and each.told is not None]
    )
    tx.touch(account.client_id)


def _row(account: Account, count: Count) -> dict[str, Any]:
    return {
        "id": count.usage_id,
        "client_id": account.client_id,
        "account_id": account.id,
        "budget": count.budget.value,
        "on_day": count.on_day,
        "at": count.at,
        "action_id": count.action_id,
    }


def _tell(tx: Tx, event_type: str, account: Account, found: Sequence[Difference]) -> None:
    counts = {what.value: sum(each.what is what for each in found) for what in What}
    data = {"name": account.name, "count": len(found), **counts}
    tx.emit(event_type, client_id=account.client_id, data=data, account_id=account.id)


def shown(difference: Difference) -> dict[str, Any]:
    """A difference as the API shows it."""
    return {"what": difference.what.value, "told": _shown(difference.told), "kept": _shown(difference.kept)}


def _shown(count: Count | None) -> dict[str, Any] | None:
    if count is None:
        return None
    return {
        "usage_id": count.usage_id,
        "action_id": count.action_id,
        "budget": count.budget.value,
        "on_day": count.on_day,
        "at": count.at,
    }
