"""Unmatched messages, and how accounts are listened to, as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Shown,
    WholeInQuery,
    id_field,
    shown_id,
    shown_instant,
    text_field,
)

_EVIDENCE = {"provider_id": {"given": {"provider_id": "ACoAAB1"}, "lead_id": None}}


class HeardOut(Shown):
    """A message with what was tried to know its writer."""

    id = shown_id()
    client_id = shown_id()
    conversation_id = shown_id()
    external_id = fields.String(required=True, allow_none=True)
    direction = fields.String(required=True, allow_none=True)
    author_id = fields.String(required=True, allow_none=True)
    author_name = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    at = shown_instant()
    recorded_at = shown_instant()
    via = fields.String(required=True)
    lead_id = shown_id(allow_none=True)
    match_rung = fields.String(required=True, allow_none=True)
    match_evidence = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "Each rung of recognising the writer: what it was given and whom it found."},
    )
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "conversation_id": EXAMPLE_ID,
        "external_id": "iXw0",
        "direction": "in",
        "author_id": "ACoAAB1",
        "author_name": "Ada Lovelace",
        "text": "Yes, let us talk.",
        "at": EXAMPLE_INSTANT,
        "recorded_at": EXAMPLE_INSTANT,
        "via": "webhook",
        "lead_id": None,
        "match_rung": None,
        "match_evidence": _EVIDENCE,
    }


class UnmatchedOut(HeardOut):
    """A message whose writer is nobody we know."""

    account_id = shown_id(allow_none=True)
    chat_id = fields.String(required=True, allow_none=True)
    example: ClassVar = {**HeardOut.example, "account_id": EXAMPLE_ID, "chat_id": "UtRr8mVnXq2"}


class MatchIn(Body):
    """Who wrote it."""

    lead_id = id_field(required=True)
    example: ClassVar = {"lead_id": EXAMPLE_ID}


class WatchedOut(Shown):
    """How one account is listened to."""

    account_id = shown_id()
    client_id = shown_id()
    name = fields.String(required=True)
    status = fields.String(required=True)
    read_up_to = shown_instant(allow_none=True)
    heard_at = shown_instant(allow_none=True)
    polled_at = shown_instant(allow_none=True)
    missed_at = shown_instant(allow_none=True)
    missed = fields.Integer(
        required=True,
        metadata={"description": "How many messages were found by reading since a webhook last told of one."},
    )
    invitations_at = shown_instant(allow_none=True)
    relations_at = shown_instant(allow_none=True)
    example: ClassVar = {
        "account_id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "name": "Mira Sender",
        "status": "ok",
        "read_up_to": EXAMPLE_INSTANT,
        "heard_at": EXAMPLE_INSTANT,
        "polled_at": EXAMPLE_INSTANT,
        "missed_at": None,
        "missed": 0,
        "invitations_at": EXAMPLE_INSTANT,
        "relations_at": EXAMPLE_INSTANT,
    }


class ListeningOut(Shown):
    """All accounts in reach."""

    items = fields.List(fields.Nested(WatchedOut), required=True)
    example: ClassVar = {"items": [WatchedOut.example]}


class DiagnosticsQuery(Schema):
    """Whose traffic is looked at: one of the three."""

    lead_id = id_field()
    chat_id = text_field(200)
    account_id = id_field()
    limit = WholeInQuery(load_default=20, validate=validate.Range(1, 200))

    @validates_schema
    def _one(self, data: dict[str, object], **_: object) -> None:
        if len({"lead_id", "chat_id", "account_id"} & data.keys()) != 1:
            raise ValidationError({"lead_id": ["Give exactly one of lead_id, chat_id and account_id."]})


class DeliverySeenOut(Shown):
    """A delivery and what was made of it."""

    id = shown_id()
    source = fields.String(required=True)
    kind = fields.String(required=True, allow_none=True)
    received_at = shown_instant()
    happened_at = shown_instant(allow_none=True)
    status = fields.String(required=True)
    word = fields.String(required=True, allow_none=True)
    decision = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "source": "unipile/messaging",
        "kind": "message_received",
        "received_at": EXAMPLE_INSTANT,
        "happened_at": EXAMPLE_INSTANT,
        "status": "processed",
        "word": "reply",
        "decision": {"rung": "provider_id", "direction": "in"},
        "error": None,
    }


class EventSeenOut(Shown):
    """Something that followed."""

    id = shown_id()
    type = fields.String(required=True)
    title = fields.String(required=True)
    occurred_at = shown_instant()
    recorded_at = shown_instant()
    data = fields.Dict(keys=fields.String(), required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "type": "reply.received",
        "title": "Ada Lovelace replied",
        "occurred_at": EXAMPLE_INSTANT,
        "recorded_at": EXAMPLE_INSTANT,
        "data": {"lead": "Ada Lovelace"},
    }


class DiagnosticsOut(Shown):
    """The last deliveries, messages and events, the newest first, with the decision taken for each."""

    deliveries = fields.List(fields.Nested(DeliverySeenOut), required=True)
    messages = fields.List(fields.Nested(HeardOut), required=True)
    events = fields.List(fields.Nested(EventSeenOut), required=True)
    example: ClassVar = {
        "deliveries": [DeliverySeenOut.example],
        "messages": [HeardOut.example],
        "events": [EventSeenOut.example],
    }
