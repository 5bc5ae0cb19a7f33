"""What people send through forms, and how it is shown to those who keep them."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.capture.schemas.forms import EXAMPLE_FIELDS, FormFieldOut
from rapport.capture.words import TRAP, FormKind, SubmissionStatus
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Pattern,
    Shown,
    shown_id,
    shown_instant,
)

_WORDS = 120
_ADDRESS = 2000


def _said(longest: int, **more: object) -> fields.Field:
    """What a person may leave empty."""
    return fields.String(validate=validate.Length(max=longest), allow_none=True, **more)


class UtmIn(Body):
    """The words by which a campaign of the client's own marks its links."""

    source = _said(_WORDS)
    medium = _said(_WORDS)
    campaign = _said(_WORDS)
    term = _said(_WORDS)
    content = _said(_WORDS)
    example: ClassVar = {"source": "newsletter", "campaign": "spring"}


class SubmissionIn(Body):
    """What somebody sends. Which fields are needed, their form says."""

    full_name = _said(240)
    first_name = _said(120)
    last_name = _said(120)
    email = _said(254)
    phone = _said(40)
    company = _said(200)
    title = _said(200)
    website = _said(400)
    profile_url = _said(400, metadata={"description": "Their LinkedIn profile."})
    message = _said(10_000)
    fields_ = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 60)),
        values=fields.String(validate=validate.Length(max=500)),
        validate=validate.Length(max=20),
        data_key="fields",
        attribute="fields",
        metadata={"description": "Fields of the form's own; they become custom fields of the lead."},
    )
    consent = Flag(load_default=False)
    offering = _said(120, metadata={"description": "What it is about: id, code, slug or number of an offering."})
    session_id = fields.String(
        validate=Pattern(r"^[A-Za-z0-9_.-]{1,80}$"),
        metadata={"description": "A chatbot's name of the conversation: what bears the same is one thread."},
    )
    utm = fields.Nested(UtmIn, load_default=dict)
    referrer = _said(_ADDRESS)
    landing_page = _said(_ADDRESS)
    language = fields.String(validate=Pattern(r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}$"), allow_none=True)
    country = fields.String(validate=Pattern(r"^[A-Za-z]{2}$"), allow_none=True)
    url = _said(_ADDRESS, metadata={"description": f"`{TRAP}` is a trap: no person sees it, so it stays empty."})
    idempotency_key = fields.String(
        validate=Pattern(r"^[!-~]([ -~]{0,198}[!-~])?$"),
        metadata={"description": "As the header Idempotency-Key, for those who cannot set one; kept for 30 days."},
    )
    example: ClassVar = {
        "full_name": "Ada Lovelace",
        "email": "ada@engines.example",
        "message": "What does an engine cost?",
        "consent": True,
        "utm": {"source": "newsletter"},
    }


class SubmittedOut(Shown):
    """What became of a submission."""

    submission_id = shown_id()
    lead_id = shown_id(allow_none=True)
    conversation_id = shown_id(allow_none=True)
    example: ClassVar = {"submission_id": EXAMPLE_ID, "lead_id": EXAMPLE_ID, "conversation_id": EXAMPLE_ID}


class PublicFormOut(Shown):
    """A form as whoever fills it in may know it."""

    kind = fields.String(required=True, validate=validate.OneOf([each.value for each in FormKind]))
    title = fields.String(required=True)
    intro = fields.String(required=True, allow_none=True)
    thanks = fields.String(required=True)
    fields_ = fields.List(fields.Nested(FormFieldOut), required=True, data_key="fields", attribute="fields")
    consent_text = fields.String(required=True, allow_none=True)
    example: ClassVar = {
        "kind": "form",
        "title": "Get in touch",
        "intro": None,
        "thanks": "Thank you. We will be in touch.",
        "fields": EXAMPLE_FIELDS,
        "consent_text": None,
    }


class SubmissionOut(Shown):
    """What somebody sent, word for word, and what was made of it."""

    id = shown_id()
    client_id = shown_id()
    form_id = shown_id()
    status = fields.String(required=True, validate=validate.OneOf([each.value for each in SubmissionStatus]))
    lead_id = shown_id(allow_none=True)
    is_new_lead = fields.Boolean(required=True)
    conversation_id = shown_id(allow_none=True)
    message_id = shown_id(allow_none=True)
    given = fields.Dict(required=True)
    source = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "utm_source and the like, referrer, landing_page, device, country, language."},
    )
    consent_text = fields.String(
        required=True, allow_none=True, metadata={"description": "What they agreed to, as it read then."}
    )
    received_at = shown_instant()
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "form_id": EXAMPLE_ID,
        "status": "taken",
        "lead_id": EXAMPLE_ID,
        "is_new_lead": True,
        "conversation_id": EXAMPLE_ID,
        "message_id": EXAMPLE_ID,
        "given": {"email": "ada@engines.example", "message": "What does an engine cost?"},
        "source": {"utm_source": "newsletter", "device": "mobile"},
        "consent_text": None,
        "received_at": EXAMPLE_INSTANT,
    }
