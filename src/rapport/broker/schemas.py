"""Messages that others bring, and what they say of replies, as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.broker.words import Next
from rapport.channels.words import CONNECTABLE
from rapport.kernel.schema import EXAMPLE_ID, Body, Shown, id_field, instant_field, shown_id, text_field, word_field

_LONGEST = 20_000


class ChannelMessageIn(Body):
    """A message that somebody wrote on a channel."""

    client_id = id_field(
        load_default=None,
        allow_none=True,
        metadata={"description": "Needed of a key for several clients; a client's own key speaks for that client."},
    )
    platform = fields.String(required=True, validate=validate.OneOf([each.value for each in CONNECTABLE]))
    user_id = text_field(200, required=True, metadata={"description": "How the channel names the writer."})
    message = text_field(_LONGEST, required=True)
    message_id = text_field(
        200,
        load_default=None,
        allow_none=True,
        metadata={"description": "The channel's id: so often as it is told, it is one message and one answer."},
    )
    sent_at = instant_field(load_default=None, allow_none=True)
    intents = fields.List(text_field(80), load_default=list, validate=validate.Length(max=20))
    session_data = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 60)),
        load_default=dict,
        validate=validate.Length(max=40),
        metadata={"description": "What is known of the writer: name, email, phone, company, thread_id and the like."},
    )
    example: ClassVar = {
        "platform": "messenger",
        "user_id": "7402918",
        "message": "What does the large engine cost?",
        "message_id": "m_8Xq2",
        "intents": ["price"],
        "session_data": {"name": "Ada Lovelace", "email": "ada@engines.example"},
    }


class SuggestedOut(Shown):
    """Something a message may be about."""

    offering_id = shown_id()
    name = fields.String(required=True)
    confidence = fields.Float(required=True)
    status = fields.String(required=True)


class ChannelMessageOut(Shown):
    """What became of a message, and what a bot may do next."""

    conversation_id = shown_id(allow_none=True)
    message_id = shown_id(allow_none=True)
    lead_id = shown_id(allow_none=True)
    lead_captured = fields.Boolean(required=True, metadata={"description": "Whether the writer became a lead by this."})
    intents = fields.List(fields.String(), required=True)
    suggested_offerings = fields.List(fields.Nested(SuggestedOut), required=True)
    next_action = word_field(
        Next,
        required=True,
        metadata={"description": "Give `reply_text`, leave it to a person, or nothing: see docs/integrations.md."},
    )
    reply_text = fields.String(
        required=True, allow_none=True, metadata={"description": "What to answer now; recorded as sent by the bot."}
    )
    example: ClassVar = {
        "conversation_id": EXAMPLE_ID,
        "message_id": EXAMPLE_ID,
        "lead_id": EXAMPLE_ID,
        "lead_captured": True,
        "intents": ["price"],
        "suggested_offerings": [
            {"offering_id": EXAMPLE_ID, "name": "Large engine", "confidence": 0.9, "status": "auto"}
        ],
        "next_action": Next.OPERATOR.value,
        "reply_text": None,
    }


class ReplyWordIn(Body):
    """What became of a reply that somebody carried for us."""

    reply_id = id_field(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["sent", "failed"]))
    message_id = text_field(200, load_default=None, allow_none=True)
    error_code = text_field(80, load_default="not_sent")
    error_message = text_field(500, load_default=None, allow_none=True)
    example: ClassVar = {"reply_id": EXAMPLE_ID, "status": "sent", "message_id": "m_8Xq3"}
