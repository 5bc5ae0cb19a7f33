"""Reading what people put on conversations: notes, tags, and the texts that they write often."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select

from rapport.inbox.models import CannedReply, ConversationNote, ConversationTag
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading

_T, _NOTE, _CANNED = (each.__table__ for each in (ConversationTag, ConversationNote, CannedReply))
NOTES = Listing(
    name="conversation_notes",
    columns=list(_NOTE.c),
    fields={},
    sorts={"created_at": _NOTE.c.created_at},
    default_sort="created_at",
    owner=_NOTE.c.client_id,
    key=_NOTE.c.id,
)


def notes_of(conversation_id: str) -> ColumnElement[bool]:
    """The condition that picks a conversation's notes."""
    return _NOTE.c.conversation_id == conversation_id


def note(reading: Reading, note_id: str) -> dict[str, Any]:
    """One note."""
    row = reading.one(select(_NOTE).where(_NOTE.c.id == note_id, within(reading.scope, _NOTE.c.client_id)))
    return dict(row._mapping)


def tags_of(reading: Reading, conversation_id: str) -> list[str]:
    """The tags of a conversation."""
    mine = (_T.c.conversation_id == conversation_id, within(reading.scope, _T.c.client_id))
    return list(reading.rows(select(_T.c.tag).where(*mine).order_by(_T.c.tag)).scalars())


CANNED = Listing(
    name="canned_replies",
    columns=list(_CANNED.c),
    fields={"client_id": Field(_CANNED.c.client_id, "id"), "name": Field(_CANNED.c.name_key, "text")},
    sorts={"name": _CANNED.c.name_key, "created_at": _CANNED.c.created_at},
    default_sort="name",
    default_order="asc",
    owner=_CANNED.c.client_id,
    key=_CANNED.c.id,
    dump=lambda row: {key: value for key, value in row._mapping.items() if key != "name_key"},
)


def canned(reading: Reading, canned_id: str) -> dict[str, Any]:
    """One canned reply."""
    row = reading.one(select(_CANNED).where(_CANNED.c.id == canned_id, within(reading.scope, _CANNED.c.client_id)))
    return CANNED.dump(row)
