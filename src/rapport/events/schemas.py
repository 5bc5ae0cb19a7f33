"""Events as the API shows them."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.events.models import SUBJECTS
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Shown,
    WholeInQuery,
    id_field,
    shown_id,
    shown_instant,
)

_EXAMPLE = {
    "id": EXAMPLE_ID,
    "client_id": EXAMPLE_ID,
    "seq": 42,
    "type": "account.connected",
    "occurred_at": EXAMPLE_INSTANT,
    "recorded_at": EXAMPLE_INSTANT,
    "actor_type": "user",
    "actor_id": EXAMPLE_ID,
    **dict.fromkeys(SUBJECTS),
    "account_id": EXAMPLE_ID,
    "data": {"name": "Ada Lovelace"},
    "title": "LinkedIn account Ada Lovelace was added",
}


class EventOut(Shown):
    """Something that happened."""

    id = shown_id()
    client_id = shown_id(allow_none=True)
    seq = fields.Integer(required=True, metadata={"description": "Number within the client: gapless, in commit order."})
    type = fields.String(required=True)
    occurred_at = shown_instant()
    recorded_at = shown_instant()
    actor_type = fields.String(required=True)
    actor_id = fields.String(required=True, allow_none=True)
    lead_id = shown_id(allow_none=True)
    conversation_id = shown_id(allow_none=True)
    campaign_id = shown_id(allow_none=True)
    enrollment_id = shown_id(allow_none=True)
    account_id = shown_id(allow_none=True)
    job_id = shown_id(allow_none=True)
    data = fields.Dict(required=True)
    title = fields.String(required=True, metadata={"description": "How it reads to a person."})
    example: ClassVar = _EXAMPLE


class EventsAfterOut(Shown):
    """The next events of a client."""

    items = fields.List(fields.Nested(EventOut), required=True)
    next_after = fields.Integer(required=True, metadata={"description": "Pass as `after` to read on."})
    more = fields.Boolean(required=True, metadata={"description": "There may be more right now."})
    example: ClassVar = {"items": [_EXAMPLE], "next_after": 42, "more": False}


class EventsAfterQuery(Body):
    """Where to read on."""

    client_id = id_field(metadata={"description": "Absent means the agency's own log, for admins."})
    after = WholeInQuery(load_default=0, validate=validate.Range(0, 2**62))
    types = fields.String(
        validate=validate.Length(1, 2000), metadata={"description": "Types wanted, separated by commas."}
    )
    limit = WholeInQuery(load_default=100, validate=validate.Range(1, 200))


class EventTypesOut(Shown):
    """The types the log knows."""

    items = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    example: ClassVar = {"items": {"client.created": "Client {name} was created"}}
