"""Live streams over HTTP: of a client, of a conversation, and who is there."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.events import queries
from rapport.flags.names import Feature
from rapport.flags.queries import is_on
from rapport.http.context import Call, Reply
from rapport.http.operation import Room
from rapport.http.transaction import reading as begin_reading
from rapport.kernel.errors import (
    NOT_FOUND,
    STREAMS_FULL,
    UNAVAILABLE,
    VALIDATION_FAILED,
    RapportError,
    field_error,
)
from rapport.kernel.tx import Reading
from rapport.live.held import Held
from rapport.live.queries import client_of
from rapport.live.schemas import ConversationStreamQuery, PresenceIn, StreamQuery, StreamTokenOut
from rapport.live.stream import BATCH, Stream, begin
from rapport.people import stream_tokens
from rapport.people.queries import profile
from rapport.rules.permissions import Permission

room = Room("live", "/inbox", "What happens, told as it happens.")

_STREAM: dict[str, Any] = {
    "may": Permission.READ,
    "out": None,
    "own": True,
    "stream": True,
    "content_type": "text/event-stream",
    "errors": [NOT_FOUND, STREAMS_FULL, UNAVAILABLE, VALIDATION_FAILED],
}
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_ASK_LATER = 60


@room.get("/stream", query=StreamQuery, **_STREAM)
def stream_client(call: Call) -> Reply:
    """Listen to everything that happens at a client, as server-sent events.

    Each event of the log is one event with its number as `id`; whoever comes back with the last number, as header
    `Last-Event-ID` or as `last_event_id`, gets what came after, without a gap and without a double. The first event is
    `ready` with the number the stream begins after. Whoever is too far behind gets `reset`: read everything anew and go
    on. `presence` says who is at a conversation right now. A comment every few seconds shows that the stream lives.
    """
    client_id = call.query["client_id"]
    with begin_reading(call.service, call.principal) as reading:
        if not call.principal.scope.allows(client_id) or not queries.has_stream(reading, client_id):
            raise RapportError(NOT_FOUND)
        return _listen(call, reading, client_id, None)


@room.get("/conversations/<id:conversation_id>/stream", query=ConversationStreamQuery, **_STREAM)
def stream_conversation(call: Call, conversation_id: str) -> Reply:
    """Listen to what happens in one conversation; otherwise as for a client."""
    with begin_reading(call.service, call.principal) as reading:
        return _listen(call, reading, client_of(reading, conversation_id), conversation_id)


@room.post("/stream-token", may=Permission.SELF, out=StreamTokenOut, once=False, no_store=True)
def make_stream_token(call: Call) -> dict[str, Any]:
    """Make a token that opens one stream, for a browser's EventSource: good once, and for a minute."""
    token = stream_tokens.mint(call.tx, call.principal.session_id or "")
    return {"token": token, "expires_at": call.tx.now + stream_tokens.LIFE}


@room.post(
    "/conversations/<id:conversation_id>/presence",
    may=Permission.SELF,
    body=PresenceIn,
    out=None,
    status=204,
    once=False,
    errors=[NOT_FOUND],
)
def tell_presence(call: Call, conversation_id: str) -> None:
    """Say that one looks at a conversation, or replies: heard by whoever listens right now, and kept nowhere."""
    client_id = client_of(call.tx, conversation_id)
    me = call.principal.actor.id or ""
    call.service.live.say(
        call.tx,
        {
            "client_id": client_id,
            "conversation_id": conversation_id,
            "user_id": me,
            "name": profile(call.tx, me)["name"],
            "state": call.body["state"],
            "at": call.tx.now,
        },
    )


def _listen(call: Call, reading: Reading, client_id: str, conversation_id: str | None) -> Reply:
    service = call.service
    if not is_on(reading, Feature.LIVE, client_id, off=service.settings.off):
        raise RapportError(UNAVAILABLE, retry_after=_ASK_LATER)
    stream = begin(
        reading,
        call.principal,
        client_id,
        conversation_id,
        last_event_id=_last_event_id(call),
        most_behind=service.settings.live_replay,
    )
    if request.method == "HEAD":
        return Reply(b"", headers=_HEADERS)
    service.live.take_place()
    held = Held(stream, request.environ, rest=lambda: _what_there_is(call, stream), give_back=service.live.give_back)
    return Reply(held, headers=_HEADERS)


def _last_event_id(call: Call) -> int | None:
    header = request.headers.get("Last-Event-ID")
    if header is None:
        found: int | None = call.query.get("last_event_id")
        return found
    if not header.isascii() or not header.isdigit() or len(header) > 18:
        raise field_error("Last-Event-ID", "Must be the number of an event.")
    return int(header)


def _what_there_is(call: Call, stream: Stream) -> bytes:
    """For a server that holds no streams: one batch, after which the listener comes back."""
    with begin_reading(call.service, call.principal) as reading:
        events, _ = queries.after(reading, stream.client_id, stream.after, limit=BATCH)
    return stream.frames_of(events)
