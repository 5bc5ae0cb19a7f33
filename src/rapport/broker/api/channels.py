"""Message channels over HTTP."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.channels import keeping, queries
from rapport.channels.schemas import ChannelChange, ChannelIn, ChannelOut, ChannelsQuery, NewChannelOut, StandingsOut
from rapport.channels.words import Transport
from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.inbox import canned
from rapport.kernel.errors import CHANNEL_ALREADY_CONNECTED, CHANNEL_STATE, CLIENT_ARCHIVED, NOT_FOUND, RapportError
from rapport.outbox.queries import delivery
from rapport.outbox.schemas import OutgoingDetailOut
from rapport.people import clients
from rapport.rules.permissions import Permission

room = Room("channels", "/channels", "Where a client is written to: email, chat, Messenger, Instagram, WhatsApp.")

_ONE = "/<id:channel_id>"
_WHERE = {
    Transport.N8N.value: "/api/v1/channels/messages",
    Transport.POSTMARK.value: "/api/v1/webhooks/postmark/inbound",
    Transport.RESEND.value: "/api/v1/webhooks/resend",
}


@room.get("", may=Permission.READ, out=StandingsOut, query=ChannelsQuery, errors=[NOT_FOUND])
def list_channels(call: Call) -> dict[str, Any]:
    """List every channel there is and how it stands with a client: connected, or why not."""
    client_id = call.query["client_id"]
    if not call.principal.scope.allows(client_id) or not call.service.client_exists(call.reading, client_id):
        raise RapportError(NOT_FOUND)
    return {"items": queries.of_client(call.reading, client_id)}


@room.post(
    "",
    may=Permission.WRITE,
    body=ChannelIn,
    out=NewChannelOut,
    errors=[NOT_FOUND, CLIENT_ARCHIVED, CHANNEL_ALREADY_CONNECTED],
    no_store=True,
)
def connect_channel(call: Call) -> dict[str, Any]:
    """Connect a channel: n8n tells of its messages and is told of replies, or a mail provider brings its mail.

    For n8n name the webhook endpoint that replies are told to. Postmark's password is in this answer and never again.
    """
    client = clients.get(call.tx, call.body["client_id"])
    if client.archived_at is not None:
        raise RapportError(CLIENT_ARCHIVED)
    _own_text(call, client.id)
    made, password = keeping.connect(call.tx, client.id, call.body)
    return _with_door(call, made.id, password)


@room.get(_ONE, may=Permission.READ, out=ChannelOut, errors=[NOT_FOUND])
def show_channel(call: Call, channel_id: str) -> dict[str, Any]:
    """Show a channel."""
    return queries.one(call.reading, channel_id)


@room.patch(
    _ONE,
    may=Permission.WRITE,
    body=ChannelChange,
    out=ChannelOut,
    errors=[NOT_FOUND, CHANNEL_ALREADY_CONNECTED],
    if_match=True,
)
def change_channel(call: Call, channel_id: str) -> dict[str, Any]:
    """Change a channel, or switch it off and on. What came while it was off is taken in when it is on again."""
    row = keeping.get(call.tx, channel_id)
    check_unchanged(request, queries.one(call.tx, channel_id))
    _own_text(call, row.client_id)
    keeping.change(call.tx, row, call.body)
    call.tx.session.flush()  # what is shown is read by a statement on bare tables
    return queries.one(call.tx, channel_id)


@room.post(f"{_ONE}/test", may=Permission.WRITE, out=OutgoingDetailOut, status=202, errors=[NOT_FOUND, CHANNEL_STATE])
def test_channel(call: Call, channel_id: str) -> dict[str, Any]:
    """Send a test to the connection of a channel, on the way of every reply; how it went is read at the delivery."""
    return delivery(call.tx, keeping.test(call.tx, keeping.get(call.tx, channel_id)))


@room.post(
    f"{_ONE}/rotate-password",
    may=Permission.WRITE,
    out=NewChannelOut,
    status=200,
    errors=[NOT_FOUND, CHANNEL_STATE],
    no_store=True,
)
def rotate_channel_password(call: Call, channel_id: str) -> dict[str, Any]:
    """Give a channel that Postmark brings another password, shown here; the one before opens nothing any more."""
    password = keeping.rotate(call.tx, keeping.get(call.tx, channel_id))
    call.tx.session.flush()
    return _with_door(call, channel_id, password)


def _own_text(call: Call, client_id: str) -> None:
    """Refuse another client's text as the automatic answer."""
    text_id = call.body.get("auto_reply_id")
    if text_id is not None and canned.get(call.tx, text_id).client_id != client_id:
        raise RapportError(NOT_FOUND)


def _with_door(call: Call, channel_id: str, password: str | None) -> dict[str, Any]:
    shown = queries.one(call.tx, channel_id)
    base = call.service.settings.webhook_base
    return {
        **shown,
        "inbound_url": f"{base}{_WHERE[shown['transport']]}" if base else None,
        "user": channel_id if password is not None else None,
        "password": password,
    }
