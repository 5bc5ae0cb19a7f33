"""Jobs as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema, fields, validate

from rapport.jobs.models import Executor, JobStatus
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Shown,
    Whole,
    WholeInQuery,
    id_field,
    instant_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
)

_STATUS = validate.OneOf([status.value for status in JobStatus])
_TOKEN = validate.Length(1, 64)


class JobOut(Shown):
    """One piece of background work."""

    id = shown_id()
    client_id = shown_id(allow_none=True)
    type = fields.String(required=True)
    executor = word_field(Executor, required=True)
    entity_type = fields.String(required=True, allow_none=True)
    entity_id = fields.String(required=True, allow_none=True)
    entity_label = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=_STATUS)
    priority = fields.Integer(required=True)
    run_at = shown_instant()
    attempts = fields.Integer(required=True)
    max_retries = fields.Integer(required=True)
    payload = fields.Dict(required=True)
    result = fields.Dict(required=True, allow_none=True)
    error_code = fields.String(required=True, allow_none=True)
    error_message = fields.String(required=True, allow_none=True)
    lease_expires_at = shown_instant(allow_none=True)
    leased_by = fields.String(required=True, allow_none=True)
    progress = fields.Dict(required=True, allow_none=True)
    created_by = fields.String(required=True, allow_none=True)
    created_at = shown_instant()
    started_at = shown_instant(allow_none=True)
    completed_at = shown_instant(allow_none=True)
    dismissed_at = shown_instant(allow_none=True)
    dismissed_by = fields.String(required=True, allow_none=True)
    dismiss_reason = fields.String(required=True, allow_none=True)
    archived_at = shown_instant(allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "type": "custom.task",
        "executor": "n8n",
        "entity_type": "lead",
        "entity_id": EXAMPLE_ID,
        "entity_label": "Ada Lovelace",
        "status": "pending",
        "priority": 0,
        "run_at": EXAMPLE_INSTANT,
        "attempts": 0,
        "max_retries": 3,
        "payload": {"do": "look up the company"},
        "result": None,
        "error_code": None,
        "error_message": None,
        "lease_expires_at": None,
        "leased_by": None,
        "progress": None,
        "created_by": f"user:{EXAMPLE_ID}",
        "created_at": EXAMPLE_INSTANT,
        "started_at": None,
        "completed_at": None,
        "dismissed_at": None,
        "dismissed_by": None,
        "dismiss_reason": None,
        "archived_at": None,
    }


class ClaimedJobOut(JobOut):
    """A job under a lease of the caller's."""

    lease_token = fields.String(required=True, metadata={"description": "Needed to report on this job."})
    example: ClassVar = {
        **JobOut.example,
        "status": "processing",
        "attempts": 1,
        "lease_token": "q1w2e3r4t5y6u7i8o9p0",
        "lease_expires_at": EXAMPLE_INSTANT,
        "leased_by": f"api_key:{EXAMPLE_ID}",
        "started_at": EXAMPLE_INSTANT,
    }


class ClaimedJobsOut(Shown):
    """The jobs a claim got."""

    items = fields.List(fields.Nested(ClaimedJobOut), required=True)
    example: ClassVar = {"items": [ClaimedJobOut.example]}


class JobIn(Body):
    """Work that is asked for."""

    type = fields.String(required=True, validate=validate.Length(1, 80))
    client_id = id_field(
        load_default=None, allow_none=True, metadata={"description": "null for the agency's own upkeep."}
    )
    payload = fields.Dict(keys=fields.String(), load_default=dict)
    entity_type = text_field(40, load_default=None, allow_none=True)
    entity_id = text_field(80, load_default=None, allow_none=True)
    entity_label = text_field(200, load_default=None, allow_none=True)
    dedupe_key = text_field(
        200,
        load_default=None,
        allow_none=True,
        metadata={"description": "While a job of this key is open, it is the answer."},
    )
    run_at = instant_field(load_default=None, allow_none=True)
    priority = Whole(load_default=0, validate=validate.Range(-100, 100))
    example: ClassVar = {
        "type": "custom.task",
        "client_id": EXAMPLE_ID,
        "payload": {"do": "look up the company"},
        "entity_type": "lead",
        "entity_id": EXAMPLE_ID,
        "dedupe_key": "look-up:42",
    }


class ClaimIn(Body):
    """What the caller can work on."""

    types = fields.List(
        fields.String(validate=validate.Length(1, 80)),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 50),
        metadata={"description": "null means any type that n8n may run."},
    )
    limit = Whole(load_default=1, validate=validate.Range(1, 20))
    lease_s = Whole(load_default=600, validate=validate.Range(1, 3600))
    example: ClassVar = {"types": ["custom.task"], "limit": 5, "lease_s": 600}


