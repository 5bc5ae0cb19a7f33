"""What the mail provider tells of mails that left: delivered, opened, clicked, bounced, complained of.

At least once, late and in any order, so a state only moves forward: sent, delivered, at last dead where the mail was
not wanted; and of each thing the first instant is kept. Where a mail bounced for good, or was complained of, no other
goes. A mail of which we do not know yet whether it left is known by its tag: told of, it has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select

from rapport.kernel.tx import Tx
from rapport.outbox import stops
from rapport.outbox.ending import dead, end
from rapport.outbox.mails import TAG
from rapport.outbox.models import Delivery, DeliveryAttempt, MailTrace
from rapport.outbox.words import OPEN, AttemptOutcome, Channel, DeliveryStatus, MailTopic, StopReason
from rapport.webhooks.sources import About, Decision
from rapport.webhooks.sources import Delivery as Taken
from rapport.webhooks.statuses import DeliveryStatus as TakenStatus

SOURCE = "resend"
_ARRIVED = frozenset({"email.delivered", "email.opened", "email.clicked"})
_UNWANTED = frozenset({"email.bounced", "email.complained", "email.failed", "email.suppressed"})
_TRACED = {
    f"email.{name}": f"{name}_at" for name in ("delivered", "opened", "clicked", "bounced", "complained", "suppressed")
}
_STOPS = {f"email.{each.value}": each for each in (StopReason.BOUNCED, StopReason.COMPLAINED, StopReason.SUPPRESSED)}


@dataclass(frozen=True, slots=True)
class MailTold:
    """What is told of a mail that bears a tag of a room's own."""

    value: str
    """What the tag says."""
    kind: str
    """`email.delivered` and the like."""
    at: datetime | None
    email_id: str
    is_final: bool
    """False of a bounce that may heal."""


Reader = Callable[[Tx, MailTold], Decision]
_READERS: dict[str, Reader] = {}


def read_by(tag: str, reader: Reader) -> None:
    """Let a room above read what is told of mails that are none of ours: those that bear its tag. Said while modules
    are loaded, as event titles are.
    """
    if _READERS.setdefault(tag, reader) is not reader:
        raise ValueError(f"mails with the tag {tag} have a reader already")


def hear(tx: Tx, taken: Taken) -> Decision:
    """Move the delivery of a mail on by what is told of it."""
    told = _read(taken.body)
    if told is None:
        return Decision("unreadable", TakenStatus.UNREADABLE)
    tags = told["data"].get("tags")
    for tag, reader in _READERS.items() if isinstance(tags, dict) else ():
        if isinstance(tags.get(tag), str):
            at, data = _instant(told.get("created_at")), told["data"]
            return reader(tx, MailTold(tags[tag], told["type"], at, data["email_id"], _is_final(data)))
    kind, data = told["type"], told["data"]
    row = _delivery(tx, data)
    about = About(kind=kind, happened_at=_instant(told.get("created_at")))
    if row is None:
        return Decision("mail_unknown", TakenStatus.IGNORED, about=about)
    about = About(kind=kind, happened_at=about.happened_at, client_id=row.client_id)
    evidence = {"delivery_id": row.id, "before": row.status}
    row.provider_id = row.provider_id or str(data["email_id"])
    if _is_final(data):
        is_news = _trace(tx, row, kind, about.happened_at or tx.now)
        if is_news and kind in _STOPS:
            stops.stop(tx, row.client_id, row.recipient, topic=MailTopic.ALL, reason=_STOPS[kind])
    if kind in _UNWANTED and row.status != DeliveryStatus.DEAD.value and _is_final(data):
        dead(tx, row, None, kind.removeprefix("email."))
    elif kind in _ARRIVED and row.status in (*OPEN, DeliveryStatus.SENT.value):
        _conclude(tx, row)
        end(tx, row, DeliveryStatus.DELIVERED, None)
    else:
        return Decision("nothing_new", TakenStatus.IGNORED, evidence, about=about)
    return Decision(row.status, evidence=evidence, about=about)


def _trace(tx: Tx, row: Delivery, kind: str, at: datetime) -> bool:
    """Keep when something happened first; whether it was told for the first time."""
    column = _TRACED.get(kind)
    if column is None:
        return False
    trace = tx.session.get(MailTrace, row.id)  # whoever holds its delivery holds it
    if trace is None:
        trace = MailTrace(delivery_id=row.id, client_id=row.client_id)
        tx.session.add(trace)
    known: datetime | None = getattr(trace, column)
    setattr(trace, column, at if known is None else min(known, at))
    return known is None


def _delivery(tx: Tx, data: dict[str, Any]) -> Delivery | None:
    """By our tag; by the provider's id where the tag is not told. A tag alone is nobody's word: the id must fit."""
    tags = data.get("tags")
    tag = tags.get(TAG) if isinstance(tags, dict) else None
    email_id = str(data["email_id"])
    which = Delivery.id == tag if isinstance(tag, str) else Delivery.provider_id == email_id
    row = tx.session.execute(
        select(Delivery).where(which, Delivery.channel == Channel.EMAIL.value).with_for_update(key_share=True)
    ).scalar()
    return row if row is not None and row.provider_id in (None, email_id) else None


def _conclude(tx: Tx, row: Delivery) -> None:
    """An attempt of which nobody knew how it ended did arrive."""
    attempt = tx.session.get(DeliveryAttempt, (row.id, row.tries))
    if attempt is not None and attempt.ended_at is None:
        attempt.ended_at, attempt.outcome = tx.now, AttemptOutcome.FOUND.value


def _is_final(data: dict[str, Any]) -> bool:
    bounce = data.get("bounce")
    return not isinstance(bounce, dict) or bounce.get("type") != "Temporary"


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    fits = isinstance(told, dict) and isinstance(told.get("type"), str) and isinstance(told.get("data"), dict)
    return told if fits and isinstance(told["data"].get("email_id"), str) else None


def _instant(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
