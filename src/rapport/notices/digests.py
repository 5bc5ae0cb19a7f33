"""Digests: what waited for one receiver leaves together; what was merged is kept and says into what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rapport.events.queries import happened
from rapport.kernel.principal import SYSTEM, Actor
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.kernel.tx import Tx
from rapport.notices.facts import item_of, whose
from rapport.notices.telling import Terms, write_notice
from rapport.outbox import together
from rapport.outbox.queries import waiting_together
from rapport.outbox.write import Draft

TYPE = "digest"
_LOOK_AGAIN = timedelta(seconds=2)


def turn(service: Any) -> datetime:
    """Let the digests leave whose time has come."""
    with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
        due = waiting_together(reading, reading.now)
    for client_id, key in due:
        with service.transaction(actor=Actor("system", "notices"), scope=ALL_CLIENTS) as tx:
            send(tx, client_id, key, service.notices)
    return service.clock.now() + _LOOK_AGAIN  # type: ignore[no-any-return]


def send(tx: Tx, client_id: str, key: str, terms: Terms) -> None:
    """Send what waits under a key: alone as it is, or several as one."""
    waiting = together.gather(tx, client_id, key)
    if waiting is None:
        return
    events = happened(tx, client_id, waiting.event_ids)
    draft = Draft(
        client_id=client_id,
        channel=waiting.channel,
        recipient=waiting.recipient,
        event_type=TYPE,
        title=f"{len(waiting.ids)} notices in one",
        dedupe_key=f"digest:{key}:{waiting.ids[0]}",
        body=b"",
        connection_id=waiting.connection_id,
        rule_id=waiting.rule_id,
        digest_key=key,
    )
    items = [item_of(tx, each, public_url=terms.public_url) for each in events]
    together.merge(tx, waiting, write_notice(tx, draft, items, whose(tx, client_id), terms))
