"""What a campaign will send, queued or simulated, as it crosses the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.enrollments.schemas.why import StepRefOut
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Shown,
    shown_id,
    shown_instant,
)


class QueueQuery(Body):
    """How many sends to show."""

    limit = fields.Integer(load_default=20, validate=validate.Range(1, 200), metadata={"description": "At most 200."})


class ComingOut(Shown):
    """A send to come, if nobody accepts or answers before."""

    at = shown_instant()
    enrollment_id = shown_id()
    lead_id = shown_id()
    lead = fields.String(required=True)
    account_id = shown_id()
    account = fields.String(required=True)
    step = fields.Nested(StepRefOut, required=True)
    variant = fields.String(required=True, allow_none=True)
    example: ClassVar = {
        "at": EXAMPLE_INSTANT,
        "enrollment_id": EXAMPLE_ID,
        "lead_id": EXAMPLE_ID,
        "lead": "Ada Lovelace",
        "account_id": EXAMPLE_ID,
        "account": "Mira Sender",
        "step": StepRefOut.example,
        "variant": "a",
    }


class QueueOut(Shown):
    """The next sends of a campaign."""

    items = fields.List(fields.Nested(ComingOut), required=True)
    example: ClassVar = {"items": [ComingOut.example]}


class SimulateIn(Body):
    """Assumptions about people, and how far to look."""

    days = fields.Integer(load_default=60, validate=validate.Range(1, 180))
    runs = fields.Integer(load_default=10, validate=validate.Range(1, 100))
    acceptance = fields.Float(load_default=0.3, validate=validate.Range(0, 1))
    acceptance_after_hours = fields.Float(load_default=48, validate=validate.Range(0.1, 2000))
    reply = fields.Float(load_default=0.15, validate=validate.Range(0, 1))
    reply_after_hours = fields.Float(load_default=24, validate=validate.Range(0.1, 2000))
    example: ClassVar = {"days": 60, "runs": 10, "acceptance": 0.3, "reply": 0.15}


class SimulationRowOut(Shown):
    """A simulation without its result."""

    id = shown_id()
    client_id = shown_id()
    campaign_id = shown_id()
    job_id = shown_id(allow_none=True)
    assumptions = fields.Dict(keys=fields.String(), required=True)
    created_by = shown_id(allow_none=True)
    created_at = shown_instant()
    finished_at = shown_instant(allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "campaign_id": EXAMPLE_ID,
        "job_id": None,
        "assumptions": {"days": 60, "runs": 10, "acceptance": 0.3, "reply": 0.15},
        "created_by": EXAMPLE_ID,
        "created_at": EXAMPLE_INSTANT,
        "finished_at": EXAMPLE_INSTANT,
    }


class SimulationOut(SimulationRowOut):
    """A simulation; `result` is null until it is finished."""

    result = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    example: ClassVar = SimulationRowOut.example | {"result": {"runs": 10, "accepted": {"low": 20, "middle": 30}}}
