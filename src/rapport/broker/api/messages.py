"""Messages in, and the word on replies out, over HTTP: what n8n calls."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from flask import Response, request

from rapport.broker import messages, replies
from rapport.broker.schemas import ChannelMessageIn, ChannelMessageOut, ReplyWordIn
from rapport.channels.queries import client_of
from rapport.http.bodies import body_bytes
from rapport.http.context import Call
from rapport.http.etags import dump
from rapport.http.idempotency import Once
from rapport.http.operation import Room
from rapport.http.repeating import answered
from rapport.http.transaction import reading
from rapport.inbox.queries.replies import reply as shown_reply
from rapport.inbox.schemas.replying import ReplyOut
from rapport.kernel.errors import NOT_FOUND, REPLY_STATE, RapportError
from rapport.kernel.principal import Principal
from rapport.kernel.tenancy import only
from rapport.kernel.tx import Tx
from rapport.rules.permissions import Permission

room = Room("broker", "", "What n8n tells: messages of channels, and what became of replies.")

_KEPT = timedelta(days=30)


@room.post(
    "/channels/messages",
    may=Permission.CALLBACKS,
    body=ChannelMessageIn,
    out=ChannelMessageOut,
    status=200,
    own=True,
    once=False,
    errors=[NOT_FOUND],
)
def take_channel_message(call: Call) -> Response:
    """Tell of a message on a channel. The same `message_id` again gets the first answer again, and changes nothing.

    The writer's campaigns stop, as with a reply on LinkedIn. What comes on a channel that is switched off is kept as it
    came and taken in when it is on again. Without a `message_id`, the same words within a minute count as one message.
    """
    service = call.service
    with reading(service, call.principal) as opened:
        client_id = client_of(opened, call.body["client_id"])
        if not service.client_exists(opened, client_id):
            raise RapportError(NOT_FOUND)
    given: dict[str, Any] = dict(call.body)
    given["message_id"] = given["message_id"] or messages.weak_id(
        given, service.clock.now().isoformat(timespec="minutes")
    )
    key = hashlib.sha256(f"{given['platform']}\0{given['message_id']}".encode()).hexdigest()
    once = Once(f"client:{client_id}", messages.SOURCE, key, key, kept=_KEPT)
    raw = body_bytes(request)
    headers = dict(request.headers)

    def act(tx: Tx) -> Response:
        shown = messages.take(tx, client_id, given, raw=raw, headers=headers)
        return Response(dump(shown), 200, content_type="application/json")

    mine = Principal(call.principal.actor, call.principal.permissions, only([client_id]))
    return answered(service, mine, once, act)


@room.post(
    "/callbacks/channel-reply",
    may=Permission.CALLBACKS,
    body=ReplyWordIn,
    out=ReplyOut,
    status=200,
    once=False,
    errors=[NOT_FOUND, REPLY_STATE],
)
def take_word_on_reply(call: Call) -> dict[str, Any]:
    """Say whether a reply that was told by `channel.reply` reached the person. The same word again changes nothing."""
    body = call.body
    replies.say(
        call.tx,
        body["reply_id"],
        was_sent=body["status"] == "sent",
        message_id=body["message_id"],
        code=body["error_code"],
        detail=body["error_message"],
    )
    call.tx.session.flush()
    return shown_reply(call.tx, body["reply_id"])
