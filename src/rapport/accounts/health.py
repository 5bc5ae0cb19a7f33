"""How our accounts are: whether each can send, and whose it is.

Two sources say so: the list of accounts that is read from the provider every few minutes, and the answers to what we
send. Only a change is told. An account that a complete list does not name is gone at the provider. What the list says
is well again goes on by itself; an account that LinkedIn restricted does not, until a person has looked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import assert_never

from sqlalchemy import select

from rapport.accounts import holding, hours
from rapport.accounts.models import Account, AccountStatus
from rapport.accounts.resting import rest, rest_until, tell
from rapport.events.titles import title
from rapport.kernel.tx import Tx
from rapport.ports.outcomes import (
    AccountEffect,
    Check,
    CoolDown,
    KindUnavailable,
    NeedsSignIn,
    Rest,
    Restricted,
    StopService,
    Untouched,
    WriteKind,
)
from rapport.ports.unipile_records import Account as Seen
from rapport.rules import cooldowns
from rapport.rules.limits import Budget

STATUS_CHANGED = title("account.status_changed", "LinkedIn account {name} went from {before} to {after}")
NEEDS_A_PERSON = title("account.needs_a_person", "LinkedIn account {name} sends nothing until somebody acts: {remedy}")
CHECK_ASKED = title(
    "account.check_asked", "Something is wrong with LinkedIn account {name}: Unipile is asked how it is"
)

WORDS: Mapping[str, AccountStatus] = {
    "OK": AccountStatus.OK,
    "CONNECTING": AccountStatus.CONNECTING,
    "CREDENTIALS": AccountStatus.CREDENTIALS,
    "PERMISSIONS": AccountStatus.CREDENTIALS,
    "STOPPED": AccountStatus.DISCONNECTED,
    "ERROR": AccountStatus.ERROR,
}
_GRAVITY = (
    AccountStatus.DISCONNECTED,
    AccountStatus.ERROR,
    AccountStatus.CREDENTIALS,
    AccountStatus.CONNECTING,
    AccountStatus.OK,
)
"""The worst word of an account's sources is the account's."""
_MORE_IS_KNOWN = frozenset({AccountStatus.CHECKPOINT.value, AccountStatus.RESTRICTED.value})
"""What a refused call told us; the list only says that something is wrong."""

_BUDGETS: Mapping[WriteKind, Budget] = {
    WriteKind.INVITE: Budget.INVITES,
    WriteKind.MESSAGE: Budget.MESSAGES,
    WriteKind.INMAIL: Budget.INMAILS,
    WriteKind.VISIT: Budget.VISITS,
    WriteKind.FOLLOW: Budget.OTHER,
    WriteKind.REACT: Budget.OTHER,
    WriteKind.WITHDRAW: Budget.OTHER,
}
_FIRST: Mapping[Rest, timedelta] = {Rest.A_LITTLE: cooldowns.FIRST_OF_A_LITTLE, Rest.A_WHILE: cooldowns.FIRST}
_UNTIL_CHECKED = timedelta(minutes=10)
_SIGN_IN = "its owner signs in again at Unipile. It goes on by itself."
_LOOK = "LinkedIn holds it back. Look there why, then resume the account here."


def observe(tx: Tx, seen: Sequence[Seen]) -> int:
    """Take over what a complete list of the provider's accounts says; answers how many of ours changed."""
    known = {each.id: each for each in seen}
    rows = tx.session.execute(
        select(Account)
        .where(Account.unipile_account_id.is_not(None))
        .order_by(Account.id)
        .with_for_update(key_share=True)
    ).scalars()
    return sum(_take_over(tx, row, known.get(row.unipile_account_id or "")) for row in rows)


def _take_over(tx: Tx, row: Account, seen: Seen | None) -> bool:
    if seen is not None and seen.owner_provider_id and row.provider_id != seen.owner_provider_id:
        row.provider_id = seen.owner_provider_id
    if seen is None:
        return set_status(tx, row, AccountStatus.DISCONNECTED, detail="Unipile does not know this account.")
    status = status_of(seen)
    if row.status == AccountStatus.RESTRICTED.value:
        return False  # the list says it is well; LinkedIn said otherwise, and a person is to look
    if status is not AccountStatus.OK and row.status in _MORE_IS_KNOWN:
        return False
    words = sorted({source.status for source in seen.sources if source.status})
    return set_status(tx, row, status, detail=None if status is AccountStatus.OK else ", ".join(words) or None)


