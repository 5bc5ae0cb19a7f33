"""Follow-up tasks as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields

from rapport.inbox.models import FollowUpStatus
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Shown,
    id_field,
    instant_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
)


class TaskIn(Body):
    """Something to be done by a date."""

    client_id = id_field(required=True)
    title = text_field(200, required=True)
    due_at = instant_field(required=True)
    lead_id = id_field(load_default=None, allow_none=True)
    conversation_id = id_field(load_default=None, allow_none=True)
    assignee_id = id_field(load_default=None, allow_none=True)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "title": "Send the offer",
        "due_at": EXAMPLE_INSTANT,
        "conversation_id": EXAMPLE_ID,
    }


class TaskChange(Body):
    """What changes of a task."""

    title = text_field(200)
    due_at = instant_field()
    lead_id = id_field(allow_none=True)
    conversation_id = id_field(allow_none=True)
    assignee_id = id_field(allow_none=True)
    example: ClassVar = {"due_at": EXAMPLE_INSTANT}


class TaskOut(Shown):
    """Something to be done by a date."""

    id = shown_id()
    client_id = shown_id()
    title = fields.String(required=True)
    due_at = shown_instant()
    lead_id = shown_id(allow_none=True)
    conversation_id = shown_id(allow_none=True)
    assignee_id = shown_id(allow_none=True)
    status = word_field(FollowUpStatus, required=True)
    is_overdue = fields.Boolean(required=True)
    overdue_at = shown_instant(allow_none=True)
    completed_at = shown_instant(allow_none=True)
    created_by = shown_id(allow_none=True)
    created_at = shown_instant()
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "title": "Send the offer",
        "due_at": EXAMPLE_INSTANT,
        "lead_id": None,
        "conversation_id": EXAMPLE_ID,
        "assignee_id": None,
        "status": "scheduled",
        "is_overdue": False,
        "overdue_at": None,
        "completed_at": None,
        "created_by": EXAMPLE_ID,
        "created_at": EXAMPLE_INSTANT,
        "version": 1,
    }
