"""What the provider says of our accounts: whether each can send, and whose it is.

Only a change is told. An account of ours that a complete list does not name is gone at the provider.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from rapport.accounts.models import Account, AccountStatus
from rapport.events.titles import title
from rapport.kernel.tx import Tx
from rapport.ports.unipile_records import Account as Seen

STATUS_CHANGED = title("account.status_changed", "LinkedIn account {name} went from {before} to {after}")

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


def observe(tx: Tx, seen: Sequence[Seen]) -> int:
    """Take over what a complete list of the provider's accounts says; answers how many of ours changed."""
    known = {each.id: each for each in seen}
    rows = tx.session.execute(
        select(Account).where(Account.unipile_account_id.is_not(None)).order_by(Account.id).with_for_update()
    ).scalars()
    return sum(_take_over(tx, row, known.get(row.unipile_account_id or "")) for row in rows)


def _take_over(tx: Tx, row: Account, seen: Seen | None) -> bool:
    if seen is not None and seen.owner_provider_id and row.provider_id != seen.owner_provider_id:
        row.provider_id = seen.owner_provider_id
    if seen is None:
        return set_status(tx, row, AccountStatus.DISCONNECTED, detail="Unipile does not know this account.")
    status = status_of(seen)
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
