"""Broadcasts as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.broadcasts.words import BroadcastStatus, MailStatus
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Pattern,
    Shown,
    Whole,
    filter_field,
    id_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
)

_KEY = Pattern(r"^[a-z0-9_-]{1,40}$")


class MailVariantIn(Body):
    """One wording, with the same placeholders as the texts of campaigns."""

    key = fields.String(validate=_KEY, load_default=None, allow_none=True)
    weight = Whole(load_default=1, validate=validate.Range(0, 1000))
    subject = text_field(1000, required=True)
    body = text_field(10_000, required=True)
    example: ClassVar = {"subject": "News for {{ company }}", "body": "Hi {{ first_name }}, ..."}


class MailVariantOut(Shown):
    """One wording."""

    key = fields.String(required=True)
    weight = fields.Integer(required=True)
    subject = fields.String(required=True)
    body = fields.String(required=True)
    example: ClassVar = {"key": "a", "weight": 1, "subject": "News", "body": "Hi {{ first_name }}, ..."}


class BroadcastIn(Body):
    """A mail to everybody whom a filter picks."""

    client_id = id_field(required=True)
    name = text_field(160, required=True)
    variants = fields.List(fields.Nested(MailVariantIn), required=True, validate=validate.Length(1, 5))
    audience = filter_field(load_default=dict)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "name": "Spring news",
        "variants": [MailVariantIn.example],
        "audience": {"tag": "newsletter", "has_email": "true"},
    }


class BroadcastChange(Body):
    """What of it is to be otherwise, as long as it has not been sent off."""

    name = text_field(160)
    variants = fields.List(fields.Nested(MailVariantIn), validate=validate.Length(1, 5))
    audience = filter_field()
    example: ClassVar = {"name": "Summer news"}


class BroadcastOut(Shown):
    """A broadcast as it stands."""

    id = shown_id()
    client_id = shown_id()
    name = fields.String(required=True)
    variants = fields.List(fields.Nested(MailVariantOut), required=True)
    audience = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    status = word_field(BroadcastStatus, required=True)
    dispatched_at = shown_instant(allow_none=True)
    finished_at = shown_instant(allow_none=True)
    claim = fields.Dict(
        required=True, allow_none=True, metadata={"description": "What the outside says it sent, where it was asked."}
    )
    created_at = shown_instant()
    updated_at = shown_instant()
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "name": "Spring news",
        "variants": [MailVariantOut.example],
        "audience": {"tag": "newsletter"},
        "status": "draft",
        "dispatched_at": None,
        "finished_at": None,
        "claim": None,
        "created_at": EXAMPLE_INSTANT,
        "updated_at": EXAMPLE_INSTANT,
        "version": 1,
    }


class _Counts(Shown):
    delivered = fields.Integer(required=True)
    opened = fields.Integer(required=True)
    clicked = fields.Integer(required=True)
    bounced = fields.Integer(required=True)
    complained = fields.Integer(required=True)
    suppressed = fields.Integer(required=True)
    unsubscribed = fields.Integer(required=True)
    sent = fields.Integer(required=True)


_COUNTS = {
    "sent": 98,
    "delivered": 96,
    "opened": 40,
    "clicked": 12,
    "bounced": 2,
    "complained": 0,
    "suppressed": 0,
    "unsubscribed": 1,
}


class VariantFiguresOut(_Counts):
    """What came of one wording."""

    variant = fields.String(required=True)
    example: ClassVar = {"variant": "a", **_COUNTS}


class BroadcastFiguresOut(_Counts):
    """How many mails stand where, and what was told of them."""

    pending = fields.Integer(required=True)
    batched = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    excluded = fields.Integer(required=True)
    reasons = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata={"description": "Why some get none."}
    )
    variants = fields.List(fields.Nested(VariantFiguresOut), required=True)
    example: ClassVar = {
        "pending": 0,
        "batched": 0,
        "failed": 0,
        "excluded": 4,
        "reasons": {"no_email": 3, "opted_out": 1},
        "variants": [VariantFiguresOut.example],
        **_COUNTS,
    }


class BroadcastDetailOut(BroadcastOut):
    """A broadcast with its numbers."""

    figures = fields.Nested(BroadcastFiguresOut, required=True)
    differs = fields.List(
        fields.String(), required=True, metadata={"description": "In what the outside's claim is not what we know."}
    )
    example: ClassVar = {**BroadcastOut.example, "figures": BroadcastFiguresOut.example, "differs": []}


class BroadcastPreviewIn(Body):
    """Whom it would be for, and what they would get."""

    client_id = id_field(required=True)
    audience = filter_field(load_default=dict)
    variants = fields.List(fields.Nested(MailVariantIn), load_default=list, validate=validate.Length(max=5))
    example: ClassVar = {"client_id": EXAMPLE_ID, "audience": {"tag": "newsletter"}}


class PreviewedMailOut(Shown):
    """One of those who would get it."""

    lead_id = shown_id()
    email = fields.String(required=True)
    variant = fields.String(required=True, allow_none=True)
    subject = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    problem = fields.String(required=True, allow_none=True)
    example: ClassVar = {
        "lead_id": EXAMPLE_ID,
        "email": "ada@engines.example",
        "variant": "a",
        "subject": "News for Engines",
        "text": "Hi Ada, ...",
        "problem": None,
    }


class BroadcastPreviewOut(Shown):
    """What an audience comes to."""

    matching = fields.Integer(required=True)
    recipients = fields.Integer(required=True)
    excluded = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    is_whole = fields.Boolean(
        required=True, metadata={"description": "False where only the first of very many were looked at."}
    )
    sample = fields.List(fields.Nested(PreviewedMailOut), required=True)
    example: ClassVar = {
        "matching": 104,
        "recipients": 100,
        "excluded": {"no_email": 3, "opted_out": 1},
        "is_whole": True,
        "sample": [PreviewedMailOut.example],
    }


class BroadcastMailOut(Shown):
    """One mail of a broadcast."""

    id = shown_id()
    client_id = shown_id()
    broadcast_id = shown_id()
    lead_id = shown_id()
    email = fields.String(required=True, allow_none=True)
    variant = fields.String(required=True, allow_none=True)
    status = word_field(MailStatus, required=True)
    reason = fields.String(required=True, allow_none=True)
    provider_id = fields.String(required=True, allow_none=True)
    sent_at = shown_instant(allow_none=True)
    delivered_at = shown_instant(allow_none=True)
    opened_at = shown_instant(allow_none=True)
    clicked_at = shown_instant(allow_none=True)
    bounced_at = shown_instant(allow_none=True)
    complained_at = shown_instant(allow_none=True)
    suppressed_at = shown_instant(allow_none=True)
    unsubscribed_at = shown_instant(allow_none=True)
    created_at = shown_instant()
    example: ClassVar = {
        **dict.fromkeys(("id", "client_id", "broadcast_id", "lead_id"), EXAMPLE_ID),
        "email": "ada@engines.example",
        "variant": "a",
        "status": "sent",
        "reason": None,
        "provider_id": "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794",
        "sent_at": EXAMPLE_INSTANT,
        "delivered_at": EXAMPLE_INSTANT,
        **dict.fromkeys(
            ("opened_at", "clicked_at", "bounced_at", "complained_at", "suppressed_at", "unsubscribed_at"), None
        ),
        "created_at": EXAMPLE_INSTANT,
    }


class DispatchedOut(Shown):
    """The job that sends it."""

    job_id = shown_id()
    example: ClassVar = {"job_id": EXAMPLE_ID}


class CampaignStatusIn(Body):
    """What the outside says of a broadcast that it sent."""

    campaign_id = id_field(required=True)
    sent = Whole(required=True, validate=validate.Range(0, 10**9))
    failed = Whole(required=True, validate=validate.Range(0, 10**9))
    status = text_field(40, required=True)
    delivery_rate = fields.Float(load_default=None, allow_none=True, validate=validate.Range(0, 1))
    example: ClassVar = {"campaign_id": EXAMPLE_ID, "sent": 98, "failed": 2, "status": "sent", "delivery_rate": 0.98}
