"""Digests: what waited for one receiver leaves together; what was merged is kept and says into what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from rapport.kernel.principal import SYSTEM, Actor
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.kernel.tx import Tx
from rapport.notices.facts import items_of, whose
from rapport.notices.telling import Terms, write_notice
from rapport.outbox.ending import connection_of, end
from rapport.outbox.models import Delivery
from rapport.outbox.queries import waiting_together
from rapport.outbox.words import OPEN, Channel, DeliveryStatus
from rapport.outbox.write import DUE, Draft

IN_DIGEST = "in_digest"
TYPE = "digest"
_LOOK_AGAIN = timedelta(seconds=2)
_MOST = 500


def turn(service: Any) -> datetime:
    """Let the digests leave whose time has come."""
    with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
        due = waiting_together(reading, reading.now)
    for client_id, key in due:
        with service.transaction(actor=Actor("system", "notices"), scope=ALL_CLIENTS) as tx:
            gather(tx, client_id, key, service.notices)
    return service.clock.now() + _LOOK_AGAIN  # type: ignore[no-any-return]


def gather(tx: Tx, client_id: str, key: str, terms: Terms) -> str | None:
    """Send what waits under a key: alone as it is, or several as one; answers the delivery that leaves."""
    rows = list(
        tx.session.execute(
            select(Delivery)
            .where(
                Delivery.client_id == client_id,
                Delivery.digest_key == key,
                Delivery.status.in_(OPEN),
                Delivery.digest_at <= tx.now,
            )
            .order_by(Delivery.created_at, Delivery.id)
            .limit(_MOST)
            .with_for_update(skip_locked=True)
        ).scalars()
    )
    if not rows:
        return None
    if len(rows) == 1:
        (row,) = rows
        row.digest_at, row.next_attempt_at, row.queued_at = None, tx.now, tx.now
        tx.signal(DUE)
        return row.id
    first = rows[0]
    items = items_of(tx, client_id, [each.event_id for each in rows if each.event_id], public_url=terms.public_url)
    draft = Draft(
        client_id=client_id,
        channel=Channel(first.channel),
        recipient=first.recipient,
        event_type=TYPE,
        title=f"{len(rows)} notices in one",
        dedupe_key=f"digest:{key}:{first.id}",
        body=b"",
        connection=connection_of(tx, first),
        rule_id=first.rule_id,
        digest_key=key,
    )
    made = write_notice(tx, draft, items, whose(tx, client_id), terms)
    for row in rows:
        end(tx, row, DeliveryStatus.SKIPPED, IN_DIGEST)
        row.merged_into = made
    return made
