"""Deliveries as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import EXAMPLE_ID, EXAMPLE_INSTANT, Body, Flag, Shown, shown_id, shown_instant
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


class RegisteredWebhookOut(Shown):
    """A webhook at Unipile, and what is wrong with it."""

    id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    request_url = fields.String(required=True, allow_none=True)
    is_enabled = fields.Boolean(required=True, allow_none=True)
    events = fields.List(fields.String(), required=True)
    headers = fields.List(fields.String(), required=True, metadata={"description": "Names only."})
    is_ours = fields.Boolean(required=True)
    problems = fields.List(fields.String(), required=True)
    example: ClassVar = {
        "id": "wh_1",
        "name": "rapport messaging 1f00c0de",
        "source": "messaging",
        "request_url": "https://rapport.example/api/v1/webhooks/unipile/messaging",
        "is_enabled": True,
        "events": ["message_received"],
        "headers": ["Unipile-Auth"],
        "is_ours": True,
        "problems": ["wrong_events"],
    }


class WebhooksOut(Shown):
    """Every webhook at Unipile, and what a repair would do."""

    is_right = fields.Boolean(required=True)
    webhooks = fields.List(fields.Nested(RegisteredWebhookOut), required=True)
    make = fields.List(fields.String(), required=True, metadata={"description": "Sources without a right webhook."})
    remove = fields.List(fields.String(), required=True, metadata={"description": "Ids of ours that have to go."})
    example: ClassVar = {
        "is_right": False,
        "webhooks": [RegisteredWebhookOut.example],
        "make": ["messaging"],
        "remove": ["wh_1"],
    }


class HeardSourceOut(Shown):
    """How well one source was heard, of one account or of all."""

    source = fields.String(required=True)
    external_account_id = fields.String(allow_none=True)
    account_id = fields.String(allow_none=True)
    last_received_at = shown_instant(allow_none=True)
    deliveries = fields.Integer(required=True)
    failed = fields.Integer()
    unreadable = fields.Integer()
    unmatched = fields.Integer()
    duplicates = fields.Integer()
    astray = fields.Integer(metadata={"description": "Deliveries of what belongs to another address of ours."})
    error_rate = fields.Float()
    unmatched_share = fields.Float()
    came_after_seconds = fields.Float(
        allow_none=True, metadata={"description": "From what happened to its delivery: the median."}
    )
    decided_after_seconds = fields.Float(
        allow_none=True, metadata={"description": "From its delivery to its decision: the median."}
    )
    longest_until_decided_seconds = fields.Float(allow_none=True)
    example: ClassVar = {"source": "unipile/users", "deliveries": 0, "last_received_at": None}


class LastHeardOut(Shown):
    """How well we were told since an instant."""

    since = shown_instant()
    waiting = fields.Integer(required=True, metadata={"description": "Deliveries without a decision yet."})
    waiting_since = shown_instant(allow_none=True)
    sources = fields.List(fields.Nested(HeardSourceOut), required=True)
    accounts = fields.List(fields.Nested(HeardSourceOut), required=True)
    example: ClassVar = {
        "since": EXAMPLE_INSTANT,
        "waiting": 0,
        "waiting_since": None,
        "sources": [HeardSourceOut.example],
        "accounts": [],
    }


class WebhooksStatusOut(WebhooksOut):
    """How our webhooks are, and how well they were heard."""

    heard = fields.Nested(LastHeardOut, required=True)
    example: ClassVar = {**WebhooksOut.example, "heard": LastHeardOut.example}


class RepairIn(Body):
    """Whether only to say what would be done."""

    dry_run = Flag(load_default=True)
    example: ClassVar = {"dry_run": False}


class RepairOut(Shown):
    """How it was, what was to be done, what came of it, and how it is."""

    dry_run = fields.Boolean(required=True)
    is_right = fields.Boolean(required=True)
    before = fields.List(fields.Nested(RegisteredWebhookOut), required=True)
    make = fields.List(fields.String(), required=True)
    remove = fields.List(fields.String(), required=True)
    done = fields.List(fields.String(), required=True)
    refused = fields.List(fields.String(), required=True)
    after = fields.List(fields.Nested(RegisteredWebhookOut), required=True, allow_none=True)
    example: ClassVar = {
        "dry_run": False,
        "is_right": True,
        "before": [RegisteredWebhookOut.example],
        "make": ["messaging"],
        "remove": ["wh_1"],
        "done": ["made messaging", "removed wh_1"],
        "refused": [],
        "after": [],
    }


class RegisterIn(Body):
    """Which webhook to make."""

    source = fields.String(required=True, validate=validate.OneOf(["messaging", "users", "account_status"]))
    example: ClassVar = {"source": "messaging"}


class RegisteredOut(Shown):
    """A webhook was made at Unipile."""

    id = fields.String(required=True, allow_none=True)
    example: ClassVar = {"id": "wh_2"}
