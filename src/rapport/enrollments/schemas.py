"""Enrollments as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Pattern,
    Shown,
    id_field,
    shown_id,
    shown_instant,
    text_field,
)
from rapport.rules.reasons import Gate
from rapport.rules.statuses import CampaignState, EnrollmentStatus

MOST_AT_ONCE = 1000
_STEP_KEY = validate.Length(1, 40)


class EnrollIn(Body):
    """Leads to be enrolled, by id."""

    lead_ids = fields.List(
        id_field(), required=True, validate=validate.Length(1, MOST_AT_ONCE), metadata={"description": "Leads' ids."}
    )
    example: ClassVar = {"lead_ids": [EXAMPLE_ID]}


class EnrollManyIn(Body):
    """Leads to be enrolled, by the filters of their list."""

    filter = fields.Dict(
        keys=fields.String(validate=Pattern(r"^[a-z_]{1,40}(\.[a-z_]{1,10})?$")),
        values=fields.String(validate=validate.Length(1, 4000)),
        required=True,
        validate=validate.Length(max=20),
        metadata={"description": "`field` or `field.operator` → value, as in the query of the list of leads."},
    )
    example: ClassVar = {"filter": {"tag": "fair"}}


class EnrollingOut(Shown):
    """How many leads a filter picks, and the job that enrolls them."""

    count = fields.Integer(required=True)
    job_id = shown_id(allow_none=True)
    example: ClassVar = {"count": 1200, "job_id": EXAMPLE_ID}


class RefusedOut(Shown):
    """A lead that was not enrolled."""

    lead_id = fields.String(required=True)
    reason = fields.String(required=True)
    detail = fields.String(required=True, allow_none=True)
    example: ClassVar = {"lead_id": EXAMPLE_ID, "reason": "already_enrolled", "detail": None}


class EnrolledOut(Shown):
    """What became of the leads."""

    enrolled = fields.Integer(required=True)
    enrollment_ids = fields.List(shown_id(), required=True)
    refused = fields.List(fields.Nested(RefusedOut), required=True)
    example: ClassVar = {"enrolled": 1, "enrollment_ids": [EXAMPLE_ID], "refused": [RefusedOut.example]}


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
    status = fields.String(required=True, validate=validate.OneOf([status.value for status in EnrollmentStatus]))
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


class GateOut(Shown):
    """One gate's answer."""

    gate = fields.String(required=True, validate=validate.OneOf([gate.value for gate in Gate]))
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


class UsedOut(Shown):
    """How much of a limit is used."""

    used = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    example: ClassVar = {"used": 12, "limit": 25}


class SenderUsageOut(Shown):
    """A sender's day."""

    account_id = shown_id()
    name = fields.String(required=True)
    status = fields.String(required=True)
    paused = fields.Boolean(required=True)
    cooling_until = shown_instant(allow_none=True)
    today = fields.Dict(keys=fields.String(), values=fields.Nested(UsedOut), required=True)
    invites_in_seven_days = fields.Nested(UsedOut, required=True)
    pending_invites = fields.Nested(UsedOut, required=True)
    example: ClassVar = {
        "account_id": EXAMPLE_ID,
        "name": "Mira Sender",
        "status": "ok",
        "paused": False,
        "cooling_until": None,
        "today": {"invites": UsedOut.example},
        "invites_in_seven_days": UsedOut.example,
        "pending_invites": UsedOut.example,
    }


class ProgressOut(Shown):
    """Where the leads of a campaign stand."""

    campaign_id = shown_id()
    name = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in CampaignState]))
    leads = fields.Integer(required=True)
    by_status = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    example: ClassVar = {
        "campaign_id": EXAMPLE_ID,
        "name": "Heads of sales in Bavaria",
        "state": "active",
        "leads": 120,
        "by_status": {"pending_invite": 80, "invite_sent": 40},
    }


class SnapshotOut(Shown):
    """A campaign at a glance."""

    campaign_id = shown_id()
    state = fields.String(required=True)
    at = shown_instant()
    leads = fields.Integer(required=True)
    by_status = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    by_reason = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    senders = fields.List(fields.Nested(SenderUsageOut), required=True)
    example: ClassVar = {
        "campaign_id": EXAMPLE_ID,
        "state": "active",
        "at": EXAMPLE_INSTANT,
        "leads": 120,
        "by_status": {"pending_invite": 80, "invite_sent": 40},
        "by_reason": {"daily_limit": 80, "waiting_for_condition": 40},
        "senders": [SenderUsageOut.example],
    }


class InTheWayOut(Shown):
    """A reason, and how many leads it holds."""

    reason = fields.String(required=True)
    leads = fields.Integer(required=True)
    example: ClassVar = {"reason": "daily_limit", "leads": 80}


class AutomationOut(Shown):
    """Whether a campaign runs by itself."""

    campaign_id = shown_id()
    state = fields.String(required=True)
    at = shown_instant()
    runs = fields.Boolean(required=True)
    is_open = fields.Boolean(required=True)
    opens_at = shown_instant(allow_none=True)
    closes_at = shown_instant(allow_none=True)
    next_send = fields.Nested(ComingOut, required=True, allow_none=True)
    senders_ready = fields.Integer(required=True)
    senders = fields.Integer(required=True)
    in_the_way = fields.List(fields.Nested(InTheWayOut), required=True)
    example: ClassVar = {
        "campaign_id": EXAMPLE_ID,
        "state": "active",
        "at": EXAMPLE_INSTANT,
        "runs": True,
        "is_open": True,
        "opens_at": None,
        "closes_at": EXAMPLE_INSTANT,
        "next_send": ComingOut.example,
        "senders_ready": 2,
        "senders": 2,
        "in_the_way": [InTheWayOut.example],
    }


class ByNameQuery(Body):
    """A campaign by its client and name."""

    client_id = id_field(required=True)
    name = text_field(120, required=True)
