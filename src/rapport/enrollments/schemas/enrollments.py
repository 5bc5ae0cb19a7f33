"""One lead in one campaign, as it crosses the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Shown,
    id_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
)
from rapport.rules.statuses import EnrollmentStatus

_STEP_KEY = validate.Length(1, 40)


class EnrollmentOut(Shown):
    """One lead in one campaign."""

    id = shown_id()
    client_id = shown_id()
    campaign_id = shown_id()
    campaign = fields.String(required=True)
    lead_id = shown_id()
    lead = fields.String(required=True)
    account_id = shown_id(allow_none=True)
    account = fields.String(required=True, allow_none=True)
    status = word_field(EnrollmentStatus, required=True)
    reason = fields.String(required=True)
    details = fields.Dict(keys=fields.String(), required=True)
    step_key = fields.String(required=True, allow_none=True)
    reached_at = shown_instant()
    last_step_sent_at = shown_instant(allow_none=True)
    due_override_at = shown_instant(allow_none=True)
    next_at = shown_instant(allow_none=True)
    paused_at = shown_instant(allow_none=True)
    pause_reason = fields.String(required=True, allow_none=True)
    replied_at = shown_instant(allow_none=True)
    away_until = shown_instant(allow_none=True)
    goes_on_in_id = shown_id(allow_none=True)
    unsettled = fields.String(required=True, allow_none=True)
    variants = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    enrolled_by = shown_id(allow_none=True)
    enrolled_at = shown_instant()
    ended_at = shown_instant(allow_none=True)
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "campaign_id": EXAMPLE_ID,
        "campaign": "Spring outreach",
        "lead_id": EXAMPLE_ID,
        "lead": "Ada Lovelace",
        "account_id": EXAMPLE_ID,
        "account": "Mira Sender",
        "status": "invite_sent",
        "reason": "waiting_for_condition",
        "details": {"condition": "connected"},
        "step_key": "accepted",
        "reached_at": EXAMPLE_INSTANT,
        "last_step_sent_at": EXAMPLE_INSTANT,
        "due_override_at": None,
        "next_at": EXAMPLE_INSTANT,
        "paused_at": None,
        "pause_reason": None,
        "replied_at": None,
        "away_until": None,
        "goes_on_in_id": None,
        "unsettled": None,
        "variants": {"invite": "a"},
        "enrolled_by": EXAMPLE_ID,
        "enrolled_at": EXAMPLE_INSTANT,
        "ended_at": None,
        "version": 3,
    }


class StepBehindOut(Shown):
    """A step that was sent or skipped."""

    step_key = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["sent", "skipped"]))
    at = shown_instant()
    variant = fields.String(required=True, allow_none=True)
    example: ClassVar = {"step_key": "invite", "state": "sent", "at": EXAMPLE_INSTANT, "variant": "a"}


class EnrollmentDetailOut(EnrollmentOut):
    """One lead in one campaign, with the steps behind it."""

    steps = fields.List(fields.Nested(StepBehindOut), required=True)
    example: ClassVar = EnrollmentOut.example | {"steps": [StepBehindOut.example]}


class EnrollmentReasonIn(Body):
    """Why."""

    reason = text_field(300, required=True)
    example: ClassVar = {"reason": "They asked us to write next month."}


class EnrollmentStepIn(Body):
    """A step of the sequence, by its key."""

    step_key = fields.String(required=True, validate=_STEP_KEY)
    example: ClassVar = {"step_key": "second_message"}


class OverrideIn(Body):
    """When the next step is due; null lets its delay decide again."""

    due_at = fields.AwareDateTime(required=True, allow_none=True, format="iso")
    example: ClassVar = {"due_at": EXAMPLE_INSTANT}


class GiveIn(Body):
    """A sender of the campaign."""

    account_id = id_field(required=True)
    example: ClassVar = {"account_id": EXAMPLE_ID}
