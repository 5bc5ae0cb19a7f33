"""What comes next for a lead and why, as it crosses the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Shown,
    shown_id,
    shown_instant,
    word_field,
)
from rapport.rules.reasons import Gate


class GateOut(Shown):
    """One gate's answer."""

    gate = word_field(Gate, required=True)
    question = fields.String(required=True)
    open = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    sentence = fields.String(required=True, allow_none=True)
    changes_at = shown_instant(allow_none=True)
    example: ClassVar = {
        "gate": "working_hours",
        "question": "Is it working time?",
        "open": False,
        "reason": "weekend",
        "sentence": "It is the weekend (Europe/Berlin).",
        "changes_at": EXAMPLE_INSTANT,
    }


class RemedyOut(Shown):
    """What an operator could change."""

    sentence = fields.String(required=True)
    operation = fields.String(required=True)
    example: ClassVar = {"sentence": "Change the campaign's working hours.", "operation": "changeCampaign"}


class StepRefOut(Shown):
    """A step, in short."""

    key = fields.String(required=True)
    kind = fields.String(required=True)
    example: ClassVar = {"key": "first_message", "kind": "message"}


class PassedOut(Shown):
    """A step left behind without being sent."""

    step = fields.String(required=True)
    why = fields.String(required=True)
    at = shown_instant()
    example: ClassVar = {"step": "accepted", "why": "held", "at": EXAMPLE_INSTANT}


class WhyOut(Shown):
    """What comes next for a lead, when, and why."""

    enrollment_id = shown_id()
    campaign_id = shown_id()
    lead_id = shown_id()
    account_id = shown_id(allow_none=True)
    status = fields.String(required=True)
    asked_at = shown_instant()
    answer = fields.String(required=True, validate=validate.OneOf(["send", "wait", "stop"]))
    reason = fields.String(required=True, allow_none=True)
    sentence = fields.String(required=True)
    until = shown_instant(allow_none=True)
    variant = fields.String(required=True, allow_none=True)
    remedies = fields.List(fields.Nested(RemedyOut), required=True)
    step = fields.Nested(StepRefOut, required=True, allow_none=True)
    due_at = shown_instant(allow_none=True)
    sends_at = shown_instant(allow_none=True)
    passed = fields.List(fields.Nested(PassedOut), required=True)
    gates = fields.List(fields.Nested(GateOut), required=True)
    example: ClassVar = {
        "enrollment_id": EXAMPLE_ID,
        "campaign_id": EXAMPLE_ID,
        "lead_id": EXAMPLE_ID,
        "account_id": EXAMPLE_ID,
        "status": "connected",
        "asked_at": EXAMPLE_INSTANT,
        "answer": "wait",
        "reason": "weekend",
        "sentence": "It is the weekend (Europe/Berlin).",
        "until": EXAMPLE_INSTANT,
        "variant": None,
        "remedies": [RemedyOut.example],
        "step": StepRefOut.example,
        "due_at": EXAMPLE_INSTANT,
        "sends_at": EXAMPLE_INSTANT,
        "passed": [PassedOut.example],
        "gates": [GateOut.example],
    }
