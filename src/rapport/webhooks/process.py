"""Making something of what was stored, in the order it came.

Each delivery is decided in a savepoint of its own, so that one which fails takes nothing with it but what it did
itself. It is tried again after a while, and after the last attempt it waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import aliased

from rapport.kernel import locks
from rapport.kernel.ids import AGENCY
from rapport.kernel.log import get_log
from rapport.kernel.tx import Tx
from rapport.webhooks.models import WebhookDelivery
from rapport.webhooks.sources import Decision, Delivery, Sources
from rapport.webhooks.statuses import DeliveryStatus

WAITS = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""Before each further attempt; after the last the delivery is failed."""
_D = WebhookDelivery.__table__
_log = get_log("webhooks")


@dataclass(frozen=True, slots=True)
class Done:
    """What one round came to."""

    decided: int
    failed: int
    more: bool
    """There is something left that is due."""


def process(tx: Tx, sources: Sources, *, most: int, stopwatch: Callable[[], float], longest: float) -> Done:
    """Decide what is due, the oldest first, at most so many and for so many seconds from when the first is decided:
    that one may have waited for a turn.

    Rounds take turns: two handlers of the same chat would otherwise each find the other's row missing.
    """
    locks.take(tx, "webhooks", "process")
    due = (
        select(WebhookDelivery)
        .where(WebhookDelivery.status == DeliveryStatus.RECEIVED.value, WebhookDelivery.due_at <= tx.now)
        .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
        .limit(most)
    )
    found = tx.session.execute(due).scalars().all()
    # What is told of accounts locks them, which comes before the turn of messages: so it goes by itself.
    rows = list(takewhile(lambda row: row.source == found[0].source, found))
    firsts = _first_of_same_bytes(tx, rows)
    decided = failed = 0
    began: float | None = None
    for row in rows:
        first = firsts[row.sha256]
        if _decide(tx, row, sources, duplicate_of=first if first != row.id else None):
            decided += 1
        else:
            failed += 1
        began = stopwatch() if began is None else began
        if stopwatch() - began >= longest:
            break
    return Done(decided, failed, more=len(found) == most or decided + failed < len(found))


def _first_of_same_bytes(tx: Tx, rows: Sequence[WebhookDelivery]) -> dict[str, str]:
    if not rows:
        return {}
    same = aliased(WebhookDelivery)
    # A look into the index for each, not a walk over all: a storm of one body would make every round longer.
    first = select(func.min(same.id)).where(same.sha256 == WebhookDelivery.sha256).scalar_subquery()
    found = select(WebhookDelivery.sha256, first.label("first")).where(WebhookDelivery.id.in_([row.id for row in rows]))
    return {row.sha256: row.first for row in tx.session.execute(found)}


def _decide(tx: Tx, row: WebhookDelivery, sources: Sources, *, duplicate_of: str | None) -> bool:
    told = len(tx.events)
    delivery = Delivery(row.id, row.source, row.received_at, row.content_type, row.body or b"", row.external_account_id)
    try:
        with tx.session.begin_nested():
            decision = sources.decide(tx, delivery)
    except Exception as failure:
        # Whatever one delivery raises must not hold up the others; a connection that is gone ends them all.
        if isinstance(failure, DBAPIError) and failure.connection_invalidated:
            raise
        del tx.events[told:]
        _log.error("delivery_failed", delivery_id=row.id, source=row.source, exc_info=failure)
        _fail(tx, row, failure)
        return False
    _write(tx, row, decision, duplicate_of)
    return True


def _write(tx: Tx, row: WebhookDelivery, decision: Decision, duplicate_of: str | None) -> None:
    about = decision.about
    row.attempts += 1
    row.status, row.due_at, row.processed_at = decision.status.value, None, tx.now
    row.word, row.decision, row.error = decision.word, dict(decision.evidence), None
    row.kind, row.happened_at = about.kind, about.happened_at
    row.external_account_id = about.external_account_id and about.external_account_id[:120]
    row.external_chat_id = about.external_chat_id and about.external_chat_id[:200]
    row.account_id, row.client_id = about.account_id, about.client_id or AGENCY
    row.lead_id, row.duplicate_of = decision.lead_id, duplicate_of


def _fail(tx: Tx, row: WebhookDelivery, failure: Exception) -> None:
    row.attempts += 1
    said = "The database refused the work." if isinstance(failure, SQLAlchemyError) else type(failure).__name__
    row.error = said
    if row.attempts > len(WAITS):
        row.status, row.due_at, row.processed_at = DeliveryStatus.FAILED.value, None, tx.now
    else:
        row.due_at = tx.now + WAITS[row.attempts - 1]
