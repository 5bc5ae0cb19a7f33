"""Reading threads, replies and automatic answers of the channels that others carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, literal, or_, select

from rapport.channels.models import MessageChannel
from rapport.conversations.models import Conversation, Message, Participant
from rapport.inbox.models import CannedReply
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.models import Lead
from rapport.offerings.models import MessageOffering, Offering
from rapport.outbox.models import Delivery
from rapport.rules.direction import Direction
from rapport.rules.linking.offered import LinkStatus
from rapport.sending.models import Action

_C, _M, _P, _A, _L = (each.__table__ for each in (Conversation, Message, Participant, Action, Lead))
_CHANNEL, _CANNED, _D = MessageChannel.__table__, CannedReply.__table__, Delivery.__table__
_LAST = _M.alias("their_last")
_LINK, _O = MessageOffering.__table__, Offering.__table__


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation as far as a message that belongs to it needs to know."""

    id: str
    external_id: str | None
    lead_id: str | None


def thread(reading: Reading, client_id: str, channel: str, conversation_id: str | None) -> Thread | None:
    """The conversation of a client on a channel."""
    if conversation_id is None:
        return None
    mine = (_C.c.id == conversation_id, _C.c.client_id == client_id, _C.c.channel == channel)
    row = reading.rows(
        select(_C.c.id, _C.c.external_id, _C.c.lead_id).where(*mine, within(reading.scope, _C.c.client_id))
    ).first()
    return None if row is None else Thread(*row)


def chat_id(reading: Reading, conversation_id: str) -> str | None:
    """The channel's id of a conversation."""
    mine = (_C.c.id == conversation_id, within(reading.scope, _C.c.client_id))
    found: str | None = reading.rows(select(_C.c.external_id).where(*mine)).scalar()
    return found


def lead_in(reading: Reading, client_id: str, channel: str, chat_id: str) -> str | None:
    """With whom the channel's thread of this id is."""
    mine = (_C.c.client_id == client_id, _C.c.channel == channel, _C.c.external_id == chat_id)
    found: str | None = reading.rows(
        select(_C.c.lead_id).where(*mine, _C.c.is_group.is_(False), within(reading.scope, _C.c.client_id))
    ).scalar()
    return found


def lead_named(reading: Reading, client_id: str, channel: str, author_id: str) -> str | None:
    """Whom a channel calls by this name, as far as another thread tells."""
    statement = (
        select(_C.c.lead_id)
        .join(_P, (_P.c.conversation_id == _C.c.id) & (_P.c.client_id == _C.c.client_id))
        .where(_C.c.client_id == client_id, _C.c.channel == channel, _P.c.external_id == author_id)
        .where(_C.c.lead_id.is_not(None), _P.c.is_self.is_(False), within(reading.scope, _C.c.client_id))
        .order_by(_C.c.last_message_at.desc(), _C.c.id)
        .limit(1)
    )
    found: str | None = reading.rows(statement).scalar()
    return found


def conversation_of(reading: Reading, client_id: str, channel: str, message_ids: Sequence[str]) -> str | None:
    """The conversation in which one of the channel's messages stands: the last that is named."""
    if not message_ids:
        return None
    rows = reading.rows(
        select(_M.c.external_id, _M.c.conversation_id).where(
            _M.c.client_id == client_id,
            _M.c.channel == channel,
            _M.c.external_id.in_(message_ids),
            within(reading.scope, _M.c.client_id),
        )
    )
    found = {row.external_id: row.conversation_id for row in rows}
    return next((found[each] for each in reversed(message_ids) if each in found), None)


