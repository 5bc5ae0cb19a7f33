"""Message channels as they cross the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from rapport.channels.words import CONNECTABLE, Transport, Why
from rapport.conversations.words import Channel
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Shown,
    email_field,
    id_field,
    shown_id,
    shown_instant,
    word_field,
)


def _of_everyone(**more: Any) -> dict[str, fields.Field]:
    """What is said of a channel, whether or not somebody has connected it."""
    return {
        "client_id": shown_id(),
        "channel": word_field(Channel, required=True),
        "is_connected": fields.Boolean(
            required=True,
            metadata={"description": "Whether it counts in figures: what is not connected is left out of them."},
        ),
        "why": word_field(
            Why, required=True, allow_none=True, metadata={"description": "Why it is not connected; null when it is."}
        ),
        "transport": word_field(Transport, required=True, allow_none=True),
        "address": fields.String(required=True, allow_none=True),
        "connection_id": shown_id(allow_none=True),
        "auto_reply_id": shown_id(allow_none=True),
        "last_in_at": shown_instant(allow_none=True),
        "last_out_at": shown_instant(allow_none=True),
        "last_error": fields.String(required=True, allow_none=True),
        "last_error_at": shown_instant(allow_none=True),
        **more,
    }


_EXAMPLE = {
    "id": EXAMPLE_ID,
    "client_id": EXAMPLE_ID,
    "channel": "messenger",
    "is_connected": True,
    "why": None,
    "transport": "n8n",
    "address": None,
    "connection_id": EXAMPLE_ID,
    "auto_reply_id": None,
    "last_in_at": EXAMPLE_INSTANT,
    "last_out_at": None,
    "last_error": None,
    "last_error_at": None,
    "created_at": EXAMPLE_INSTANT,
    "version": 1,
}


class StandingOut(Shown.from_dict(_of_everyone())):  # type: ignore[misc]
    """How a channel stands with a client; `id` is null of LinkedIn, which is its accounts, and where none is."""

    id = shown_id(allow_none=True)
    created_at = shown_instant(allow_none=True)
    version = fields.Integer(required=True, allow_none=True)
    example: ClassVar = _EXAMPLE


class StandingsOut(Shown):
    """Every channel there is, and how it stands with a client."""

    items = fields.List(fields.Nested(StandingOut), required=True)
    example: ClassVar = {"items": [_EXAMPLE]}


class ChannelOut(Shown.from_dict(_of_everyone(transport=word_field(Transport, required=True)))):  # type: ignore[misc]
    """A channel that somebody connected."""

    id = shown_id()
    created_at = shown_instant()
    version = fields.Integer(required=True)
    example: ClassVar = _EXAMPLE


class NewChannelOut(ChannelOut):
    """A channel, and once what opens the address that its mail is posted to."""

    inbound_url = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Where n8n or the mail provider posts what comes; null while PUBLIC_URL is not set."},
    )
    user = fields.String(
        required=True, allow_none=True, metadata={"description": "Of Postmark's basic authentication."}
    )
    password = fields.String(required=True, allow_none=True, metadata={"description": "Shown here and never again."})
    example: ClassVar = {
        **_EXAMPLE,
        "inbound_url": "https://rapport.example/api/v1/channels/messages",
        "user": None,
        "password": None,
    }


class ChannelsQuery(Schema):
    """Whose channels."""

    client_id = id_field(required=True)


class ChannelIn(Body):
    """A channel to be connected."""

    client_id = id_field(required=True)
    channel = fields.String(required=True, validate=validate.OneOf([each.value for each in CONNECTABLE]))
    transport = word_field(Transport, load_default=Transport.N8N.value)
    address = email_field(load_default=None, allow_none=True)
    connection_id = id_field(load_default=None, allow_none=True)
    auto_reply_id = id_field(load_default=None, allow_none=True)
    example: ClassVar = {"client_id": EXAMPLE_ID, "channel": "messenger", "connection_id": EXAMPLE_ID}


class ChannelChange(Body):
    """What of a channel is to be otherwise."""

    address = email_field(allow_none=True)
    connection_id = id_field(allow_none=True)
    auto_reply_id = id_field(allow_none=True)
    enabled = Flag(metadata={"description": "false switches it off: what comes in waits until it is on again."})
    example: ClassVar = {"enabled": False}
