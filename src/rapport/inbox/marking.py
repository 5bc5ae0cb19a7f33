"""Words and notes that people put on conversations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from rapport.conversations import standing
from rapport.conversations.words import Outcome
from rapport.inbox import events
from rapport.inbox.models import ConversationNote, ConversationTag
from rapport.inbox.queries import marks
from rapport.kernel.errors import NOT_FOUND, RapportError, field_error
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.leads import persons, suppression
from rapport.rules.lead_fields import tidy_tags

MOST_TAGS = 50
_T = ConversationTag.__table__
_OPTIONS = {SCOPED: True}


def tag(tx: Tx, conversation_id: str, *, add: Sequence[str], remove: Sequence[str]) -> list[str]:
    """Put tags on a conversation and take others off; answers those it has then."""
    conversation = standing.hold(tx, conversation_id)
    there = marks.tags_of(tx, conversation_id)
    gone = [each for each in tidy_tags(tuple(remove)) if each in there]
    new = [each for each in tidy_tags(tuple(add)) if each not in there or each in gone]
    if len(there) - len(gone) + len(new) > MOST_TAGS:
        raise field_error("add", f"A conversation has at most {MOST_TAGS} tags.")
    mine: tuple[Any, ...] = (_T.c.conversation_id == conversation.id, _T.c.client_id == conversation.client_id)
    if gone:
        tx.session.execute(delete(_T).where(*mine, _T.c.tag.in_(gone)), execution_options=_OPTIONS)
        standing.tell(tx, events.UNTAGGED, conversation, tags=", ".join(gone))
    if new:
        ids = {"conversation_id": conversation.id, "client_id": conversation.client_id, "tagged_at": tx.now}
        tx.session.execute(insert(_T), [{**ids, "tag": each} for each in new], execution_options=_OPTIONS)
        standing.tell(tx, events.TAGGED, conversation, tags=", ".join(new))
    return marks.tags_of(tx, conversation_id)


def conclude(tx: Tx, conversation_id: str, outcome: Outcome | None) -> None:
    """Say what came of a conversation.

    Whoever wants to hear no more goes on their client's list, and stays on it when the word is taken back.
    """
    conversation = standing.hold(tx, conversation_id)
    standing.came_of_it(tx, conversation, outcome)
    if outcome is Outcome.UNSUBSCRIBE and conversation.lead_id is not None:
        lead = persons.get(tx, conversation.lead_id)
        suppression.add_lead(tx, lead, reason="They want to hear no more.", created_by=persons.author(tx))


def note(tx: Tx, conversation_id: str, text: str) -> str:
    """Write a note for colleagues; answers its id. The log tells that there is one, not what it says."""
    conversation = standing.hold(tx, conversation_id)
    made = ConversationNote(
        id=tx.new_id(),
        client_id=conversation.client_id,
        conversation_id=conversation.id,
        text=text,
        author_id=persons.author(tx),
        created_at=tx.now,
    )
    tx.session.add(made)
    standing.tell(tx, events.NOTED, conversation, note_id=made.id)
    return made.id


def unnote(tx: Tx, note_id: str) -> None:
    """Take a note away."""
    found = tx.session.execute(select(ConversationNote).where(ConversationNote.id == note_id)).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    conversation = standing.hold(tx, found.conversation_id)
    tx.session.delete(found)
    standing.tell(tx, events.NOTE_REMOVED, conversation, note_id=note_id)


def forget(tx: Tx, client_id: str, conversation_ids: Sequence[str]) -> None:
    """Delete the notes about conversations with somebody who asked to be forgotten."""
    whose = (ConversationNote.client_id == client_id, ConversationNote.conversation_id.in_(list(conversation_ids)))
    tx.session.execute(delete(ConversationNote).where(*whose))
    tx.touch(client_id)
