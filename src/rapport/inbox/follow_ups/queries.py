"""Reading follow-up tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from rapport.conversations.models import Conversation
from rapport.inbox.models import FollowUp, FollowUpStatus
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.models import Lead

_F, _C, _L = FollowUp.__table__, Conversation.__table__, Lead.__table__
_SCHEDULED = _F.c.status == FollowUpStatus.SCHEDULED.value


def _dump(row: Any) -> dict[str, Any]:
    shown = dict(row._mapping)
    shown["is_overdue"] = shown["overdue_at"] is not None and shown["status"] == FollowUpStatus.SCHEDULED.value
    return shown


TASKS = Listing(
    name="tasks",
    columns=list(_F.c),
    fields={
        "client_id": Field(_F.c.client_id, "id"),
        "lead_id": Field(_F.c.lead_id, "id"),
        "conversation_id": Field(_F.c.conversation_id, "id"),
        "assignee_id": Field(_F.c.assignee_id, "id"),
        "status": Field(_F.c.status, "word", tuple(each.value for each in FollowUpStatus)),
        "overdue": Field(_F.c.overdue_at.is_not(None) & _SCHEDULED, "flag"),
        "due_at": Field(_F.c.due_at, "instant"),
    },
    sorts={"due_at": _F.c.due_at, "created_at": _F.c.created_at},
    default_sort="due_at",
    default_order="asc",
    owner=_F.c.client_id,
    key=_F.c.id,
    dump=_dump,
)


def task(reading: Reading, task_id: str) -> dict[str, Any]:
    """One task."""
    row = reading.one(select(_F).where(_F.c.id == task_id, within(reading.scope, _F.c.client_id)))
    return _dump(row)


def open_of(reading: Reading, conversation_id: str) -> list[dict[str, Any]]:
    """The tasks of a conversation that are to be done."""
    mine = (_F.c.conversation_id == conversation_id, _SCHEDULED, within(reading.scope, _F.c.client_id))
    return [_dump(row) for row in reading.rows(select(_F).where(*mine).order_by(_F.c.due_at, _F.c.id))]


def next_at(reading: Reading) -> datetime | None:
    """When the next task is overdue that nobody was told of."""
    mine = (_SCHEDULED, _F.c.overdue_at.is_(None), within(reading.scope, _F.c.client_id))
    return reading.rows(select(_F.c.due_at).where(*mine).order_by(_F.c.due_at).limit(1)).scalar()


def is_conversation_of(reading: Reading, client_id: str, conversation_id: str) -> bool:
    """Whether a conversation is this client's."""
    mine = (_C.c.id == conversation_id, _C.c.client_id == client_id, within(reading.scope, _C.c.client_id))
    return reading.rows(select(_C.c.id).where(*mine)).first() is not None


def is_lead_of(reading: Reading, client_id: str, lead_id: str) -> bool:
    """Whether a lead is this client's, and is still somebody."""
    live = (_L.c.erased_at.is_(None), _L.c.merged_into_id.is_(None))
    mine = (_L.c.id == lead_id, _L.c.client_id == client_id, within(reading.scope, _L.c.client_id))
    return reading.rows(select(_L.c.id).where(*mine, *live)).first() is not None
