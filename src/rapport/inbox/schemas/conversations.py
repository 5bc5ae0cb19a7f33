"""Conversations and messages as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields

from rapport.conversations.words import Channel, ConversationStatus, Outcome, Temperature
from rapport.inbox.schemas.replying import ReplyOut
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Shown,
    shown_id,
    shown_instant,
    word_field,
)


class NewestOut(Shown):
    """The beginning of the newest message."""

    text = fields.String(required=True, allow_none=True)
    direction = fields.String(required=True, allow_none=True)
    at = shown_instant()
    example: ClassVar = {"text": "Yes, let us talk.", "direction": "in", "at": EXAMPLE_INSTANT}


class ConversationOut(Shown):
    """A thread with a person on a channel, as the list shows it."""

    id = shown_id()
    client_id = shown_id()
    channel = word_field(Channel, required=True)
    account_id = shown_id(allow_none=True)
    account = fields.String(required=True, allow_none=True)
    lead_id = shown_id(allow_none=True)
    lead = fields.String(required=True, allow_none=True)
    campaign_id = shown_id(allow_none=True)
    campaign = fields.String(required=True, allow_none=True)
    external_id = fields.String(required=True, allow_none=True)
    subject = fields.String(required=True, allow_none=True)
    is_group = fields.Boolean(required=True)
    status = word_field(ConversationStatus, required=True)
    snoozed_until = shown_instant(allow_none=True)
    assignee_id = shown_id(allow_none=True)
    assignee = fields.String(required=True, allow_none=True)
    queue_id = shown_id(allow_none=True)
    queue = fields.String(required=True, allow_none=True)
    temperature = word_field(Temperature, required=True, allow_none=True)
    outcome = word_field(Outcome, required=True, allow_none=True)
    unread_count = fields.Integer(required=True)
    message_count = fields.Integer(required=True)
    waiting_since = shown_instant(allow_none=True)
    last_message_at = shown_instant(allow_none=True)
    last_inbound_at = shown_instant(allow_none=True)
    last_outbound_at = shown_instant(allow_none=True)
    created_at = shown_instant()
    updated_at = shown_instant()
    version = fields.Integer(required=True)
    sla_due_at = shown_instant(allow_none=True)
    sla_warned_at = shown_instant(allow_none=True)
    sla_breached_at = shown_instant(allow_none=True)
    tags = fields.List(fields.String(), required=True)
    newest = fields.Nested(NewestOut, required=True, allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "channel": "linkedin",
        "account_id": EXAMPLE_ID,
        "account": "Mira Sender",
        "lead_id": EXAMPLE_ID,
        "lead": "Ada Lovelace",
        "campaign_id": EXAMPLE_ID,
        "campaign": "Engines in spring",
        "external_id": "UtRr8mVnXq2",
        "subject": None,
        "is_group": False,
        "status": "open",
        "snoozed_until": None,
        "assignee_id": None,
        "assignee": None,
        "queue_id": None,
        "queue": None,
        "temperature": "hot",
        "outcome": None,
        "unread_count": 1,
        "message_count": 2,
        "waiting_since": EXAMPLE_INSTANT,
        "last_message_at": EXAMPLE_INSTANT,
        "last_inbound_at": EXAMPLE_INSTANT,
        "last_outbound_at": EXAMPLE_INSTANT,
        "created_at": EXAMPLE_INSTANT,
        "updated_at": EXAMPLE_INSTANT,
        "version": 3,
        "sla_due_at": EXAMPLE_INSTANT,
        "sla_warned_at": None,
        "sla_breached_at": None,
        "tags": ["vip"],
        "newest": NewestOut.example,
    }


class ParticipantOut(Shown):
    """Somebody in a thread."""

    external_id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    profile_url = fields.String(required=True, allow_none=True)
    is_self = fields.Boolean(required=True)
    example: ClassVar = {"external_id": "ACoAAB1", "name": "Ada Lovelace", "profile_url": None, "is_self": False}


class SendingOut(Shown):
    """What the account may still write today, and when the next message may go."""

    account_id = shown_id()
    account = fields.String(required=True)
    limit = fields.Integer(required=True)
    used = fields.Integer(required=True)
    remaining = fields.Integer(required=True)
    ahead = fields.Integer(required=True, metadata={"description": "Replies that wait for the account already."})
    next_at = shown_instant(allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    sentence = fields.String(required=True, allow_none=True)
    example: ClassVar = {
        "account_id": EXAMPLE_ID,
        "account": "Mira Sender",
        "limit": 100,
        "used": 40,
        "remaining": 60,
        "ahead": 0,
        "next_at": EXAMPLE_INSTANT,
        "reason": None,
        "sentence": None,
    }


class ConversationDetailOut(ConversationOut):
    """A conversation with all that its screen shows beside the messages."""

    participants = fields.List(fields.Nested(ParticipantOut), required=True)
    sending = fields.Nested(SendingOut, required=True, allow_none=True)
    not_answerable = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why nothing that is written here would arrive; null where it would."},
    )
    reply_until = shown_instant(
        allow_none=True, metadata={"description": "Until when the channel lets this person be answered; null: no term."}
    )
    outgoing = fields.List(
        fields.Nested(ReplyOut),
        required=True,
        metadata={"description": "Replies that have not arrived: on their way, uncertain, or failed."},
    )
    example: ClassVar = {
        **ConversationOut.example,
        "participants": [ParticipantOut.example],
        "sending": SendingOut.example,
        "not_answerable": None,
        "reply_until": None,
        "outgoing": [],
    }


class MessageOut(Shown):
    """One thing that was written."""

    id = shown_id()
    conversation_id = shown_id()
    number = fields.Integer(
        required=True, metadata={"description": "The how-manyeth of its conversation it was to become known."}
    )
    kind = fields.String(required=True)
    direction = fields.String(required=True, allow_none=True)
    author_id = fields.String(required=True, allow_none=True)
    author_name = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    earlier_texts = fields.List(fields.String(), required=True)
    subject = fields.String(required=True, allow_none=True)
    attachments = fields.List(fields.Dict(keys=fields.String()), required=True)
    reactions = fields.List(fields.Dict(keys=fields.String()), required=True)
    at = shown_instant()
    recorded_at = shown_instant()
    via = fields.String(required=True)
    edited_at = shown_instant(allow_none=True)
    deleted_at = shown_instant(allow_none=True)
    seen_at = shown_instant(allow_none=True)
    delivered_at = shown_instant(allow_none=True)
    read_at = shown_instant(allow_none=True)
    action_id = shown_id(allow_none=True)
    is_auto_reply = fields.Boolean(required=True)
    is_automatic = fields.Boolean(
        required=True, metadata={"description": "Whether a campaign wrote it: that answers nobody."}
    )
    lead_id = shown_id(allow_none=True)
    match_rung = fields.String(required=True, allow_none=True)
    campaign_id = shown_id(allow_none=True)
    step = fields.String(required=True, allow_none=True)
    variant = fields.String(required=True, allow_none=True)
    written_by = shown_id(allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "conversation_id": EXAMPLE_ID,
        "number": 2,
        "kind": "text",
        "direction": "in",
        "author_id": "ACoAAB1",
        "author_name": "Ada Lovelace",
        "text": "Yes, let us talk.",
        "earlier_texts": [],
        "subject": None,
        "attachments": [
            {"id": "f1", "type": "file", "file_name": "notes.pdf", "mimetype": "application/pdf", "file_size": 1024}
        ],
        "reactions": [],
        "at": EXAMPLE_INSTANT,
        "recorded_at": EXAMPLE_INSTANT,
        "via": "webhook",
        "edited_at": None,
        "deleted_at": None,
        "seen_at": None,
        "delivered_at": None,
        "read_at": None,
        "action_id": None,
        "is_auto_reply": False,
        "is_automatic": False,
        "lead_id": EXAMPLE_ID,
        "match_rung": "provider_id",
        "campaign_id": None,
        "step": None,
        "variant": None,
        "written_by": None,
    }
