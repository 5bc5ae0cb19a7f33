"""Which thread a message belongs to: found by the channel's id, by whom it is with, or begun.

A provider may answer a send without telling the thread. Such a thread is unnamed until the first message that is told
with an id, of the same account and person or with the very words we sent, names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.conversations import searching, twins
from rapport.conversations.models import Conversation, Message, Participant
from rapport.conversations.told import Somebody, Told
from rapport.conversations.words import ConversationStatus, MessageKind
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.rules.direction import Direction

_M = Message.__table__
_P = Participant.__table__
_OPTIONS = {SCOPED: True}


def of(tx: Tx, told: Told) -> Conversation:
    """The thread of a message, which is begun when there is none."""
    found = by_chat(tx, told.client_id, told.channel, told.chat_id)
    if found is None and told.match.lead_id is not None and not told.is_group:
        found = with_lead(tx, told)
    return found if found is not None else _begin(tx, told)


def by_chat(tx: Tx, client_id: str, channel: str, chat_id: str | None) -> Conversation | None:
    """The thread that has this id."""
    if chat_id is None:
        return None
    return tx.session.execute(
        select(Conversation).where(
            Conversation.client_id == client_id, Conversation.channel == channel, Conversation.external_id == chat_id
        )
    ).scalar()


def with_lead(tx: Tx, told: Told) -> Conversation | None:
    """The account's newest thread with the person: an unnamed one when the message brings an id."""
    named = Conversation.external_id.is_not(None)
    return tx.session.execute(
        select(Conversation)
        .where(
            Conversation.client_id == told.client_id,
            Conversation.channel == told.channel,
            Conversation.account_id == told.account_id,
            Conversation.lead_id == told.match.lead_id,
            Conversation.is_group.is_(False),
            *([~named] if told.chat_id is not None else []),
        )
        .order_by(named.desc(), Conversation.last_message_at.desc(), Conversation.id.desc())
        .limit(1)
    ).scalar()


def _begin(tx: Tx, told: Told) -> Conversation:
    made = Conversation(
        id=tx.new_id(),
        client_id=told.client_id,
        channel=told.channel.value,
        account_id=told.account_id,
        leads_before=[],
        is_group=told.is_group,
        status=ConversationStatus.OPEN.value,
        unread_count=0,
        marked_unread=False,
        message_count=0,
        wait_number=0,
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.session.add(made)
    return made


def learn(tx: Tx, conversation: Conversation, told: Told) -> None:
    """Take over what a message says of its thread."""
    if conversation.external_id is None and told.chat_id is not None:
        conversation.external_id = told.chat_id
    conversation.provider_id = conversation.provider_id or told.chat_provider_id
    conversation.subject = conversation.subject or told.subject
    conversation.account_id = conversation.account_id or told.account_id
    conversation.campaign_id = told.campaign_id or conversation.campaign_id
    if told.is_group and not conversation.is_group:
        conversation.is_group, conversation.lead_id = True, None
    if conversation.lead_id is None and not conversation.is_group and told.match.lead_id is not None:
        conversation.lead_id = told.match.lead_id
    tx.session.flush()  # participants are written by a statement that does not flush
    _seat(tx, conversation, [each for each in (told.author, *told.others) if each is not None])
    take_in_unnamed(tx, conversation)


def _seat(tx: Tx, conversation: Conversation, people: Iterable[Somebody]) -> None:
    rows = {
        each.external_id: {
            "conversation_id": conversation.id,
            "external_id": each.external_id,
            "client_id": conversation.client_id,
            "name": each.name,
            "profile_url": each.profile_url,
            "is_self": each.is_self,
        }
        for each in people
    }
    if not rows:
        return
    make = postgresql_insert if tx.session.connection().dialect.name == "postgresql" else sqlite_insert
    statement = make(_P)
    known = {name: func.coalesce(statement.excluded[name], _P.c[name]) for name in ("name", "profile_url")}
    statement = statement.on_conflict_do_update(index_elements=["conversation_id", "external_id"], set_=known)
    tx.session.execute(statement, list(rows.values()), execution_options=_OPTIONS)


def take_in_unnamed(tx: Tx, conversation: Conversation) -> None:
    """Let what we sent to this person into a thread without a name be part of this one."""
    if conversation.external_id is None or conversation.lead_id is None:
        return
    unnamed = tx.session.execute(
        select(Conversation).where(
            Conversation.client_id == conversation.client_id,
            Conversation.channel == conversation.channel,
            Conversation.account_id == conversation.account_id,
            Conversation.lead_id == conversation.lead_id,
            Conversation.external_id.is_(None),
            Conversation.is_group.is_(False),
            Conversation.id != conversation.id,
        )
    ).scalars()
    for each in unnamed.all():
        move_messages(tx, each, conversation)
        tx.session.delete(each)
        twins.join(tx, conversation)


def move_messages(tx: Tx, source: Conversation, target: Conversation) -> None:
    """Give every message of one thread to another, where they are numbered on."""
    mine = (Message.conversation_id == source.id, Message.client_id == source.client_id)
    for message in tx.session.execute(select(Message).where(*mine).order_by(Message.number)).scalars().all():
        message.conversation_id, message.number = target.id, target.message_count + 1
        target.message_count += 1
    for name in ("campaign_id", "assignee_id", "queue_id", "temperature", "outcome"):
        setattr(target, name, getattr(target, name) or getattr(source, name))
    tx.session.flush()  # what it is found by is gathered from what it holds now
    searching.gather(tx, target)


def recount(tx: Tx, conversation: Conversation) -> None:
    """Count what the thread shows of its messages; from them, so that the order of their coming is all one."""
    tx.session.flush()  # the counts read what was written
    mine = (_M.c.conversation_id == conversation.id, _M.c.client_id == conversation.client_id)
    inbound, outbound = (_M.c.direction == each.value for each in (Direction.INBOUND, Direction.OUTBOUND))
    row = tx.session.execute(
        select(
            func.max(_M.c.at, type_=_M.c.at.type),
            func.max(case((inbound, _M.c.at)), type_=_M.c.at.type),
            func.max(case((outbound, _M.c.at)), type_=_M.c.at.type),
            func.max(case((outbound & _M.c.is_automatic.is_(False), _M.c.at)), type_=_M.c.at.type),
        ).where(*mine),
        execution_options=_OPTIONS,
    ).one()
    last, last_in, last_out, last_answer = row
    unread = inbound & _M.c.read_at.is_(None) & _after(last_out)
    waits = inbound & _M.c.dealt_at.is_(None) & _M.c.is_auto_reply.is_(False) & _after(last_answer)
    waits &= _M.c.kind == MessageKind.TEXT.value
    found = tx.session.execute(
        select(func.count(case((unread, 1))), func.min(case((waits, _M.c.at)), type_=_M.c.at.type)).where(*mine),
        execution_options=_OPTIONS,
    ).one()
    conversation.last_message_at, conversation.last_inbound_at, conversation.last_outbound_at = last, last_in, last_out
    conversation.unread_count = max(found[0], int(conversation.marked_unread))
    conversation.updated_at = tx.now
    _wait(conversation, found[1])


def _after(instant: datetime | None) -> ColumnElement[bool]:
    return true() if instant is None else _M.c.at > instant


def _wait(conversation: Conversation, since: datetime | None) -> None:
    """Somebody waits since then. A word that is told late may show that the same wait began earlier; a later beginning
    is another wait, for what was before has been answered.
    """
    before = conversation.waiting_since
    if since is not None and (before is None or since > before):
        conversation.wait_number += 1
    conversation.waiting_since = since
