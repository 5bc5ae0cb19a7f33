"""The words by which a conversation is found: of its messages, its subject and who is in it, each once.

They are learned with each message in its transaction, and gathered anew where something was changed or taken back.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from rapport.conversations.models import Conversation, ConversationWords, Message, Participant
from rapport.kernel.tx import Tx
from rapport.rules.search_words import words


def learn(tx: Tx, conversation: Conversation, texts: Iterable[str | None]) -> None:
    """Let a conversation be found by these texts as well."""
    row = _row(tx, conversation)
    known = set(row.words.split())
    new = {word for text in texts if text for word in words(text)} - known
    if new:
        row.words = " ".join(sorted(known | new))


def gather(tx: Tx, conversation: Conversation) -> None:
    """Let a conversation be found by what it holds now, and by nothing else."""
    mine = (Message.conversation_id == conversation.id, Message.deleted_at.is_(None))
    said = tx.session.execute(select(Message.text, Message.subject, Message.author_name).where(*mine)).all()
    whose = select(Participant.name).where(Participant.conversation_id == conversation.id)
    names = tx.session.execute(whose).scalars()
    texts = [conversation.subject, *names, *(each for row in said for each in row)]
    found = {word for text in texts if text for word in words(text)}
    _row(tx, conversation).words = " ".join(sorted(found))


def _row(tx: Tx, conversation: Conversation) -> ConversationWords:
    mine = ConversationWords.conversation_id == conversation.id
    row = tx.session.execute(select(ConversationWords).where(mine)).scalar()
    if row is None:
        row = ConversationWords(conversation_id=conversation.id, client_id=conversation.client_id, words="")
        tx.session.add(row)
    return row
