"""Follow-up tasks: what is to be done by when, for whom; one that is not done in time is told of once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from rapport.inbox import events
from rapport.inbox.follow_ups import queries
from rapport.inbox.models import FollowUp, FollowUpStatus
from rapport.inbox.queries.queues import member_name
from rapport.kernel.errors import NOT_FOUND, TASK_STATE, RapportError, field_error
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.leads.persons import author

_F = FollowUp.__table__
_OPTIONS = {SCOPED: True, "synchronize_session": False}
_AT_ONCE = 500


def add(tx: Tx, client_id: str, given: Mapping[str, Any]) -> str:
    """Write down what is to be done; answers the task."""
    made = FollowUp(
        id=tx.new_id(),
        client_id=client_id,
        status=FollowUpStatus.SCHEDULED.value,
        created_by=author(tx),
        created_at=tx.now,
        **{name: given.get(name) for name in ("title", "due_at", "lead_id", "conversation_id", "assignee_id")},
    )
    _check(tx, made)
    tx.session.add(made)
    _tell(tx, events.TASK_CREATED, made)
    return made.id


def get(tx: Tx, task_id: str) -> FollowUp:
    """A task to be changed, locked."""
    found = tx.session.execute(select(FollowUp).where(FollowUp.id == task_id).with_for_update(key_share=True)).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return found


def change(tx: Tx, task: FollowUp, changes: Mapping[str, Any]) -> None:
    """Change what is to be done, by when, or by whom. With another date it may be overdue again."""
    _require_scheduled(task)
    told = sorted(name for name, value in changes.items() if getattr(task, name) != value)
    if not told:
        return
    for name in told:
        setattr(task, name, changes[name])
    if "due_at" in told:
        task.overdue_at = None
    _check(tx, task)
    _tell(tx, events.TASK_CHANGED, task, fields=", ".join(told))


def complete(tx: Tx, task: FollowUp) -> None:
    """It is done. Doing so twice changes nothing."""
    if task.status != FollowUpStatus.COMPLETED.value:
        _require_scheduled(task)
        task.status, task.completed_at = FollowUpStatus.COMPLETED.value, tx.now
        _tell(tx, events.TASK_COMPLETED, task)


def cancel(tx: Tx, task: FollowUp) -> None:
    """It is not to be done any more. Doing so twice changes nothing."""
    if task.status != FollowUpStatus.CANCELLED.value:
        _require_scheduled(task)
        task.status = FollowUpStatus.CANCELLED.value
        _tell(tx, events.TASK_CANCELLED, task)


def sweep(tx: Tx) -> int:
    """Tell of what was not done in time, once for each date; answers how many."""
    due = (_F.c.status == FollowUpStatus.SCHEDULED.value, _F.c.overdue_at.is_(None), _F.c.due_at <= tx.now)
    ids = tx.session.execute(
        select(_F.c.id).where(*due).order_by(_F.c.due_at).limit(_AT_ONCE), execution_options=_OPTIONS
    ).scalars()
    found = list(ids)
    if not found:
        return 0
    marked = tx.session.execute(
        update(_F).where(*due, _F.c.id.in_(found)).values(overdue_at=tx.now).returning(*_F.c),
        execution_options=_OPTIONS,
    ).all()
    for row in sorted(marked, key=lambda each: (each.client_id, each.id)):
        tx.emit(
            events.TASK_OVERDUE,
            client_id=row.client_id,
            data={"task_id": row.id, "due_at": row.due_at.isoformat(), "assignee_id": row.assignee_id},
            dedupe_key=f"task.overdue:{row.id}:{row.due_at.isoformat()}",
            conversation_id=row.conversation_id,
            lead_id=row.lead_id,
        )
        tx.touch(row.client_id)
    return len(marked)


def _require_scheduled(task: FollowUp) -> None:
    if task.status != FollowUpStatus.SCHEDULED.value:
        raise RapportError(TASK_STATE, f"The task is {task.status} already.")


def _check(tx: Tx, task: FollowUp) -> None:
    """Whom and what it names is the client's own."""
    if task.conversation_id and not queries.is_conversation_of(tx, task.client_id, task.conversation_id):
        raise field_error("conversation_id", "It names no conversation of this client.")
    if task.lead_id and not queries.is_lead_of(tx, task.client_id, task.lead_id):
        raise field_error("lead_id", "It names no lead of this client.")
    if task.assignee_id and member_name(tx, task.client_id, task.assignee_id) is None:
        raise field_error("assignee_id", "It names nobody who may work for this client.")


def _tell(tx: Tx, event: str, task: FollowUp, **more: object) -> None:
    tx.emit(
        event,
        client_id=task.client_id,
        data={"task_id": task.id, "due_at": task.due_at.isoformat(), **more},
        conversation_id=task.conversation_id,
        lead_id=task.lead_id,
    )
