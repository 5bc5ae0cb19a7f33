"""Recording what is written: once, whichever way and however often it is told, and the same in whatever order.

A message is found again by the channel's id of it; what we sent without learning that id, by its thread, its words and
nearly its instant. All that write a client's messages take turns, so a webhook, a poll and the send itself meet one
after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from rapport.conversations import events, searching, standing, threads, twins
from rapport.conversations.models import Conversation, Message, MessageMark
from rapport.conversations.told import NOBODY, Marked, Match, Told
from rapport.conversations.words import Channel, Mark, MessageKind, Via
from rapport.kernel import locks
from rapport.kernel.tx import Tx
from rapport.rules.direction import Direction

OUR_ACTION = "our_action"
"""The rung of a message that we sent ourselves: nobody had to be recognised."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a message that was told of."""

    message_id: str
    conversation_id: str
    lead_id: str | None
    at: datetime
    is_new: bool
    is_auto_reply: bool
    is_fresh_reply: bool
    """Whether a known person's word became known by this, and was not before."""


def turn(tx: Tx, client_id: str, *, shared: bool = False) -> None:
    """Wait for the turn of a client's messages: after the account is locked, before actions, leads and enrollments.

    Who only must not have a message come in between, and writes none, shares it with others of their kind.
    """
    locks.take(tx, "conversations", client_id, shared=shared)


def heard(tx: Tx, told: Told) -> Recorded:
    """Record one message as a source tells of it."""
    turn(tx, told.client_id)
    row = _known(tx, told.client_id, told.channel, told.message_id) or twins.unnamed_send(tx, told)
    return _record(tx, row, told)


def sent(
    tx: Tx,
    *,
    account_id: str | None,
    client_id: str,
    lead_id: str | None,
    chat_id: str | None,
    message_id: str | None,
    text: str | None,
    subject: str | None,
    at: datetime,
    action_id: str,
    channel: Channel = Channel.LINKEDIN,
    campaign_id: str | None = None,
    is_automatic: bool = False,
    attachments: tuple[Mapping[str, Any], ...] = (),
) -> str:
    """Record what an action of ours sent; answers its conversation. The provider may have told neither id, and nobody
    may know with whom the thread is.

    Asked again for one action it adds what was learned since. Where the echo was first, it is found and named ours.
    """
    turn(tx, client_id)
    told = Told(
        client_id=client_id,
        account_id=account_id,
        message_id=message_id,
        at=at,
        via=Via.SENT,
        channel=channel,
        direction=Direction.OUTBOUND,
        chat_id=chat_id,
        match=Match(lead_id, OUR_ACTION),
        text=text,
        subject=subject,
        action_id=action_id,
        campaign_id=campaign_id,
        is_automatic=is_automatic,
        attachments=attachments,
    )
    mine = tx.session.execute(select(Message).where(Message.action_id == action_id)).scalar()
    echo = _known(tx, client_id, channel, message_id)
    if mine is None and echo is None:
        echo = twins.echo(tx, told)
    if mine is not None and echo is not None and echo is not mine:
        twins.give(tx, mine, echo)
    return _record(tx, echo or mine, told).conversation_id


def _record(tx: Tx, row: Message | None, told: Told) -> Recorded:
    before = _Standing.of(row) if row is not None else None
    conversation = _thread(tx, row, told) if row is not None else threads.of(tx, told)
    told = _without_the_erased(conversation, told)
    if row is None:
        row = _begin(tx, conversation, told)
    _learn(row, told)
    threads.learn(tx, conversation, told)
    _be_found(tx, conversation, told)
    _apply_marks(tx, row)
    return _settle(tx, conversation, row, before)


def _be_found(tx: Tx, conversation: Conversation, told: Told) -> None:
    if told.edited_at is not None or told.deleted_at is not None or conversation.erased_at is not None:
        searching.gather(tx, conversation)
    else:
        people = [each for each in (told.author, *told.others) if each is not None and not each.is_self]
        searching.learn(tx, conversation, [told.text, told.subject, *(each.name for each in people)])


