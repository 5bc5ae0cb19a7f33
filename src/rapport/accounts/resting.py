"""Cool-downs: until when the provider wants to hear nothing of a kind from an account.

A rest only grows: whoever hears of a shorter one while another lasts changes nothing. It is written, so that no restart
forgets it, and it ends by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rapport.accounts.facts import EVERY_KIND
from rapport.accounts.models import Account, AccountCooldown
from rapport.events.titles import title
from rapport.kernel.tx import Tx
from rapport.rules import cooldowns
from rapport.rules.limits import Budget
from rapport.rules.zones import shown

COOLED_DOWN = title(
    "account.cooled_down", "LinkedIn account {name} does no {what} until {until_words}: {why} It goes on by itself."
)


def rest(
    tx: Tx, account: Account, budget: Budget | None, *, why: str, until: datetime | None = None, first: timedelta
) -> bool:
    """Let a locked account rest from a kind of action, or with None from every one; answers whether that is new.

    `until` is the provider's word, believed up to a day; without it the rest is `first`, doubling with each refusal.
    """
    found = _of(tx, account, budget)
    strikes = cooldowns.strikes(
        tx.now, last_until=found.until if found else None, last_strikes=found.strikes if found else 0
    )
    asked = None if until is None else until - tx.now
    return _write(
        tx, account, budget, found, strikes, cooldowns.until(tx.now, asked=asked, strikes=strikes, first=first), why
    )


def rest_until(tx: Tx, account: Account, budget: Budget | None, until: datetime, *, why: str) -> bool:
    """Let a locked account rest until an instant of our own choice; answers whether that is new."""
    return _write(tx, account, budget, _of(tx, account, budget), 1, until, why)


def _of(tx: Tx, account: Account, budget: Budget | None) -> AccountCooldown | None:
    return tx.session.get(AccountCooldown, (account.id, _word(budget)))


def _write(
    tx: Tx,
    account: Account,
    budget: Budget | None,
    found: AccountCooldown | None,
    strikes: int,
    until: datetime,
    why: str,
) -> bool:
    if found is not None and found.until >= until:
        return False
    if found is None:
        found = AccountCooldown(account_id=account.id, budget=_word(budget), client_id=account.client_id)
        tx.session.add(found)
    found.until, found.strikes, found.reason = until, strikes, why
    return True


def tell(tx: Tx, account: Account, budget: Budget | None) -> None:
    """Say for how long the account rests, and that nothing need be done."""
    found = tx.session.get_one(AccountCooldown, (account.id, _word(budget)))
    tx.emit(
        COOLED_DOWN,
        client_id=account.client_id,
        data={
            "name": account.name,
            "budget": found.budget,
            "what": budget.words if budget else "actions",
            "until": found.until.isoformat(),
            "until_words": shown(found.until, account.timezone),
            "strikes": found.strikes,
            "why": found.reason,
        },
        account_id=account.id,
    )


def _word(budget: Budget | None) -> str:
    return EVERY_KIND if budget is None else budget.value
