"""Having stored deliveries looked at once more: a person asks, or more is known now than was then."""

from __future__ import annotations

from sqlalchemy import select

from rapport.kernel.errors import DELIVERY_EMPTIED, RapportError
from rapport.kernel.tx import Tx
from rapport.webhooks.models import WebhookDelivery
from rapport.webhooks.statuses import DeliveryStatus
from rapport.webhooks.unipile import UNKNOWN_ACCOUNT

CHANNEL_OFF = "channel_off"
"""The decision on what came for a channel that was switched off: it waits."""


def one(tx: Tx, row: WebhookDelivery) -> None:
    """Look at a delivery as if it had just come. What it told before is not undone, and not doubled."""
    if row.body is None:
        raise RapportError(DELIVERY_EMPTIED)
    _renew(tx, row)


def of_account(tx: Tx, external_account_id: str) -> int:
    """Look again at what came for an account before it was ours; answers how many deliveries."""
    return _that_waited(tx, external_account_id, UNKNOWN_ACCOUNT)


def of_channel(tx: Tx, channel_id: str) -> int:
    """Look again at what came for a channel while it was off; answers how many deliveries."""
    return _that_waited(tx, channel_id, CHANNEL_OFF)


def _that_waited(tx: Tx, external_account_id: str, word: str) -> int:
    rows = tx.session.execute(
        select(WebhookDelivery).where(
            WebhookDelivery.external_account_id == external_account_id,
            WebhookDelivery.word == word,
            WebhookDelivery.status == DeliveryStatus.IGNORED.value,
            WebhookDelivery.body.is_not(None),
        )
    ).scalars()
    count = 0
    for row in rows:
        _renew(tx, row)
        count += 1
    return count


def _renew(tx: Tx, row: WebhookDelivery) -> None:
    row.status, row.due_at, row.attempts = DeliveryStatus.RECEIVED.value, tx.now, 0
    row.processed_at = row.error = None