def marked(tx: Tx, mark: Marked) -> Message | None:
    """Note what happened to a message; answers it, or None while it is not known: then the mark waits for it."""
    turn(tx, mark.client_id)
    row = _known(tx, mark.client_id, mark.channel, mark.message_id)
    if row is None:
        key = (mark.client_id, mark.channel.value, mark.message_id, mark.mark.value, mark.value or "", mark.by or "")
        waiting = tx.session.get(MessageMark, key)
        if waiting is None:
            columns = ("client_id", "channel", "external_id", "mark", "value", "by")
            tx.session.add(MessageMark(**dict(zip(columns, key, strict=True)), at=mark.at))
        else:
            waiting.at = min(waiting.at, mark.at)
        return None
    before = _Standing.of(row)
    _put(row, mark.mark, mark.at, mark.by, mark.value)
    _settle(tx, tx.session.get_one(Conversation, row.conversation_id), row, before)
    return row


# Finding


def _known(tx: Tx, client_id: str, channel: Channel, message_id: str | None) -> Message | None:
    if message_id is None:
        return None
    return tx.session.execute(
        select(Message).where(
            Message.client_id == client_id, Message.channel == channel.value, Message.external_id == message_id
        )
    ).scalar()


def _thread(tx: Tx, row: Message, told: Told) -> Conversation:
    """The thread of a message that is known; one without a name gives it up to the thread that has it."""
    own = tx.session.get_one(Conversation, row.conversation_id)
    if own.external_id is not None or told.chat_id is None:
        return own
    named = threads.by_chat(tx, told.client_id, told.channel, told.chat_id)
    if named is None:
        return own
    threads.move_messages(tx, own, named)
    tx.session.delete(own)
    return named


