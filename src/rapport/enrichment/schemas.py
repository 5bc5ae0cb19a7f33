"""What is found out about leads, as it crosses the API."""

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
    instant_field,
    shown_id,
    shown_instant,
    text_field,
)


class EnrichmentIn(Body):
    """What a source found out about a lead."""

    lead_id = id_field(required=True)
    source = fields.String(required=True, validate=[validate.Length(1, 40), Pattern(r"^[a-z0-9][a-z0-9_.-]*$")])
    fields_ = fields.Dict(
        data_key="fields",
        attribute="fields",
        keys=fields.String(validate=validate.Length(1, 60)),
        load_default=dict,
        validate=validate.Length(max=100),
        metadata={"description": "What a lead has a field for becomes the lead's; everything else is kept beside it."},
    )
    brief = text_field(4000, load_default=None, allow_none=True)
    last_updated = instant_field(
        required=True, metadata={"description": "Of when it is: an older word than the source's last changes nothing."}
    )
    job_id = id_field(load_default=None, allow_none=True)
    example: ClassVar = {
        "lead_id": EXAMPLE_ID,
        "source": "n8n",
        "fields": {"title": "Head of Engines", "company_size": "50-100"},
        "brief": "Built the first engine of the company.",
        "last_updated": "2026-01-01T09:00:00Z",
    }


class EnrichmentTakenOut(Shown):
    """What became of it."""

    applied = fields.Boolean(required=True)
    reason = fields.String(
        required=True, allow_none=True, metadata={"description": "stale or repeated, where it changed nothing."}
    )
    fields_ = fields.List(fields.String(), required=True, data_key="fields", attribute="fields")
    example: ClassVar = {"applied": True, "reason": None, "fields": ["title"]}


class EnrichmentOut(Shown):
    """The newest word of one source on a lead."""

    source = fields.String(required=True)
    fields_ = fields.Dict(required=True, data_key="fields", attribute="fields")
    data = fields.Dict(required=True)
    brief = fields.String(required=True, allow_none=True)
    said_at = shown_instant()
    fetched_at = shown_instant()
    is_stale = fields.Boolean(required=True)
    job_id = shown_id(allow_none=True)
    example: ClassVar = {
        "source": "n8n",
        "fields": {"title": "Head of Engines"},
        "data": {"company_size": "50-100"},
        "brief": None,
        "said_at": EXAMPLE_INSTANT,
        "fetched_at": EXAMPLE_INSTANT,
        "is_stale": False,
        "job_id": EXAMPLE_ID,
    }


class EnrichmentsOut(Shown):
    """What is known of a lead by each source."""

    is_running = fields.Boolean(required=True, metadata={"description": "Somebody is finding out at this moment."})
    items = fields.List(fields.Nested(EnrichmentOut), required=True)
    example: ClassVar = {
        "is_running": False,
        "items": [EnrichmentOut.example],
    }
