"""Which accounts have to be listened to by asking, because nobody tells of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select

from rapport.accounts import usage
from rapport.accounts.queries import Listening
from rapport.conversations import record
from rapport.kernel.tx import Tx
from rapport.replies.models import Watch

_FRESH = timedelta(seconds=10)
"""So exactly is it noted when a webhook last came: a storm must not write this row for each."""


def begin(tx: Tx, account: Listening, *, may_count: bool = False) -> None:
    """Have the turn of the messages of an account's client before any row of its people is touched, as everybody has:
    who took them the other way round would wait for each other. The account itself, which is counted on, comes first.
    """
    if may_count:
        usage.lock(tx, [account.id])
    record.turn(tx, account.client_id)


def of(tx: Tx, account: Listening) -> Watch:
    """How far an account was listened to, in the turn of its client's messages."""
    record.turn(tx, account.client_id)
    found = tx.session.get(Watch, account.id)
    if found is None:
        found = Watch(account_id=account.id, client_id=account.client_id, missed=0)
        tx.session.add(found)
    return found


def heard(tx: Tx, account: Listening) -> None:
    """A webhook told of a message of this account."""
    watch = of(tx, account)
    if watch.heard_at is None or tx.now - watch.heard_at > _FRESH:
        watch.heard_at = tx.now
        watch.missed = 0


def missed(tx: Tx, account: Listening, count: int) -> None:
    """Asking found messages first."""
    if count:
        watch = of(tx, account)
        watch.missed += count
        watch.missed_at = tx.now


def due(tx: Tx, accounts: Iterable[Listening], *, silent: timedelta, every: timedelta) -> list[tuple[Listening, str]]:
    """The accounts whose messages are to be read now, and why.

    One that is not OK is told of by nobody; of one that nobody told for long, nothing may have been written, or the
    webhook may be lost.
    """
    watches = {each.account_id: each for each in tx.session.execute(select(Watch)).scalars()}
    found = []
    for account in accounts:
        watch = watches.get(account.id)
        polled_at = watch.polled_at if watch is not None else None
        heard_at = watch.heard_at if watch is not None else None
        if not account.is_ok and _older(polled_at, tx.now - every):
            found.append((account, "not_ok"))
        elif _older(heard_at, tx.now - silent) and _older(polled_at, tx.now - every):
            found.append((account, "silent"))
    return found


def _older(instant: datetime | None, than: datetime) -> bool:
    return instant is None or instant <= than