# Writing


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is compared to tell what is news."""

    direction: str | None
    lead_id: str | None
    text: str | None
    edited_at: datetime | None
    deleted_at: datetime | None
    seen_at: datetime | None
    reactions: int

    @staticmethod
    def of(row: Message) -> _Standing:
        return _Standing(
            row.direction, row.lead_id, row.text, row.edited_at, row.deleted_at, row.seen_at, len(row.reactions)
        )


def _without_the_erased(conversation: Conversation, told: Told) -> Told:
    """What is told, without what was written before the person asked to be forgotten."""
    if conversation.erased_at is None or told.at > conversation.erased_at:
        return told
    return replace(told, text=None, subject=None, attachments=(), reactions=(), author=None, others=(), match=NOBODY)


def _begin(tx: Tx, conversation: Conversation, told: Told) -> Message:
    row = Message(
        id=tx.new_id(),
        client_id=told.client_id,
        conversation_id=conversation.id,
        channel=told.channel.value,
        kind=(MessageKind.SYSTEM if told.is_system else MessageKind.TEXT).value,
        earlier_texts=[],
        attachments=[],
        reactions=[],
        at=told.at,
        recorded_at=tx.now,
        via=told.via.value,
        is_auto_reply=False,
        is_automatic=False,
        number=conversation.message_count + 1,
        match_evidence={},
    )
    conversation.message_count += 1
    tx.session.add(row)
    return row


def _learn(row: Message, told: Told) -> None:
    """Add what is told of a message to what is known of it: in whatever order, it ends the same."""
    row.external_id = row.external_id or told.message_id
    row.provider_id = row.provider_id or told.message_provider_id
    row.action_id = row.action_id or told.action_id
    row.direction = row.direction or (told.direction.value if told.direction is not None else None)
    row.subject = row.subject or told.subject
    row.at = min(row.at, told.at)
    row.is_auto_reply = row.is_auto_reply or told.is_auto_reply
    row.is_automatic = row.is_automatic or told.is_automatic
    if told.author is not None and (row.author_id is None or row.author_id.isdigit()):
        row.author_id = told.author.external_id
    if told.author is not None:
        row.author_name = row.author_name or told.author.name
    if told.attachments and not row.attachments:
        row.attachments = [dict(each) for each in told.attachments]
    if row.lead_id is None:
        row.lead_id = told.match.lead_id
        if told.match.evidence or told.match.rung:
            row.match_rung, row.match_evidence = told.match.rung, dict(told.match.evidence)
    _reword(row, told)
    row.deleted_at = _earliest(row.deleted_at, told.deleted_at)
    for mark, at in ((Mark.SEEN, told.seen_at), (Mark.DELIVERED, told.delivered_at)):
        if at is not None:
            _put(row, mark, at, None, None)
    for value, by in told.reactions:
        _put(row, Mark.REACTED, told.at, by, value)


def _reword(row: Message, told: Told) -> None:
    """The newest edit is the text; what it said before is kept beside it."""
    newer = told.edited_at is not None and (row.edited_at is None or told.edited_at > row.edited_at)
    older = row.text if newer else told.text
    if told.text is not None and (newer or row.text is None):
        row.text = told.text
    if newer:
        row.edited_at = told.edited_at
    was_edited = row.edited_at is not None
    if was_edited and older is not None and older != row.text and older not in row.earlier_texts:
        row.earlier_texts = [*row.earlier_texts, older]


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((each for each in instants if each is not None), default=None)


def _put(row: Message, mark: Mark, at: datetime, by: str | None, value: str | None) -> None:
    match mark:
        case Mark.SEEN:
            row.seen_at = _earliest(row.seen_at, at)
        case Mark.DELIVERED:
            row.delivered_at = _earliest(row.delivered_at, at)
        case Mark.REACTED:
            given = {"value": value or "", "by": by or ""}
            if given not in row.reactions:
                row.reactions = sorted([*row.reactions, given], key=lambda each: (each["value"], each["by"]))


def _apply_marks(tx: Tx, row: Message) -> None:
    """Put on a message what was told of it before it was known."""
    if row.external_id is None:
        return
    mine = (
        MessageMark.client_id == row.client_id,
        MessageMark.channel == row.channel,
        MessageMark.external_id == row.external_id,
    )
    waiting = tx.session.execute(select(MessageMark).where(*mine)).scalars().all()
    for each in waiting:
        _put(row, Mark(each.mark), each.at, each.by or None, each.value or None)
    if waiting:
        tx.session.execute(delete(MessageMark).where(*mine))


def _settle(tx: Tx, conversation: Conversation, row: Message, before: _Standing | None) -> Recorded:
    """Count the thread anew and tell what is news."""
    threads.recount(tx, conversation)
    after = _Standing.of(row)
    came_in = after.direction == Direction.INBOUND.value and (before is None or before.direction is None)
    if came_in:
        standing.open_again(tx, conversation)
    for event in _news(before, after):
        tx.emit(
            event,
            client_id=row.client_id,
            data={"channel": row.channel, "message_id": row.id},
            lead_id=row.lead_id,
            conversation_id=conversation.id,
            account_id=conversation.account_id,
            occurred_at=row.at if event in (events.RECEIVED, events.SENT) else None,
        )
    is_word = row.direction == Direction.INBOUND.value and row.kind == MessageKind.TEXT.value
    was_known = before is not None and before.direction is not None and before.lead_id is not None
    return Recorded(
        message_id=row.id,
        conversation_id=conversation.id,
        lead_id=row.lead_id,
        at=row.at,
        is_new=before is None,
        is_auto_reply=row.is_auto_reply,
        is_fresh_reply=is_word and row.lead_id is not None and not was_known,
    )


def _news(before: _Standing | None, after: _Standing) -> Iterable[str]:
    was = before or _Standing(None, None, after.text, None, None, None, 0)
    if after.direction is not None and was.direction is None:
        yield events.RECEIVED if after.direction == Direction.INBOUND.value else events.SENT
    if after.edited_at is not None and (after.text != was.text or was.edited_at is None):
        yield events.EDITED
    if after.deleted_at is not None and was.deleted_at is None:
        yield events.DELETED
    if after.reactions > was.reactions:
        yield events.REACTED
    if after.seen_at is not None and was.seen_at is None:
        yield events.SEEN
