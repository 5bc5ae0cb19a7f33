"""Follow-up tasks over HTTP."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.inbox.follow_ups import keeping, queries
from rapport.inbox.follow_ups.schemas import TaskChange, TaskIn, TaskOut
from rapport.kernel.errors import NOT_FOUND, TASK_STATE
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.people import clients
from rapport.rules.permissions import Permission

room = Room("tasks", "/tasks", "Follow-up tasks: what is to be done by when, and for whom.")

_TASK = "/<id:task_id>"


@room.get("", may=Permission.READ, out=page_of(TaskOut), listing=queries.TASKS, cached=True)
def list_tasks(call: Call) -> Page:
    """List follow-up tasks, the next due first."""
    return page(call.reading, queries.TASKS, call.asked)


@room.post("", may=Permission.WRITE, body=TaskIn, out=TaskOut, errors=[NOT_FOUND])
def create_task(call: Call) -> dict[str, Any]:
    """Write down what is to be done, by when and for whom."""
    client = clients.get(call.tx, call.body["client_id"])
    return queries.task(call.tx, keeping.add(call.tx, client.id, call.body))


@room.get(_TASK, may=Permission.READ, out=TaskOut, errors=[NOT_FOUND], cached=True)
def show_task(call: Call, task_id: str) -> dict[str, Any]:
    """Show a follow-up task."""
    return queries.task(call.reading, task_id)


@room.patch(_TASK, may=Permission.WRITE, body=TaskChange, out=TaskOut, errors=[NOT_FOUND, TASK_STATE], if_match=True)
def change_task(call: Call, task_id: str) -> dict[str, Any]:
    """Change what is to be done, by when or by whom. With another date it may be overdue again."""
    row = keeping.get(call.tx, task_id)
    check_unchanged(request, queries.task(call.tx, task_id))
    keeping.change(call.tx, row, call.body)
    return queries.task(call.tx, task_id)


@room.post(f"{_TASK}/complete", may=Permission.WRITE, out=TaskOut, status=200, errors=[NOT_FOUND, TASK_STATE])
def complete_task(call: Call, task_id: str) -> dict[str, Any]:
    """Say that a task is done. Doing so twice changes nothing."""
    keeping.complete(call.tx, keeping.get(call.tx, task_id))
    return queries.task(call.tx, task_id)


@room.delete(_TASK, may=Permission.WRITE, errors=[NOT_FOUND, TASK_STATE], if_match=True)
def cancel_task(call: Call, task_id: str) -> None:
    """Cancel a task. It stays in the list, as cancelled."""
    row = keeping.get(call.tx, task_id)
    check_unchanged(request, queries.task(call.tx, task_id))
    keeping.cancel(call.tx, row)
