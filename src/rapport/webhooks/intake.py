"""Storing a delivery: one row, written before it is answered and looked at afterwards.

Nothing else is written with it, so that taking in is as fast as a database takes rows. That somebody looks at it is
seen to by every process that runs jobs, a few times a second (`see_to`): so nothing is lost where a process dies
between the two, and a job that ends just before a row is visible does no harm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sqlalchemy import insert

from rapport.jobs.enqueue import enqueue
from rapport.jobs.registry import JobType
from rapport.kernel.ids import AGENCY
from rapport.kernel.once import Once
from rapport.kernel.tx import Tx
from rapport.webhooks.models import WebhookDelivery
from rapport.webhooks.statuses import DeliveryStatus

_D = WebhookDelivery.__table__
_KEEP = Once(insert(_D))
_KEPT = ("User-Agent", "X-Request-Id", "X-Forwarded-For", "Date")
"""What is kept of the headers: nothing in which a secret is sent."""
_LONGEST = 200
_URGENT = 100
"""A reply must stop what is about to be sent, so it goes before all other work."""


def store(
    tx: Tx, *, source: str, body: bytes, content_type: str | None, headers: Mapping[str, str], verified: str | None
) -> str:
    """Keep a delivery word for word; answers its id."""
    delivery_id = tx.new_id()
    row = {
        "id": delivery_id,
        "client_id": AGENCY,
        "source": source,
        "received_at": tx.now,
        "verified": verified,
        "content_type": content_type[:_LONGEST] if content_type else None,
        "headers": {name: headers[name][:_LONGEST] for name in _KEPT if name in headers},
        "body": body,
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "status": DeliveryStatus.RECEIVED.value,
        "attempts": 0,
        "due_at": tx.now,
    }
    tx.write_judged(_KEEP, row)  # whoever shows the secret brings rows to the agency
    return delivery_id


def see_to(tx: Tx, process: JobType) -> bool:
    """Have a job look at what is due, unless one is open; answers whether it was asked for now."""
    return enqueue(tx, process, client_id=AGENCY, dedupe_key=process.name, priority=_URGENT)[1]
