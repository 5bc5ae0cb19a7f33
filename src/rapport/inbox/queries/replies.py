"""Reading the replies of people: on their way, uncertain, or failed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, exists, literal, or_, select

from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.rules.failures import fate
from rapport.sending import files
from rapport.sending.models import Action
from rapport.sending.states import Origin, State

_A = Action.__table__
_REPLY = ("id", "client_id", "conversation_id", "account_id", "state", "due_at", "created_at", "created_by")
_REPLY_TOO = ("claimed_at", "settled_at", "read_at", "code", "detail", "retry_of")


def _replies() -> Select[Any]:
    return select(*(_A.c[name] for name in (*_REPLY, *_REPLY_TOO)), _A.c.body.label("text")).where(
        _A.c.origin == Origin.PERSON.value, _A.c.conversation_id.is_not(None)
    )


def _reply(reading: Reading, row: Any) -> dict[str, Any]:
    shown = dict(row._mapping)
    needs_a_person = shown["state"] == State.UNCERTAIN.value and shown.pop("read_at") is None
    shown.pop("read_at", None)
    said = fate(shown["state"], shown["code"], needs_a_person=needs_a_person)
    shown["files"] = [each["file_name"] for each in files.shown(reading, shown["id"])]
    shown["cause"] = said.cause if said is not None else None
    shown["what_to_do"] = said.what_to_do if said is not None else None
    shown["operation"] = said.operation if said is not None else None
    shown["may_retry"] = said.may_retry if said is not None else False
    return shown


def outgoing(reading: Reading, conversation_id: str) -> list[dict[str, Any]]:
    """The replies that have not arrived: on their way, uncertain, or failed and not tried again; the newest first."""
    again = _A.alias("again")
    tried_again = exists(select(literal(1)).where(again.c.retry_of == _A.c.id, again.c.client_id == _A.c.client_id))
    statement = (
        _replies()
        .where(_A.c.conversation_id == conversation_id, _A.c.state != State.SENT.value, ~tried_again)
        .where(or_(_A.c.code.is_(None), _A.c.code != "called_off"), within(reading.scope, _A.c.client_id))
        .order_by(_A.c.id.desc())
        .limit(50)
    )
    return [_reply(reading, row) for row in reading.rows(statement).all()]


def reply(reading: Reading, action_id: str) -> dict[str, Any]:
    """One reply, and what became of it."""
    row = reading.one(_replies().where(_A.c.id == action_id, within(reading.scope, _A.c.client_id)))
    return _reply(reading, row)


def tried_again(reading: Reading, action_id: str) -> str | None:
    """The reply that tries this one again, if there is one."""
    mine = (_A.c.retry_of == action_id, within(reading.scope, _A.c.client_id))
    found: str | None = reading.rows(select(_A.c.id).where(*mine)).scalar()
    return found
