"""Actions over HTTP: what was sent, what is on its way, what is uncertain."""

from __future__ import annotations

from typing import Any

from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import ACTION_STATE, NOT_FOUND
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.rules.permissions import Permission
from rapport.sending import outside_turns, queries
from rapport.sending.confirm import confirm
from rapport.sending.schemas import ActionOut, ConfirmIn

room = Room("actions", "/actions", "Attempts to reach people: each written down before its call and settled once.")


@room.get("", may=Permission.READ, out=page_of(ActionOut), listing=queries.LISTING, cached=True)
def list_actions(call: Call) -> Page:
    """List actions."""
    return page(call.reading, queries.LISTING, call.asked)


@room.get("/<id:action_id>", may=Permission.READ, out=ActionOut, errors=[NOT_FOUND], cached=True)
def show_action(call: Call, action_id: str) -> dict[str, Any]:
    """Show an action with the exact text that was sent."""
    return queries.seen(call.reading, action_id)


@room.post(
    "/<id:action_id>/confirm",
    may=Permission.WRITE,
    body=ConfirmIn,
    out=ActionOut,
    status=200,
    errors=[NOT_FOUND, ACTION_STATE],
)
def confirm_action(call: Call, action_id: str) -> dict[str, Any]:
    """Say whether an uncertain action reached the person. What did not may be tried again."""
    confirm(call.tx, action_id, was_sent=call.body["sent"])
    return queries.seen(call.tx, action_id)


@room.post(
    "/<id:action_id>/call-off", may=Permission.WRITE, out=ActionOut, status=200, errors=[NOT_FOUND, ACTION_STATE]
)
def call_off_action(call: Call, action_id: str) -> dict[str, Any]:
    """Take back an action that is ready and has not begun."""
    outside_turns.call_off(call.tx, action_id)
    return queries.seen(call.tx, action_id)
