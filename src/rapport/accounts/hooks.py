"""What Unipile's webhook says of an account, taken over at once; the sync every few minutes says the same later."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from rapport.accounts import health, senders
from rapport.accounts.models import Account, AccountStatus
from rapport.kernel.tx import Reading, Tx
from rapport.webhooks.sources import Decision
from rapport.webhooks.statuses import DeliveryStatus
from rapport.webhooks.unipile import Told

_WORDS: Mapping[str, AccountStatus] = {
    **health.WORDS,
    "CREATION_SUCCESS": AccountStatus.OK,
    "RECONNECTED": AccountStatus.OK,
    "SYNC_SUCCESS": AccountStatus.OK,
    "DELETED": AccountStatus.DISCONNECTED,
}


def whose(reading: Reading, unipile_account_id: str) -> tuple[str, str] | None:
    """Our account and its client, by the provider's id; None when it is not one of ours."""
    found = select(Account.id, Account.client_id).where(Account.unipile_account_id == unipile_account_id)
    row = reading.session.execute(found).first()
    return (row.id, row.client_id) if row is not None else None


def on_status(tx: Tx, told: Told) -> Decision:
    """Take over the status. One that came before what is known was said is too late: it may be of a lost retry."""
    account = senders.get(tx, told.about.account_id or "")
    evidence = {"said": told.heard.word, "before": account.status}
    status = _WORDS.get(told.heard.word)
    if status is None:
        return Decision("word_unknown", DeliveryStatus.IGNORED, evidence)
    if account.status == AccountStatus.RESTRICTED.value:
        return Decision("a_person_looks_first", DeliveryStatus.IGNORED, evidence)
    if account.status == AccountStatus.CHECKPOINT.value and status is not AccountStatus.OK:
        return Decision("more_is_known", DeliveryStatus.IGNORED, evidence)
    if account.status_at is not None and told.delivery.received_at < account.status_at:
        return Decision("too_late", DeliveryStatus.IGNORED, evidence)
    detail = None if status is AccountStatus.OK else told.heard.word
    changed = health.set_status(tx, account, status, detail=detail)
    return Decision("status_changed" if changed else "known_already", evidence=evidence)
