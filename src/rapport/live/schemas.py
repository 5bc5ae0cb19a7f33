"""Live streams as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import EXAMPLE_INSTANT, Body, Shown, WholeInQuery, id_field, shown_instant

_SEQ = validate.Range(0, 2**62)
STATES = ("viewing", "replying", "gone")


class ConversationStreamQuery(Body):
    """Where to begin, and a token where no header can be sent."""

    last_event_id = WholeInQuery(
        validate=_SEQ,
        metadata={"description": "The number of the last event seen; the header Last-Event-ID goes before it."},
    )
    token = fields.String(
        validate=validate.Length(1, 200),
        metadata={"description": "A stream token, for browsers: good once, and spent with this call."},
    )


class StreamQuery(ConversationStreamQuery):
    """Likewise, and whose events."""

    client_id = id_field(required=True)


class StreamTokenOut(Shown):
    """What opens one stream."""

    token = fields.String(required=True, metadata={"description": "Good once, for a minute."})
    expires_at = shown_instant()
    example: ClassVar = {"token": "rs_8mB0...", "expires_at": EXAMPLE_INSTANT}


class PresenceIn(Body):
    """What somebody does at a conversation right now."""

    state = fields.String(required=True, validate=validate.OneOf(STATES))
    example: ClassVar = {"state": "replying"}
