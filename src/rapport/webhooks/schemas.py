"""Deliveries as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import EXAMPLE_ID, EXAMPLE_INSTANT, Shown, shown_id, shown_instant
from rapport.webhooks.statuses import STATUSES


class TakenOut(Shown):
    """A delivery is stored."""

    id = shown_id()
    example: ClassVar = {"id": EXAMPLE_ID}


class DeliveryOut(Shown):
    """One delivery of a webhook, and what was made of it."""

    id = shown_id()
    client_id = shown_id(allow_none=True)
    source = fields.String(required=True)
    received_at = shown_instant()
    verified = fields.String(required=True, allow_none=True)
    content_type = fields.String(required=True, allow_none=True)
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    attempts = fields.Integer(required=True)
    processed_at = shown_instant(allow_none=True)
    kind = fields.String(required=True, allow_none=True)
    happened_at = shown_instant(allow_none=True)
    external_account_id = fields.String(required=True, allow_none=True)
    external_chat_id = fields.String(required=True, allow_none=True)
    account_id = shown_id(allow_none=True)
    lead_id = shown_id(allow_none=True)
    duplicate_of = shown_id(allow_none=True)
    word = fields.String(
        required=True, allow_none=True, metadata={"description": "The decision in one word; null until there is one."}
    )
    decision = fields.Dict(
        keys=fields.String(), required=True, allow_none=True, metadata={"description": "The evidence for it."}
    )
    error = fields.String(required=True, allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "source": "unipile/messaging",
        "received_at": EXAMPLE_INSTANT,
        "verified": "secret",
        "content_type": "application/json",
        "headers": {"User-Agent": "axios/1.7"},
        "size": 1214,
        "sha256": "0" * 64,
        "status": "processed",
        "attempts": 1,
        "processed_at": EXAMPLE_INSTANT,
        "kind": "message_received",
        "happened_at": EXAMPLE_INSTANT,
        "external_account_id": "kYp3x9Qz",
        "external_chat_id": "UtRr8mVnXq2",
        "account_id": EXAMPLE_ID,
        "lead_id": EXAMPLE_ID,
        "duplicate_of": None,
        "word": "recorded",
        "decision": {"matched_by": "provider_id"},
        "error": None,
    }


class DeliveryDetailOut(DeliveryOut):
    """One delivery with its body."""

    body = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "As it came; null once its term is over or the person it is about was erased."},
    )
    example: ClassVar = {**DeliveryOut.example, "body": '{"event": "message_received"}'}