class NextQuery(Body):
    """What the caller can work on."""

    types = fields.String(validate=validate.Length(1, 2000), metadata={"description": "Separated by commas."})
    lease_s = WholeInQuery(load_default=600, validate=validate.Range(1, 3600))


class ReportIn(Body):
    """A word on a job in progress: a heartbeat, progress, or its end."""

    lease_token = fields.String(validate=_TOKEN)
    status = fields.String(validate=validate.OneOf(["processing", "completed", "failed"]), load_default="processing")
    progress = fields.Dict(keys=fields.String(), allow_none=True)
    result = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
    error_code = text_field(80, load_default="failed")
    error_message = text_field(2000, shortest=0, load_default="")
    retryable = Flag(load_default=True)
    lease_s = Whole(load_default=600, validate=validate.Range(1, 3600))
    example: ClassVar = {
        "lease_token": "q1w2e3r4t5y6u7i8o9p0",
        "status": "processing",
        "progress": {"done": 40, "of": 100},
    }


class CallbackIn(Body):
    """How a job ended."""

    lease_token = fields.String(validate=_TOKEN)
    status = fields.String(required=True, validate=validate.OneOf(["completed", "failed"]))
    result = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
    error_code = text_field(80, load_default="failed")
    error_message = text_field(2000, shortest=0, load_default="")
    retryable = Flag(load_default=True)
    example: ClassVar = {
        "lease_token": "q1w2e3r4t5y6u7i8o9p0",
        "status": "completed",
        "result": {"company": "Analytical Engines"},
    }


class ExecutorsQuery(Schema):
    """Whose work."""

    client_id = id_field(required=True)


class ExecutorIn(Body):
    """Who is to do a kind of work for a client."""

    client_id = id_field(required=True)
    type = text_field(80, required=True)
    executor = word_field(Executor, required=True)
    example: ClassVar = {"client_id": EXAMPLE_ID, "type": "lead.enrich", "executor": "n8n"}


class ExecutorOut(Shown):
    """Who does a kind of work for a client."""

    type = fields.String(required=True)
    executor = word_field(Executor, required=True)
    usual = word_field(Executor, required=True)
    example: ClassVar = {"type": "lead.enrich", "executor": "n8n", "usual": "worker"}


class ExecutorsOut(Shown):
    """Who does the work of which a client may choose."""

    items = fields.List(fields.Nested(ExecutorOut), required=True)
    example: ClassVar = {"items": [ExecutorOut.example]}


class DismissIn(Body):
    """Why a job shall never run again."""

    reason = text_field(500, required=True)
    example: ClassVar = {"reason": "The lead left the company."}


class RetryManyIn(Body):
    """Which failed jobs to try again."""

    client_id = id_field(load_default=None, allow_none=True)
    type = text_field(80, load_default=None, allow_none=True)
    error_code = text_field(80, load_default=None, allow_none=True)
    ids = fields.List(id_field(), load_default=None, allow_none=True, validate=validate.Length(1, 500))
    example: ClassVar = {"type": "custom.task", "error_code": "stale"}


class RetriedOut(Shown):
    """What a bulk retry did."""

    retried = fields.Integer(required=True)
    skipped = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    more = fields.Boolean(required=True, metadata={"description": "More match than one call retries; call again."})
    example: ClassVar = {"retried": 12, "skipped": {"dismissed": 1}, "more": False}


class CountsOut(Shown):
    """How many jobs stand where."""

    pending = fields.Integer(required=True)
    processing = fields.Integer(required=True)
    completed = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    needs_attention = fields.Integer(required=True)
    example: ClassVar = {"pending": 3, "processing": 1, "completed": 120, "failed": 2, "needs_attention": 1}


class JobTypeOut(Shown):
    """One kind of job."""

    name = fields.String(required=True)
    summary = fields.String(required=True)
    executor = fields.String(required=True)
    max_retries = fields.Integer(required=True)
    on_request = fields.Boolean(required=True)
    agency = fields.Boolean(required=True)


class JobTypesOut(Shown):
    """The kinds of job there are."""

    items = fields.List(fields.Nested(JobTypeOut), required=True)
    example: ClassVar = {
        "items": [
            {
                "name": "custom.task",
                "summary": "Work of a client's own, given to the client's n8n.",
                "executor": "n8n",
                "max_retries": 3,
                "on_request": True,
                "agency": False,
            }
        ]
    }
