"""A look at how the service does: what is measured becomes an alert, or one is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from rapport.alerts import events, queries
from rapport.alerts.models import Alert
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Tx
from rapport.notices.layout import Block, html_of, text_of
from rapport.outbox.mails import Mail, write_mail
from rapport.outbox.words import Channel
from rapport.outbox.write import Draft
from rapport.people import queries as people
from rapport.rules.alerting import Change, Standing, after

WINDOW = timedelta(minutes=5)
BORNE: Mapping[str, float] = {
    "webhook_failures": 0.05,
    "slow_processing": 2.0,
    "slow_deliveries": 4.0,
    "queue": 100.0,
    "outside_errors": 0.10,
}
"""Beyond which something is wrong; of times it is twice what they should be."""
_WHAT = {
    "webhook_failures": "Attempts of webhooks that failed",
    "slow_processing": "Seconds until a webhook was processed (95 of 100)",
    "slow_deliveries": "Seconds until a delivery was first tried (95 of 100)",
    "queue": "Work that should have been begun by now",
    "outside_errors": "Calls that brought no good answer",
}
_RATES = ("webhook_failures", "outside_errors")
_FOOTER = "You get this because you are an admin of Rapport. GET /alerts shows how everything stands."


def look(tx: Tx, *, sender: str) -> dict[str, Any]:
    """Measure everything once; answers what became of which alert."""
    changed: dict[str, str] = {}
    for key, measured in queries.measured(tx, tx.now - WINDOW).items():
        kind = key.partition(":")[0]
        row = tx.session.execute(select(Alert).where(Alert.key == key).with_for_update(key_share=True)).scalar()
        if row is None:
            row = Alert(key=key, over=0, under=0)
            tx.session.add(row)
        standing = Standing(row.raised_at is not None and row.cleared_at is None, row.over, row.under)
        now, change = after(standing, measured.value, BORNE[kind])
        row.value, row.of, row.threshold = measured.value, measured.of, BORNE[kind]
        row.over, row.under, row.looked_at = now.over, now.under, tx.now
        if change is Change.RAISED:
            row.raised_at, row.cleared_at = tx.now, None
        elif change is Change.CLEARED:
            row.cleared_at = tx.now
        if change is not None:
            changed[key] = change.value
            _tell(tx, key, kind, change, row, sender)
    return {"changed": changed}


def _tell(tx: Tx, key: str, kind: str, change: Change, row: Alert, sender: str) -> None:
    party = key.partition(":")[2]
    what = f"{_WHAT[kind]} ({party})" if party else _WHAT[kind]
    data = {"key": key, "what": what, "shown": _shown(kind, row.value), "borne": _shown(kind, row.threshold)}
    event_type = events.RAISED if change is Change.RAISED else events.CLEARED
    once = f"{event_type}:{key}:{tx.now.isoformat()}"
    tx.emit(event_type, client_id=AGENCY, data={**data, "value": row.value}, dedupe_key=once)
    title = f"{what}: {data['shown']}" if change is Change.RAISED else f"Over: {what}"
    lead = f"{data['borne']} is borne. Two looks in a row say so."
    parts: dict[str, Any] = {"title": title, "lead": lead, "blocks": [Block(None, None, None, None)], "footer": _FOOTER}
    mail = Mail(title, html_of(**parts), text_of(**parts))
    for email in people.operators(tx, AGENCY):
        draft = Draft(
            client_id=AGENCY,
            channel=Channel.EMAIL,
            recipient=email,
            event_type=event_type,
            title=title,
            dedupe_key=f"{once}:{email}"[:200],
            body=b"",
        )
        write_mail(tx, draft, mail, sender=sender)


def _shown(kind: str, value: float | None) -> str:
    if value is None:
        return "nothing to say"
    return f"{value:.1%}" if kind in _RATES else f"{value:.0f}" if kind == "queue" else f"{value:.1f} s"
