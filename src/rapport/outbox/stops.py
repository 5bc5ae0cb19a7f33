"""To whom nothing is mailed any more: their address bounces, they complained, or they said that they want no more.

A stop is a client's, of one address, for all mail or for one kind of it. It is asked for when a mail is written and
again when it is to leave; what does not leave is kept, skipped with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading, Tx
from rapport.outbox import events
from rapport.outbox.models import MailStop
from rapport.outbox.words import MailTopic, StopReason

_S = MailStop.__table__
_OF = {MailTopic.ALL: "mail", MailTopic.REPORTS: "weekly reports", MailTopic.BROADCASTS: "broadcasts"}


def stop(tx: Tx, client_id: str, email: str, *, topic: MailTopic, reason: StopReason) -> bool:
    """Nothing of a kind goes to an address any more; False when that was so before."""
    email = email.lower()
    if _found(tx, client_id, email, topic) is not None:
        return False
    tx.session.add(
        MailStop(
            id=tx.new_id(),
            client_id=client_id,
            email=email,
            topic=topic.value,
            reason=reason.value,
            created_at=tx.now,
        )
    )
    _tell(tx, events.MAIL_STOPPED, client_id, email, topic, reason)
    return True


def lift(tx: Tx, stop_id: str) -> None:
    """Mail of that kind may go there again."""
    row = tx.session.execute(select(MailStop).where(MailStop.id == stop_id).with_for_update(key_share=True)).scalar()
    if row is None:
        raise RapportError(NOT_FOUND)
    tx.session.delete(row)
    _tell(tx, events.MAIL_ALLOWED, row.client_id, row.email, MailTopic(row.topic), StopReason(row.reason))


def allow(tx: Tx, client_id: str, email: str, *, topic: MailTopic) -> None:
    """An address wants mail of a kind again; one that wanted it all along changes nothing."""
    row = _found(tx, client_id, email.lower(), topic)
    if row is not None:
        lift(tx, row.id)


def reasons(reading: Reading, client_id: str, emails: Iterable[str], *, topic: MailTopic) -> dict[str, StopReason]:
    """Why nothing of a kind goes to some of these addresses."""
    statement = select(_S.c.email, _S.c.topic, _S.c.reason).where(
        _S.c.client_id == client_id,
        _S.c.email.in_({each.lower() for each in emails}),
        _S.c.topic.in_((MailTopic.ALL.value, topic.value)),
        within(reading.scope, _S.c.client_id),
    )
    rows = sorted(reading.rows(statement).all(), key=lambda row: row.topic == MailTopic.ALL.value)
    return {row.email: StopReason(row.reason) for row in rows}


def against(reading: Reading, client_id: str, email: str, event_type: str) -> str | None:
    """Why a mail of this type does not go to an address, in a word."""
    found = reasons(reading, client_id, [email], topic=_topic_of(event_type)).get(email.lower())
    return f"address_{found.value}" if found is not None else None


def _topic_of(event_type: str) -> MailTopic:
    return MailTopic.REPORTS if event_type.startswith("report.") else MailTopic.ALL


def _found(tx: Tx, client_id: str, email: str, topic: MailTopic) -> MailStop | None:
    return tx.session.execute(
        select(MailStop)
        .where(MailStop.client_id == client_id, MailStop.email == email, MailStop.topic == topic.value)
        .with_for_update(key_share=True)
    ).scalar()


def _tell(tx: Tx, event_type: str, client_id: str, email: str, topic: MailTopic, reason: StopReason) -> None:
    data = {"email": email, "what": _OF[topic], "topic": topic.value, "reason": reason.value}
    tx.emit(event_type, client_id=client_id, data=data)
