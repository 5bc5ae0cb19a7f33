"""Adding, changing and removing senders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from rapport.accounts.hours import stored
from rapport.accounts.models import Account, AccountStatus
from rapport.events.titles import title
from rapport.kernel.errors import ACCOUNT_ALREADY_EXISTS, NOT_FOUND, RapportError
from rapport.kernel.tx import Tx
from rapport.rules.limits import LIMITS, defaults
from rapport.webhooks import again

ADDED = title("account.added", "LinkedIn account {name} was added")
CHANGED = title("account.changed", "LinkedIn account {name} was changed: {fields}")
PAUSED = title("account.paused", "LinkedIn account {name} was paused: {reason}")
RESUMED = title("account.resumed", "LinkedIn account {name} was resumed")
REMOVED = title("account.removed", "LinkedIn account {name} was removed")


def get(tx: Tx, account_id: str) -> Account:
    """An account to be changed, locked: always before any enrollment of it."""
    account = tx.session.execute(
        select(Account).where(Account.id == account_id).with_for_update(key_share=True)
    ).scalar()
    if account is None:
        raise RapportError(NOT_FOUND)
    return account


def add(
    tx: Tx,
    *,
    client_id: str,
    name: str,
    timezone: str,
    unipile_account_id: str | None = None,
    mailbox_id: str | None = None,
    limits: Mapping[str, int] | None = None,
    hours: Mapping[str, Any] | None = None,
    warmup: bool = True,
) -> Account:
    """Add a sender. Until the provider has spoken of it, it is connecting."""
    account_id = tx.new_id()
    account = Account(
        id=account_id,
        pacing_seed=tx.chance.stream("pacing seed", account_id).randbytes(16).hex(),
        client_id=client_id,
        name=name,
        timezone=timezone,
        unipile_account_id=unipile_account_id,
        mailbox_id=mailbox_id,
        hours=stored(hours),
        status=_status_of(unipile_account_id),
        warmup=warmup,
        warmup_started_on=_local_day(tx.now, timezone) if warmup else None,
        created_at=tx.now,
        **(defaults() | dict(limits or {})),
    )
    try:
        with tx.session.begin_nested():
            tx.session.add(account)
    except IntegrityError:
        raise _taken() from None
    _hear_again(tx, account)
    tx.emit(ADDED, client_id=client_id, data={"name": name}, account_id=account.id)
    return account


def change(tx: Tx, account: Account, changes: Mapping[str, Any]) -> None:
    """Change name, time zone, limits, hours, warm-up, mailbox, or which Unipile account it is."""
    wanted = {name: value for name, value in changes.items() if name != "limits"} | dict(changes.get("limits", {}))
    if "hours" in wanted:
        wanted["hours"] = stored(wanted["hours"])
    told = sorted(field for field, value in wanted.items() if getattr(account, field) != value)
    if not told:
        return
    before = {field: getattr(account, field) for field in told if field in LIMITS}
    for field in told:
        setattr(account, field, wanted[field])
    if "unipile_account_id" in told:
        _begin_anew(account)
    if "warmup" in told:
        account.warmup_started_on = _local_day(tx.now, account.timezone) if account.warmup else None
    try:
        with tx.session.begin_nested():
            tx.session.flush()  # a Unipile account that is taken shows here
    except IntegrityError:
        raise _taken() from None
    if "unipile_account_id" in told:
        _hear_again(tx, account)
    tx.emit(
        CHANGED,
        client_id=account.client_id,
        data={"name": account.name, "fields": ", ".join(told), "before": before},
        account_id=account.id,
    )


def _hear_again(tx: Tx, account: Account) -> None:
    """What was delivered for it before it was ours is kept, and looked at now."""
    if account.unipile_account_id is not None:
        again.of_account(tx, account.unipile_account_id)


def _begin_anew(account: Account) -> None:
    """What the provider said was said of another account of its own."""
    account.status = _status_of(account.unipile_account_id)
    account.status_detail = account.status_at = account.provider_id = account.public_identifier = None


def pause(tx: Tx, account: Account, *, reason: str) -> None:
    """Let nothing leave this account until it is resumed. Pausing twice keeps the first reason."""
    if account.paused_at is None:
        account.paused_at = tx.now
        account.pause_reason = reason
        _tell(tx, PAUSED, account, reason=reason)


def resume(tx: Tx, account: Account) -> None:
    """Let the account send again."""
    if account.paused_at is not None:
        account.paused_at = None
        account.pause_reason = None
        _tell(tx, RESUMED, account)


def remove(tx: Tx, account: Account) -> None:
    """Remove a sender from us; at the provider it stays as it is."""
    _tell(tx, REMOVED, account)
    tx.session.delete(account)


def _tell(tx: Tx, event_type: str, account: Account, **more: str) -> None:
    tx.emit(event_type, client_id=account.client_id, data={"name": account.name, **more}, account_id=account.id)


def _status_of(unipile_account_id: str | None) -> str:
    """Until the provider has spoken."""
    return (AccountStatus.CONNECTING if unipile_account_id else AccountStatus.DISCONNECTED).value


def _taken() -> RapportError:
    return RapportError(ACCOUNT_ALREADY_EXISTS, details={"unipile_account_id": ["Belongs to another account."]})


def _local_day(now: datetime, timezone: str) -> Any:
    return now.astimezone(ZoneInfo(timezone)).date()
