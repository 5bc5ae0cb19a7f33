"""Actions and the scheduler as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Shown,
    shown_id,
    shown_instant,
    text_field,
    word_field,
)
from rapport.rules.sequences import StepKind
from rapport.sending.states import Origin, SettledBy, State, Wanted


class ActionOut(Shown):
    """One attempt to reach one person, and what became of it."""

    id = shown_id()
    client_id = shown_id()
    account_id = shown_id(allow_none=True)
    account = fields.String(required=True, allow_none=True)
    lead_id = shown_id(allow_none=True)
    lead = fields.String(required=True, allow_none=True)
    enrollment_id = shown_id(allow_none=True)
    campaign_id = shown_id(allow_none=True)
    campaign = fields.String(required=True, allow_none=True)
    step_key = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in StepKind if kind.acts]))
    variant = fields.String(required=True, allow_none=True)
    origin = word_field(Origin, required=True)
    state = word_field(State, required=True)
    subject = fields.String(required=True)
    body = fields.String(required=True)
    recipient = fields.String(required=True, allow_none=True)
    chat_id = fields.String(required=True, allow_none=True)
    invitation_id = fields.String(required=True, allow_none=True)
    message_id = fields.String(required=True, allow_none=True)
    conversation_id = shown_id(allow_none=True)
    due_at = shown_instant()
    created_at = shown_instant()
    claimed_at = shown_instant(allow_none=True)
    calling_at = shown_instant(allow_none=True)
    settled_at = shown_instant(allow_none=True)
    absent_reads = fields.Integer(required=True)
    failed_reads = fields.Integer(required=True)
    read_at = shown_instant(allow_none=True)
    code = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True, allow_none=True)
    settled_by = word_field(SettledBy, required=True, allow_none=True)
    created_by = shown_id(allow_none=True)
    retry_of = shown_id(allow_none=True)
    needs_a_person = fields.Boolean(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "account_id": EXAMPLE_ID,
        "account": "Mira Sender",
        "lead_id": EXAMPLE_ID,
        "lead": "Ada Lovelace",
        "enrollment_id": EXAMPLE_ID,
        "campaign_id": EXAMPLE_ID,
        "campaign": "Spring outreach",
        "step_key": "hello",
        "kind": "message",
        "variant": "a",
        "origin": "campaign",
        "state": "sent",
        "subject": "",
        "body": "Hi Ada, thank you for connecting.",
        "recipient": "ACoAAB1ada",
        "chat_id": "aQ0X2hLrVv",
        "invitation_id": None,
        "message_id": "t8c4mGqpXw",
        "conversation_id": EXAMPLE_ID,
        "due_at": EXAMPLE_INSTANT,
        "created_at": EXAMPLE_INSTANT,
        "claimed_at": EXAMPLE_INSTANT,
        "calling_at": EXAMPLE_INSTANT,
        "settled_at": EXAMPLE_INSTANT,
        "absent_reads": 0,
        "failed_reads": 0,
        "read_at": None,
        "code": None,
        "detail": None,
        "settled_by": "answer",
        "created_by": None,
        "retry_of": None,
        "needs_a_person": False,
    }


class ConfirmIn(Body):
    """What somebody saw who looked."""

    sent = Flag(required=True, metadata={"description": "Whether it reached the person."})
    example: ClassVar = {"sent": True}


class SchedulerIn(Body):
    """Why."""

    reason = text_field(300, required=True)
    example: ClassVar = {"reason": "The provider is in maintenance."}


class ProcessOut(Shown):
    """A process that sends."""

    name = fields.String(required=True)
    state = fields.String(required=True)
    alive = fields.Boolean(required=True)
    started_at = shown_instant()
    seen_at = shown_instant()
    threads = fields.Integer(required=True)
    in_flight = fields.Integer(required=True)
    last_turn_at = shown_instant(allow_none=True)
    lag_seconds = fields.Integer(required=True, allow_none=True)
    failures = fields.Integer(required=True)
    last_error = fields.String(required=True, allow_none=True)
    example: ClassVar = {
        "name": "worker-1:4711",
        "state": "running",
        "alive": True,
        "started_at": EXAMPLE_INSTANT,
        "seen_at": EXAMPLE_INSTANT,
        "threads": 4,
        "in_flight": 2,
        "last_turn_at": EXAMPLE_INSTANT,
        "lag_seconds": 0,
        "failures": 0,
        "last_error": None,
    }


class NextTurnOut(Shown):
    """When a sender is looked at next."""

    account_id = shown_id()
    name = fields.String(required=True)
    next_at = shown_instant(allow_none=True)
    lines = fields.Integer(required=True)
    closed_by = fields.String(required=True, allow_none=True)
    example: ClassVar = {
        "account_id": EXAMPLE_ID,
        "name": "Mira Sender",
        "next_at": EXAMPLE_INSTANT,
        "lines": 2,
        "closed_by": "daily_limit",
    }


class SchedulerOut(Shown):
    """What is wanted of the sending, and what it does."""

    wanted = word_field(Wanted, required=True)
    wanted_at = shown_instant(allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    at = shown_instant()
    in_flight = fields.Integer(required=True)
    uncertain = fields.Integer(required=True)
    processes = fields.List(fields.Nested(ProcessOut), required=True)
    senders = fields.List(fields.Nested(NextTurnOut), required=True)
    example: ClassVar = {
        "wanted": "running",
        "wanted_at": None,
        "reason": None,
        "at": EXAMPLE_INSTANT,
        "in_flight": 2,
        "uncertain": 0,
        "processes": [ProcessOut.example],
        "senders": [NextTurnOut.example],
    }