def status_of(seen: Seen) -> AccountStatus:
    """An account is as well as the worst of its sources; one without sources is still connecting."""
    statuses = {WORDS.get(source.status or "", AccountStatus.ERROR) for source in seen.sources}
    return next((status for status in _GRAVITY if status in statuses), AccountStatus.CONNECTING)


def set_status(tx: Tx, row: Account, status: AccountStatus, *, detail: str | None) -> bool:
    """Record how an account is; a change is told once."""
    if row.status == status.value and row.status_detail == detail:
        return False
    before, row.status, row.status_detail, row.status_at = row.status, status.value, detail, tx.now
    if before != status.value:
        tx.emit(
            STATUS_CHANGED,
            client_id=row.client_id,
            data={"name": row.name, "before": before, "after": status.value, "detail": detail},
            account_id=row.id,
        )
    return True


def suffer(tx: Tx, account_id: str, effect: AccountEffect, *, budget_kind: Budget | None) -> None:
    """What the answer to a write does to its account; `budget_kind` is what the write counted as.

    The account's row is locked, so whoever settles an action suffers before it locks an enrollment.
    """
    if isinstance(effect, Untouched):
        return
    if isinstance(effect, StopService):
        holding.hold(tx, effect.reason)
        return
    account = tx.session.execute(
        select(Account).where(Account.id == account_id).with_for_update(key_share=True)
    ).scalar()
    if account is None:
        return
    match effect:
        case CoolDown():
            _cool_down(tx, account, effect, budget_kind)
        case KindUnavailable(kind):
            budget = _BUDGETS.get(kind, budget_kind)
            why = "its subscription or permissions do not include them. Change them at LinkedIn."
            if rest_until(tx, account, budget, tx.now + cooldowns.MOST, why=why):
                tell(tx, account, budget)
        case NeedsSignIn():
            # The list may go on saying it is well for a while: it is asked again ever more rarely.
            rest(tx, account, None, why="its owner has to sign in again.", first=cooldowns.FIRST_OF_A_LITTLE)
            _needs_a_person(tx, account, AccountStatus.CREDENTIALS, _SIGN_IN)
        case Restricted():
            _needs_a_person(tx, account, AccountStatus.RESTRICTED, _LOOK)
        case Check():
            # Short, and never longer: it may have been about one person, and how the account is, is known in a moment.
            rest_until(tx, account, None, tx.now + _UNTIL_CHECKED, why="Unipile is asked how it is.")
            _ask(tx, account)
        case _:
            assert_never(effect)


def _cool_down(tx: Tx, account: Account, effect: CoolDown, budget_kind: Budget | None) -> None:
    budget = None if effect.kind is None else _BUDGETS.get(effect.kind, budget_kind)
    why = "the provider wants no more for now."
    if effect.otherwise is Rest.NEXT_DAY:
        if effect.until is None or effect.until <= tx.now:
            zone, own = account.timezone, hours.of({"timezone": account.timezone, "hours": account.hours})
            is_new = rest_until(tx, account, budget, cooldowns.until_tomorrow(tx.now, zone=zone, hours=own), why=why)
        else:
            is_new = rest(tx, account, budget, why=why, until=effect.until, first=cooldowns.FIRST)
    else:
        is_new = rest(tx, account, budget, why=why, until=effect.until, first=_FIRST[effect.otherwise])
    if is_new:
        tell(tx, account, budget)


def _needs_a_person(tx: Tx, account: Account, status: AccountStatus, remedy: str) -> None:
    if set_status(tx, account, status, detail=remedy[:1].upper() + remedy[1:]):
        data = {"name": account.name, "status": status.value, "remedy": remedy}
        tx.emit(NEEDS_A_PERSON, client_id=account.client_id, data=data, account_id=account.id)


def look_again(tx: Tx, account: Account) -> None:
    """A person has seen to a restricted account: what the provider says of it counts again."""
    if account.status == AccountStatus.RESTRICTED.value:
        set_status(tx, account, AccountStatus.CONNECTING, detail="Somebody has looked; Unipile is asked how it is.")
        _ask(tx, account)


def _ask(tx: Tx, account: Account) -> None:
    tx.emit(CHECK_ASKED, client_id=account.client_id, data={"name": account.name}, account_id=account.id)
