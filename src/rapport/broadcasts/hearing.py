"""What the provider tells of a broadcast's mails, and who wants no more of them.

At least once and in any order: of each thing the first instant is kept, and a mail that is told of has left. A lasting
bounce, a complaint and the provider's own list stop all further broadcasts of the client to that address.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from rapport.broadcasts import events
from rapport.broadcasts.models import Broadcast, BroadcastBatch, BroadcastMail
from rapport.broadcasts.wording import TAG
from rapport.broadcasts.words import MailStatus, Told
from rapport.kernel.tx import Tx
from rapport.outbox import stops
from rapport.outbox.mail_events import MailTold, read_by
from rapport.outbox.words import MailTopic, StopReason
from rapport.webhooks.sources import About, Decision
from rapport.webhooks.statuses import DeliveryStatus as TakenStatus

_OF = {f"email.{each.value}": each for each in Told}
_STOPS = {
    Told.BOUNCED: StopReason.BOUNCED,
    Told.COMPLAINED: StopReason.COMPLAINED,
    Told.SUPPRESSED: StopReason.SUPPRESSED,
}


def hear(tx: Tx, told: MailTold) -> Decision:
    """Keep what is told of one mail."""
    mail = tx.session.execute(
        select(BroadcastMail).where(BroadcastMail.id == told.value).with_for_update(key_share=True)
    ).scalar()
    about = About(kind=told.kind, happened_at=told.at)
    if mail is None or mail.provider_id not in (None, told.email_id) or mail.batch_id is None:
        return Decision("mail_unknown", TakenStatus.IGNORED, about=about)
    about = About(kind=told.kind, happened_at=told.at, client_id=mail.client_id)
    evidence = {"mail_id": mail.id, "before": mail.status}
    at = told.at or tx.now
    mail.provider_id = told.email_id
    has_left = mail.status != MailStatus.SENT.value
    if has_left:
        mail.status, mail.reason, mail.sent_at = MailStatus.SENT.value, None, mail.sent_at or at
    what = _OF.get(told.kind)
    if what is None or not told.is_final or not _first(mail, what, at):
        return Decision("left" if has_left else "nothing_new", TakenStatus.IGNORED, evidence, about=about)
    if what in _STOPS and mail.email is not None:
        stops.stop(tx, mail.client_id, mail.email, topic=MailTopic.BROADCASTS, reason=_STOPS[what])
    tell(tx, mail, what)
    return Decision(what.value, evidence=evidence, about=about)


def opted_out(tx: Tx, client_id: str, email: str, at: datetime) -> None:
    """Somebody wants no more: said of the last mail that they got."""
    mail = tx.session.execute(
        select(BroadcastMail)
        .where(
            BroadcastMail.client_id == client_id,
            BroadcastMail.email == email,
            BroadcastMail.status == MailStatus.SENT.value,
        )
        .order_by(BroadcastMail.sent_at.desc(), BroadcastMail.id.desc())
        .limit(1)
        .with_for_update(key_share=True)
    ).scalar()
    if mail is not None and _first(mail, Told.UNSUBSCRIBED, at):
        tell(tx, mail, Told.UNSUBSCRIBED)


def forget(tx: Tx, client_id: str, lead_ids: Sequence[str]) -> None:
    """Keep no address of these persons, and no mail to them that has left."""
    theirs = (BroadcastMail.client_id == client_id, BroadcastMail.lead_id.in_(list(lead_ids)))
    for mail in tx.session.execute(select(BroadcastMail).where(*theirs).with_for_update(key_share=True)).scalars():
        mail.email = f"erased:{mail.id}" if mail.email is not None else None
        batch = tx.session.get(BroadcastBatch, mail.batch_id) if mail.batch_id is not None else None
        if batch is not None and batch.settled_at is not None:
            batch.body = b""


def tell(tx: Tx, mail: BroadcastMail, what: Told) -> None:
    """Say it in the log and in the lead's timeline."""
    name = tx.session.get_one(Broadcast, mail.broadcast_id).name
    data = {"name": name, "what": what.value, "broadcast_id": mail.broadcast_id, "mail_id": mail.id}
    dedupe = f"email.told:{mail.id}:{what.value}"
    tx.emit(events.TOLD, client_id=mail.client_id, data=data, lead_id=mail.lead_id, dedupe_key=dedupe)


def _first(mail: BroadcastMail, what: Told, at: datetime) -> bool:
    """Keep the first instant of it; whether it was told for the first time."""
    column = f"{what.value}_at"
    known: datetime | None = getattr(mail, column)
    setattr(mail, column, at if known is None else min(known, at))
    return known is None


read_by(TAG, hear)