def reply(reading: Reading, action_id: str) -> Any | None:
    """A reply with all that is needed to tell it to whoever carries it: to whoever wrote last, and by which channel."""
    newest_subject = (
        select(_M.c.subject)
        .where(_M.c.conversation_id == _C.c.id, _M.c.client_id == _C.c.client_id, _M.c.subject.is_not(None))
        .order_by(_M.c.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    their_last = (
        select(_M.c.id)
        .where(_M.c.conversation_id == _C.c.id, _M.c.client_id == _C.c.client_id)
        .where(_M.c.direction == Direction.INBOUND.value)
        .order_by(_M.c.at.desc(), _M.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(
            *(_A.c[name] for name in ("id", "client_id", "state", "body", "created_by", "created_at")),
            *(_C.c[name] for name in ("channel", "external_id", "last_inbound_at")),
            _C.c.id.label("conversation_id"),
            *(_CHANNEL.c[name] for name in ("transport", "address", "connection_id")),
            _L.c.email,
            _L.c.id.label("lead_id"),
            _LAST.c.author_id,
            _LAST.c.external_id.label("answers"),
            newest_subject.label("subject"),
        )
        .join(_C, (_C.c.id == _A.c.conversation_id) & (_C.c.client_id == _A.c.client_id))
        .outerjoin(_CHANNEL, (_CHANNEL.c.client_id == _C.c.client_id) & (_CHANNEL.c.channel == _C.c.channel))
        .outerjoin(_L, (_L.c.id == _C.c.lead_id) & (_L.c.client_id == _C.c.client_id))
        .outerjoin(_LAST, (_LAST.c.id == their_last) & (_LAST.c.client_id == _C.c.client_id))
        .where(_A.c.id == action_id, _A.c.account_id.is_(None), within(reading.scope, _A.c.client_id))
    )
    return reading.rows(statement).first()


def told_by(reading: Reading, delivery_id: str) -> Any | None:
    """The delivery by which a reply was told, and whether it may have arrived though it died."""
    return reading.rows(
        select(
            _D.c.dedupe_key, _D.c.channel, _D.c.status, _D.c.uncertain_since, _D.c.provider_id, _D.c.last_error
        ).where(_D.c.id == delivery_id, within(reading.scope, _D.c.client_id))
    ).first()


@dataclass(frozen=True, slots=True)
class Answer:
    """A text that a client answers with at once."""

    name: str
    body: str


def automatic_answer(
    reading: Reading, client_id: str, channel: str, conversation_id: str, *, since: datetime
) -> Answer | None:
    """What a channel answers by itself: nothing while an operator is in the conversation, or once it did of late."""
    busy = exists(
        select(literal(1)).where(
            _M.c.conversation_id == conversation_id,
            _M.c.client_id == client_id,
            _M.c.direction == Direction.OUTBOUND.value,
            or_(_M.c.is_automatic.is_(False), _M.c.at > since),
        )
    )
    assigned = exists(
        select(literal(1)).where(_C.c.id == conversation_id, _C.c.client_id == client_id, _C.c.assignee_id.is_not(None))
    )
    row = reading.rows(
        select(_CANNED.c.name, _CANNED.c.body)
        .join(_CHANNEL, (_CHANNEL.c.auto_reply_id == _CANNED.c.id) & (_CHANNEL.c.client_id == _CANNED.c.client_id))
        .where(_CHANNEL.c.client_id == client_id, _CHANNEL.c.channel == channel, ~busy, ~assigned)
        .where(within(reading.scope, _CANNED.c.client_id))
    ).first()
    return None if row is None else Answer(row.name, row.body)


def suggested(reading: Reading, message_id: str) -> list[dict[str, Any]]:
    """What a message may be about, the surest first."""
    statement = (
        select(_O.c.id, _O.c.name, _LINK.c.confidence, _LINK.c.status)
        .join(_LINK, (_LINK.c.offering_id == _O.c.id) & (_LINK.c.client_id == _O.c.client_id))
        .where(_LINK.c.message_id == message_id, _LINK.c.status != LinkStatus.REJECTED.value)
        .where(within(reading.scope, _O.c.client_id))
        .order_by(_LINK.c.confidence.desc(), _O.c.name)
    )
    return [
        {"offering_id": row.id, "name": row.name, "confidence": float(row.confidence), "status": row.status}
        for row in reading.rows(statement)
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """A channel as far as what comes in needs to know it."""

    id: str
    client_id: str
    channel: str
    is_off: bool


def channel(reading: Reading, channel_id: str) -> Row | None:
    """The channel of this id."""
    return _row(reading, _CHANNEL.c.id == channel_id)


def channel_of(reading: Reading, client_id: str, word: str) -> Row | None:
    """A client's channel of this word; None when nobody connected it."""
    return _row(reading, _CHANNEL.c.client_id == client_id, _CHANNEL.c.channel == word)


def _row(reading: Reading, *which: ColumnElement[bool]) -> Row | None:
    columns = (_CHANNEL.c.id, _CHANNEL.c.client_id, _CHANNEL.c.channel, _CHANNEL.c.switched_off_at)
    row = reading.rows(select(*columns).where(*which, within(reading.scope, _CHANNEL.c.client_id))).first()
    return None if row is None else Row(row.id, row.client_id, row.channel, row.switched_off_at is not None)
