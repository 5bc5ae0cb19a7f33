"""Reading for streams: whose a conversation is, and how much somebody missed."""

from __future__ import annotations

from sqlalchemy import func, select

from rapport.conversations.models import Conversation
from rapport.events.models import Event
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading

_C, _E = Conversation.__table__, Event.__table__


def client_of(reading: Reading, conversation_id: str) -> str:
    """Whose conversation this is."""
    found = reading.rows(
        select(_C.c.client_id).where(_C.c.id == conversation_id, within(reading.scope, _C.c.client_id))
    ).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return str(found)


def missed(reading: Reading, client_id: str, conversation_id: str | None, after: int) -> int:
    """How many events of a client, or of one conversation, came after a number."""
    statement = select(func.count()).where(
        _E.c.client_id == client_id, _E.c.seq > after, within(reading.scope, _E.c.client_id)
    )
    if conversation_id is not None:
        statement = statement.where(_E.c.conversation_id == conversation_id)
    return int(reading.rows(statement).scalar_one())
