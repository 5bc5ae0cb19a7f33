"""Whom threads are with, as that changes: recognised later, merged, parted again, or forgotten."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, or_, select, update

from rapport.conversations import searching, threads
from rapport.conversations.models import Conversation, Message, Participant
from rapport.conversations.told import Match
from rapport.kernel import locks
from rapport.kernel.tx import Tx


def recognise(tx: Tx, message: Message, match: Match) -> None:
    """Say whom a message is from, now that it is known; its thread is theirs, unless it is a group or somebody's."""
    conversation = tx.session.get_one(Conversation, message.conversation_id)
    message.lead_id, message.match_rung, message.match_evidence = match.lead_id, match.rung, dict(match.evidence)
    if conversation.lead_id is None and not conversation.is_group:
        conversation.lead_id = match.lead_id
        threads.take_in_unnamed(tx, conversation)
        threads.recount(tx, conversation)
    conversation.updated_at = tx.now


def merge(tx: Tx, client_id: str, kept_id: str, merged_id: str) -> None:
    """Give the threads and words of a lead that was merged away to the one it became."""
    locks.take(tx, "conversations", client_id)
    for conversation in _of(tx, client_id, merged_id):
        conversation.lead_id = kept_id
        conversation.leads_before = [*conversation.leads_before, merged_id]
        conversation.updated_at = tx.now
    _hand_over(tx, client_id, merged_id, kept_id)


def unmerge(tx: Tx, client_id: str, kept_id: str, merged_id: str) -> None:
    """Give back the threads that came with a lead; what was begun since stays."""
    locks.take(tx, "conversations", client_id)
    came = [each for each in _of(tx, client_id, kept_id) if each.leads_before[-1:] == [merged_id]]
    for conversation in came:
        conversation.lead_id = merged_id
        conversation.leads_before = conversation.leads_before[:-1]
        conversation.updated_at = tx.now
    _hand_over(tx, client_id, kept_id, merged_id, within=[each.id for each in came])


def _of(tx: Tx, client_id: str, lead_id: str) -> Iterable[Conversation]:
    theirs = (Conversation.client_id == client_id, Conversation.lead_id == lead_id)
    return tx.session.execute(select(Conversation).where(*theirs).order_by(Conversation.id)).scalars().all()


def _hand_over(tx: Tx, client_id: str, source: str, target: str, *, within: list[str] | None = None) -> None:
    only = [Message.conversation_id.in_(within)] if within is not None else []
    tx.session.execute(
        update(Message).where(Message.client_id == client_id, Message.lead_id == source, *only).values(lead_id=target)
    )


def erase(tx: Tx, client_id: str, lead_ids: list[str]) -> int:
    """Forget what was written with persons; answers how many messages lost their words.

    The rows stay, with the channel's ids of them, so that a message which is read again is known and not taken in anew.
    """
    locks.take(tx, "conversations", client_id)
    found = tx.session.execute(
        select(Conversation).where(Conversation.client_id == client_id, Conversation.lead_id.in_(lead_ids))
    ).scalars()
    conversations = found.all()
    for conversation in conversations:
        conversation.subject = None
        conversation.erased_at = conversation.updated_at = tx.now
    ids = [each.id for each in conversations]
    theirs = or_(Message.conversation_id.in_(ids), Message.lead_id.in_(lead_ids))
    blank = {"text": None, "subject": None, "author_id": None, "author_name": None, "match_evidence": {}}
    lists = {"earlier_texts": [], "attachments": [], "reactions": []}
    gone = tx.session.execute(update(Message).where(Message.client_id == client_id, theirs).values(**blank, **lists))
    tx.session.execute(
        delete(Participant).where(Participant.client_id == client_id, Participant.conversation_id.in_(ids))
    )
    for conversation in conversations:
        searching.gather(tx, conversation)
    tx.touch(client_id)
    return int(gone.rowcount)
