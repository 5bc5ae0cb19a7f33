"""Enrolling leads, as it crosses the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    Body,
    Shown,
    filter_field,
    id_field,
    shown_id,
)

MOST_AT_ONCE = 1000


class EnrollIn(Body):
    """Leads to be enrolled, by id."""

    lead_ids = fields.List(
        id_field(), required=True, validate=validate.Length(1, MOST_AT_ONCE), metadata={"description": "Leads' ids."}
    )
    example: ClassVar = {"lead_ids": [EXAMPLE_ID]}


class EnrollManyIn(Body):
    """Leads to be enrolled, by the filters of their list."""

    filter = filter_field(required=True)
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
