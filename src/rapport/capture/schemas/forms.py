"""Forms as the people who keep them see them."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.capture.words import FIELDS, FormKind
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Shown,
    Whole,
    id_field,
    shown_id,
    shown_instant,
    text_field,
)

_KINDS = validate.OneOf([each.value for each in FormKind])
EXAMPLE_FIELDS = [{"name": "email", "is_required": True}, {"name": "message", "is_required": False}]
_ORIGINS = {
    "description": "Sites whose pages may send through this form from a browser, such as https://www.engines.example. "
    "Programs and the page that we host need none."
}


class FormFieldIn(Body):
    """One field that a form asks for."""

    name = fields.String(required=True, validate=validate.OneOf(FIELDS))
    is_required = Flag(load_default=False)
    example: ClassVar = EXAMPLE_FIELDS[0]


class FormFieldOut(Shown):
    """One field that a form asks for."""

    name = fields.String(required=True, validate=validate.OneOf(FIELDS))
    is_required = fields.Boolean(required=True)
    example: ClassVar = EXAMPLE_FIELDS[0]


def _asked(**more: object) -> fields.Field:
    return fields.List(
        fields.Nested(FormFieldIn),
        validate=validate.Length(1, len(FIELDS)),
        metadata={"description": "In order; email or profile_url must be among them."},
        **more,
    )


def _origins(**more: object) -> fields.Field:
    return fields.List(text_field(260), validate=validate.Length(max=50), metadata=_ORIGINS, **more)


class CaptureFormIn(Body):
    """A form to be added."""

    client_id = id_field(required=True)
    kind = fields.String(required=True, validate=_KINDS)
    name = text_field(120, required=True)
    title = text_field(120, load_default="Get in touch")
    intro = text_field(600, load_default=None, allow_none=True)
    thanks = text_field(400, load_default="Thank you. We will be in touch.")
    fields_ = _asked(
        data_key="fields",
        attribute="fields",
        load_default=lambda: [
            {"name": "full_name", "is_required": False},
            {"name": "email", "is_required": True},
            {"name": "message", "is_required": False},
        ],
    )
    origins = _origins(load_default=list)
    consent_text = text_field(2000, load_default=None, allow_none=True)
    tags = fields.List(text_field(60), load_default=list, validate=validate.Length(max=20))
    campaign_id = id_field(load_default=None, allow_none=True)
    offering_id = id_field(load_default=None, allow_none=True)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "kind": "form",
        "name": "Contact page",
        "fields": EXAMPLE_FIELDS,
        "origins": ["https://www.engines.example"],
        "consent_text": "I agree that Engines Ltd keeps what I wrote to answer me.",
    }


class CaptureFormChange(Body):
    """What of a form is to be otherwise."""

    name = text_field(120)
    title = text_field(120)
    intro = text_field(600, allow_none=True)
    thanks = text_field(400)
    fields_ = _asked(data_key="fields", attribute="fields")
    origins = _origins()
    consent_text = text_field(2000, allow_none=True)
    tags = fields.List(text_field(60), validate=validate.Length(max=20))
    campaign_id = id_field(allow_none=True)
    offering_id = id_field(allow_none=True)
    enabled = Flag(metadata={"description": "false turns the form off: its key opens nothing until it is on again."})
    example: ClassVar = {"enabled": False}


class RotateFormKeyIn(Body):
    """How long the key before is still good."""

    keep_hours = Whole(load_default=24, validate=validate.Range(0, 24 * 90))
    example: ClassVar = {"keep_hours": 24}


class CaptureFormOut(Shown):
    """A form."""

    id = shown_id()
    client_id = shown_id()
    kind = fields.String(required=True, validate=_KINDS)
    name = fields.String(required=True)
    key = fields.String(required=True, metadata={"description": "Stands in the pages that hold the form."})
    previous_until = shown_instant(
        allow_none=True, metadata={"description": "Until when the key before is still good."}
    )
    title = fields.String(required=True)
    intro = fields.String(required=True, allow_none=True)
    thanks = fields.String(required=True)
    fields_ = fields.List(fields.Nested(FormFieldOut), required=True, data_key="fields", attribute="fields")
    origins = fields.List(fields.String(), required=True)
    consent_text = fields.String(required=True, allow_none=True)
    tags = fields.List(fields.String(), required=True)
    campaign_id = shown_id(allow_none=True)
    offering_id = shown_id(allow_none=True)
    enabled = fields.Boolean(required=True)
    created_at = shown_instant()
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "kind": "form",
        "name": "Contact page",
        "key": "cf_q1w2e3r4t5y6u7i8o9p0a1s2",
        "previous_until": None,
        "title": "Get in touch",
        "intro": None,
        "thanks": "Thank you. We will be in touch.",
        "fields": EXAMPLE_FIELDS,
        "origins": ["https://www.engines.example"],
        "consent_text": "I agree that Engines Ltd keeps what I wrote to answer me.",
        "tags": ["website"],
        "campaign_id": None,
        "offering_id": None,
        "enabled": True,
        "created_at": EXAMPLE_INSTANT,
        "version": 1,
    }
