"""Alerts and outside parties as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields

from rapport.kernel.schema import EXAMPLE_ID, EXAMPLE_INSTANT, Shown, shown_id, shown_instant


class AlertOut(Shown):
    """One thing that is watched, as of the last look."""

    key = fields.String(required=True)
    value = fields.Float(
        required=True, allow_none=True, metadata={"description": "Null where too little happened to say."}
    )
    threshold = fields.Float(required=True)
    of = fields.Integer(required=True, metadata={"description": "How many it was measured by."})
    over = fields.Integer(required=True)
    under = fields.Integer(required=True)
    is_raised = fields.Boolean(required=True)
    raised_at = shown_instant(allow_none=True)
    cleared_at = shown_instant(allow_none=True)
    looked_at = shown_instant()
    example: ClassVar = {
        "key": "outside_errors:email",
        "value": 0.12,
        "threshold": 0.1,
        "of": 200,
        "over": 2,
        "under": 0,
        "is_raised": True,
        "raised_at": EXAMPLE_INSTANT,
        "cleared_at": None,
        "looked_at": EXAMPLE_INSTANT,
    }


class AlertsOut(Shown):
    """Everything that is watched."""

    items = fields.List(fields.Nested(AlertOut), required=True)
    example: ClassVar = {"items": [AlertOut.example]}


class PartyOut(Shown):
    """One kind of outside party in the last minutes."""

    name = fields.String(required=True)
    calls = fields.Integer(required=True)
    errors = fields.Float(
        required=True, allow_none=True, metadata={"description": "The share that brought no good answer."}
    )
    example: ClassVar = {"name": "email", "calls": 200, "errors": 0.01}


class HeldBackOut(Shown):
    """What leaves for nobody before an instant."""

    what = fields.String(required=True)
    until = shown_instant()
    reason = fields.String(required=True, allow_none=True)
    example: ClassVar = {"what": "email", "until": EXAMPLE_INSTANT, "reason": "daily_quota_exceeded"}


class AilingConnectionOut(Shown):
    """A connection that is not well, or said something last."""

    id = shown_id()
    client_id = shown_id(allow_none=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True)
    status_reason = fields.String(required=True, allow_none=True)
    last_ok_at = shown_instant(allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "kind": "webhook",
        "name": "Our n8n",
        "status": "failing",
        "status_reason": "http_500",
        "last_ok_at": EXAMPLE_INSTANT,
        "last_error": "http_500",
    }


class OutsideOut(Shown):
    """How the outside does."""

    parties = fields.List(fields.Nested(PartyOut), required=True)
    held_back = fields.List(fields.Nested(HeldBackOut), required=True)
    connections = fields.List(fields.Nested(AilingConnectionOut), required=True)
    example: ClassVar = {
        "parties": [PartyOut.example],
        "held_back": [HeldBackOut.example],
        "connections": [AilingConnectionOut.example],
    }
