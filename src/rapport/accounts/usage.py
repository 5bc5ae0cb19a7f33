"""What accounts use of their daily limits, counted in the database from before the call on.

The account's row is locked first, so that workers who reserve at once take turns and none counts past the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from rapport.accounts.models import Account, AccountUsage
from rapport.accounts.senders import get
from rapport.kernel.tx import Reading, Tx
from rapport.rules.limits import Budget
from rapport.rules.zones import local_day, next_day_begins


@dataclass(frozen=True, slots=True)
class Reserved:
    """One more action may be made today, and is counted."""

    usage_id: str


@dataclass(frozen=True, slots=True)
class Exhausted:
    """The day's limit is reached; the account's next local day begins at `until`."""

    until: datetime


def reserve(tx: Tx, account_id: str, budget: Budget) -> Reserved | Exhausted:
    """Count one more action against the account's local day, if the limit still allows it."""
    account = get(tx, account_id)
    if used_today(tx, account, budget) >= getattr(account, budget.per_day):
        return Exhausted(next_day_begins(tx.now, account.timezone))
    usage = AccountUsage(
        id=tx.new_id(),
        client_id=account.client_id,
        account_id=account.id,
        budget=budget.value,
        on_day=local_day(tx.now, account.timezone),
        at=tx.now,
    )
    tx.session.add(usage)
    return Reserved(usage.id)


def used_today(reading: Reading, account: Account, budget: Budget) -> int:
    """How much of a budget is used on the account's local day."""
    count = (
        select(func.count())
        .select_from(AccountUsage)
        .where(
            AccountUsage.account_id == account.id,
            AccountUsage.on_day == local_day(reading.now, account.timezone),
            AccountUsage.budget == budget.value,
        )
    )
    return int(reading.session.execute(count).scalar_one())
