"""Reading what was written in conversations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, literal, or_, select

from rapport.conversations.models import Message
from rapport.conversations.words import MessageKind
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.rules.direction import Direction
from rapport.sending.models import Action

_M, _A = Message.__table__, Action.__table__
_MESSAGE = [
    *(_M.c[name] for name in ("id", "conversation_id", "number", "kind", "direction", "author_id", "author_name")),
    *(_M.c[name] for name in ("text", "earlier_texts", "subject", "attachments", "reactions", "at", "recorded_at")),
    *(_M.c[name] for name in ("via", "edited_at", "deleted_at", "seen_at", "delivered_at", "read_at", "action_id")),
    *(_M.c[name] for name in ("is_auto_reply", "is_automatic", "lead_id", "match_rung")),
]


def _messages() -> Select[Any]:
    of_action = {"campaign_id": "campaign_id", "step_key": "step", "variant": "variant", "created_by": "written_by"}
    return select(*_MESSAGE, *(_A.c[name].label(label) for name, label in of_action.items())).outerjoin(
        _A, (_A.c.id == _M.c.action_id) & (_A.c.client_id == _M.c.client_id)
    )


MESSAGES = Listing(
    name="messages",
    columns=_MESSAGE,
    fields={
        "direction": Field(_M.c.direction, "word", tuple(each.value for each in Direction)),
        "kind": Field(_M.c.kind, "word", tuple(each.value for each in MessageKind)),
        "at": Field(_M.c.at, "instant"),
    },
    sorts={"at": _M.c.at},
    default_sort="at",
    owner=_M.c.client_id,
    key=_M.c.id,
    dump=lambda row: dict(row._mapping),
    base=_messages,
)


def messages_of(conversation_id: str) -> ColumnElement[bool]:
    """The condition that picks a conversation's messages."""
    return _M.c.conversation_id == conversation_id


def written_since(
    reading: Reading, conversation_id: str, seen_message_id: str | None, *, me: str | None
) -> list[dict[str, Any]] | None:
    """What others wrote after the message somebody saw last; None when no such message is in the conversation."""
    here = (_M.c.conversation_id == conversation_id, within(reading.scope, _M.c.client_id))
    number = 0
    if seen_message_id is not None:
        found = reading.rows(select(_M.c.number).where(*here, _M.c.id == seen_message_id)).scalar()
        if found is None:
            return None
        number = found
    not_mine = or_(_A.c.created_by.is_(None), _A.c.created_by != me) if me is not None else literal(1) == 1
    statement = _messages().where(*here, _M.c.number > number, not_mine).order_by(_M.c.number).limit(50)
    return [dict(row._mapping) for row in reading.rows(statement)]


def attachment(reading: Reading, message_id: str, attachment_id: str) -> tuple[str, dict[str, Any]]:
    """The channel's id of a message, and what is known of one of its attachments."""
    mine = (_M.c.id == message_id, within(reading.scope, _M.c.client_id))
    row = reading.rows(select(_M.c.external_id, _M.c.attachments).where(*mine)).first()
    for each in row.attachments if row is not None and row.external_id is not None else ():
        if each["id"] is not None and each["id"] == attachment_id:
            return row.external_id, each
    raise RapportError(NOT_FOUND)
