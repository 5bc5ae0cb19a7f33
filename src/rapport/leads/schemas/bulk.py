"""What is done with many leads at once, as it crosses the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Shown,
    filter_field,
    id_field,
    shown_id,
    shown_instant,
    text_field,
)
from rapport.leads.schemas.leads import CUSTOM_NAMES, TAG, LeadOut
from rapport.rules.lead_fields import LONGEST_CUSTOM


class BulkAction(Body):
    """What is done with each lead."""

    kind = fields.String(
        required=True, validate=validate.OneOf(["tag", "untag", "delete", "suppress", "set_custom_field"])
    )
    tags = fields.List(fields.String(validate=TAG), validate=validate.Length(1, 20))
    reason = text_field(300, allow_none=True)
    field = fields.String(validate=CUSTOM_NAMES)
    value = fields.String(allow_none=True, validate=validate.Length(max=LONGEST_CUSTOM))

    @validates_schema
    def _complete(self, data: dict[str, Any], **_: Any) -> None:
        needed = {"tag": {"tags"}, "untag": {"tags"}, "set_custom_field": {"field", "value"}}.get(data["kind"], set())
        usable = needed | ({"reason"} if data["kind"] == "suppress" else set())
        problems = {name: ["Is needed for this kind of action."] for name in needed - data.keys()}
        problems |= {name: ["Means nothing for this kind of action."] for name in data.keys() - usable - {"kind"}}
        if problems:
            raise ValidationError(problems)


class BulkPreviewIn(Body):
    """Which leads of a client, by the filters of the list, and what is to be done with them."""

    client_id = id_field(required=True)
    filter = filter_field(load_default=dict)
    action = fields.Nested(BulkAction, required=True)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "filter": {"tag": "fair", "created_at.gte": "2026-03-01T00:00:00Z"},
        "action": {"kind": "tag", "tags": ["vip"]},
    }


class BulkPreviewOut(Shown):
    """How many leads it would be, some of them, and the token by which it is done."""

    count = fields.Integer(required=True)
    sample = fields.List(fields.Nested(LeadOut), required=True)
    token = fields.String(required=True, metadata={"description": "Good for 15 minutes, and for these leads only."})
    expires_at = shown_instant()
    example: ClassVar = {"count": 1, "sample": [LeadOut.example], "token": "eyJjbGll...", "expires_at": EXAMPLE_INSTANT}


class BulkIn(Body):
    """The token of the preview."""

    token = fields.String(required=True, validate=validate.Length(1, 20_000))
    example: ClassVar = {"token": "eyJjbGll..."}


class Refused(Shown):
    """A lead with which it could not be done."""

    lead_id = shown_id()
    code = fields.String(required=True)


class BulkOut(Shown):
    """What was done, or the job that does it."""

    count = fields.Integer(required=True)
    done = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    refusals = fields.List(fields.Nested(Refused), required=True, metadata={"description": "The first 100."})
    job_id = shown_id(allow_none=True)
    example: ClassVar = {"count": 2, "done": 2, "changed": 2, "refused": 0, "refusals": [], "job_id": None}
