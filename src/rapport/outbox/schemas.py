"""Connections and deliveries as they cross the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Pattern,
    Shown,
    id_field,
    instant_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
)
from rapport.outbox.words import CONNECTED, KINDS, AttemptOutcome, Channel, ConnectionStatus, DeliveryStatus
from rapport.rules.delivering import Schedule

_KINDS = validate.OneOf([each.value for each in CONNECTED])
_ALL_KINDS = validate.OneOf([each.value for each in KINDS])
_CHANNELS = validate.OneOf([each.value for each in Channel])
_SCHEDULES = validate.OneOf([each.value for each in Schedule])
_TYPE = Pattern(r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?$")
_TOKEN = Pattern(r"^[0-9]{1,20}:[A-Za-z0-9_-]{1,100}$")
_CHAT = Pattern(r"^-?[0-9]{1,20}$")


def event_types_field(**more: Any) -> fields.Field[Any]:
    """Types of events; `reply.*` is all of a kind."""
    return fields.List(
        fields.String(validate=[validate.Length(1, 80), _TYPE]), validate=validate.Length(max=50), **more
    )


class ConnectionOut(Shown):
    """An outside party of a client, and how it does."""

    id = shown_id()
    client_id = shown_id(allow_none=True)
    kind = fields.String(required=True, validate=_ALL_KINDS)
    name = fields.String(required=True)
    address = fields.String(
        required=True, metadata={"description": "A URL, a chat, or Slack's address without its secret."}
    )
    event_types = fields.List(fields.String(), required=True)
    schedule = fields.String(required=True, validate=_SCHEDULES)
    status = word_field(ConnectionStatus, required=True)
    status_reason = fields.String(required=True, allow_none=True)
    dead_in_a_row = fields.Integer(required=True)
    failing_since = shown_instant(allow_none=True)
    last_ok_at = shown_instant(allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    previous_until = shown_instant(allow_none=True)
    created_at = shown_instant()
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "kind": "webhook",
        "name": "Our n8n",
        "address": "https://hooks.example/rapport",
        "event_types": ["reply.*"],
        "schedule": "standard",
        "status": "ok",
        "status_reason": None,
        "dead_in_a_row": 0,
        "failing_since": None,
        "last_ok_at": EXAMPLE_INSTANT,
        "last_error": None,
        "previous_until": None,
        "created_at": EXAMPLE_INSTANT,
        "version": 1,
    }


class NewConnectionOut(ConnectionOut):
    """A connection as it was made."""

    secret = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "What a webhook's deliveries are signed with: in this answer and never again."},
    )
    example: ClassVar = {**ConnectionOut.example, "secret": "whsec_..."}


class ConnectionIn(Body):
    """A new connection: a webhook or Slack has a `url`, Telegram a `token` and a `chat_id`."""

    client_id = id_field(required=True)
    kind = fields.String(required=True, validate=_KINDS)
    name = text_field(120, required=True)
    url = fields.String(validate=validate.Length(1, 400))
    token = fields.String(validate=_TOKEN)
    chat_id = fields.String(validate=_CHAT)
    event_types = event_types_field(
        load_default=list, metadata={"description": "What a webhook is told; an empty list means everything."}
    )
    schedule = fields.String(load_default=Schedule.STANDARD.value, validate=_SCHEDULES)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "kind": "webhook",
        "name": "Our n8n",
        "url": "https://hooks.example/rapport",
        "event_types": ["reply.*", "lead.created"],
    }


class ConnectionChange(Body):
    """What changes of a connection."""

    name = text_field(120)
    url = fields.String(validate=validate.Length(1, 400))
    token = fields.String(validate=_TOKEN)
    chat_id = fields.String(validate=_CHAT)
    event_types = event_types_field()
    schedule = fields.String(validate=_SCHEDULES)
    enabled = Flag()
    example: ClassVar = {"event_types": ["reply.received"], "enabled": True}


class RecoverIn(Body):
    """From when on dead letters are sent again; without it none are."""

    since = instant_field(load_default=None, allow_none=True)
    example: ClassVar = {"since": EXAMPLE_INSTANT}


class DeliveryAttemptOut(Shown):
    """One attempt."""

    n = fields.Integer(required=True)
    started_at = shown_instant()
    ended_at = shown_instant(allow_none=True)
    outcome = word_field(AttemptOutcome, required=True, allow_none=True)
    http_status = fields.Integer(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    response_excerpt = fields.String(required=True, allow_none=True)
    example: ClassVar = {
        "n": 1,
        "started_at": EXAMPLE_INSTANT,
        "ended_at": EXAMPLE_INSTANT,
        "outcome": "carried",
        "http_status": 200,
        "error": None,
        "response_excerpt": "ok",
    }


class OutgoingOut(Shown):
    """Something that is told to somebody, and where that stands."""

    id = shown_id()
    client_id = shown_id(allow_none=True)
    channel = fields.String(required=True, validate=_CHANNELS)
    connection_id = shown_id(allow_none=True)
    recipient = fields.String(required=True)
    event_id = shown_id(allow_none=True)
    event_type = fields.String(required=True)
    rule_id = shown_id(allow_none=True)
    conversation_id = shown_id(allow_none=True)
    title = fields.String(required=True)
    status = word_field(DeliveryStatus, required=True)
    reason = fields.String(required=True, allow_none=True, metadata={"description": "Why it is dead or was not sent."})
    schedule = fields.String(required=True, validate=_SCHEDULES)
    attempts = fields.Integer(required=True)
    tries = fields.Integer(required=True)
    next_attempt_at = shown_instant(allow_none=True)
    digest_at = shown_instant(allow_none=True)
    merged_into = shown_id(allow_none=True)
    uncertain_since = shown_instant(allow_none=True)
    replays = fields.Integer(required=True)
    provider_id = fields.String(required=True, allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    created_at = shown_instant()
    settled_at = shown_instant(allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "channel": "webhook",
        "connection_id": EXAMPLE_ID,
        "recipient": "https://hooks.example/rapport",
        "event_id": EXAMPLE_ID,
        "event_type": "reply.received",
        "rule_id": None,
        "conversation_id": EXAMPLE_ID,
        "title": "Ada Lovelace replied",
        "status": "sent",
        "reason": None,
        "schedule": "standard",
        "attempts": 1,
        "tries": 1,
        "next_attempt_at": None,
        "digest_at": None,
        "merged_into": None,
        "uncertain_since": None,
        "replays": 0,
        "provider_id": None,
        "last_error": None,
        "created_at": EXAMPLE_INSTANT,
        "settled_at": EXAMPLE_INSTANT,
    }


class OutgoingDetailOut(OutgoingOut):
    """A delivery with what it says and every attempt."""

    body = fields.String(required=True)
    attempts_made = fields.List(fields.Nested(DeliveryAttemptOut), required=True)
    example: ClassVar = {
        **OutgoingOut.example,
        "body": '{"type": "reply.received"}',
        "attempts_made": [DeliveryAttemptOut.example],
    }


class DeliveryAttemptsOut(Shown):
    """Every attempt of a delivery."""

    items = fields.List(fields.Nested(DeliveryAttemptOut), required=True)
    example: ClassVar = {"items": [DeliveryAttemptOut.example]}


class OutgoingCountsQuery(Body):
    """Whose deliveries are counted."""

    client_id = id_field(metadata={"description": "Absent means all in reach."})


class OutgoingCountsOut(Shown):
    """How many deliveries stand where."""

    pending = fields.Integer(required=True)
    retry = fields.Integer(required=True)
    sent = fields.Integer(required=True)
    delivered = fields.Integer(required=True)
    dead = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    example: ClassVar = {"pending": 1, "retry": 0, "sent": 812, "delivered": 90, "dead": 3, "skipped": 14}


class ReplayManyIn(Body):
    """Which dead letters to send again."""

    client_id = id_field(load_default=None, allow_none=True)
    connection_id = id_field(load_default=None, allow_none=True)
    channel = fields.String(load_default=None, allow_none=True, validate=_CHANNELS)
    event_type = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 80))
    since = instant_field(load_default=None, allow_none=True)
    until = instant_field(load_default=None, allow_none=True)
    example: ClassVar = {"connection_id": EXAMPLE_ID, "since": EXAMPLE_INSTANT}


class DismissalIn(Body):
    """Why nobody needs to be told any more."""

    reason = text_field(150, required=True)
    example: ClassVar = {"reason": "They called us meanwhile."}


class ReplayCountOut(Shown):
    """How many dead letters that would be."""

    count = fields.Integer(required=True)
    example: ClassVar = {"count": 120}


class ReplayedOut(Shown):
    """What a bulk replay did."""

    replayed = fields.Integer(required=True)
    more = fields.Boolean(required=True, metadata={"description": "More match than one call replays; call again."})
    example: ClassVar = {"replayed": 120, "more": False}
