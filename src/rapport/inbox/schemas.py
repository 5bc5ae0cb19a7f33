"""The inbox as it crosses the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from rapport.conversations.words import Channel, ConversationStatus, Outcome, Temperature
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Pattern,
    Shown,
    Whole,
    id_field,
    instant_field,
    shown_id,
    shown_instant,
    text_field,
)
from rapport.rules import template
from rapport.rules.sequences import StepKind
from rapport.sending.files import MOST_FILES
from rapport.sending.states import State

_MOST_TAGS = validate.Length(max=50)
_TAG = validate.Length(1, 50)
LONGEST_REPLY = template.LONGEST[StepKind.MESSAGE]


def _word(words: type[Any], **more: Any) -> fields.Field[Any]:
    return fields.String(validate=validate.OneOf([word.value for word in words]), **more)


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
    channel = _word(Channel, required=True)
    account_id = shown_id(allow_none=True)
    account = fields.String(required=True, allow_none=True)
    lead_id = shown_id(allow_none=True)
    lead = fields.String(required=True, allow_none=True)
    campaign_id = shown_id(allow_none=True)
    campaign = fields.String(required=True, allow_none=True)
    external_id = fields.String(required=True, allow_none=True)
    subject = fields.String(required=True, allow_none=True)
    is_group = fields.Boolean(required=True)
    status = _word(ConversationStatus, required=True)
    snoozed_until = shown_instant(allow_none=True)
    assignee_id = shown_id(allow_none=True)
    assignee = fields.String(required=True, allow_none=True)
    queue_id = shown_id(allow_none=True)
    queue = fields.String(required=True, allow_none=True)
    temperature = _word(Temperature, required=True, allow_none=True)
    outcome = _word(Outcome, required=True, allow_none=True)
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


class ReplyOut(Shown):
    """A reply of a person, and what became of it: cause, what to do, and whether it may be tried again."""

    id = shown_id()
    client_id = shown_id()
    conversation_id = shown_id()
    account_id = shown_id()
    state = _word(State, required=True)
    text = fields.String(required=True)
    files = fields.List(fields.String(), required=True)
    due_at = shown_instant()
    created_at = shown_instant()
    created_by = shown_id(allow_none=True)
    claimed_at = shown_instant(allow_none=True)
    settled_at = shown_instant(allow_none=True)
    code = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True, allow_none=True)
    retry_of = shown_id(allow_none=True)
    cause = fields.String(required=True, allow_none=True)
    what_to_do = fields.String(required=True, allow_none=True)
    operation = fields.String(required=True, allow_none=True, metadata={"description": "The operation that does it."})
    may_retry = fields.Boolean(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "conversation_id": EXAMPLE_ID,
        "account_id": EXAMPLE_ID,
        "state": "refused",
        "text": "Tomorrow at ten?",
        "files": [],
        "due_at": EXAMPLE_INSTANT,
        "created_at": EXAMPLE_INSTANT,
        "created_by": EXAMPLE_ID,
        "claimed_at": EXAMPLE_INSTANT,
        "settled_at": EXAMPLE_INSTANT,
        "code": "disconnected_account",
        "detail": None,
        "retry_of": None,
        "cause": "The account is not signed in to LinkedIn.",
        "what_to_do": "Reconnect the account, then try again.",
        "operation": None,
        "may_retry": True,
    }


class ConversationDetailOut(ConversationOut):
    """A conversation with all that its screen shows beside the messages."""

    participants = fields.List(fields.Nested(ParticipantOut), required=True)
    sending = fields.Nested(SendingOut, required=True, allow_none=True)
    outgoing = fields.List(
        fields.Nested(ReplyOut),
        required=True,
        metadata={"description": "Replies that have not arrived: on their way, uncertain, or failed."},
    )
    example: ClassVar = {
        **ConversationOut.example,
        "participants": [ParticipantOut.example],
        "sending": SendingOut.example,
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


class AnswerIn(Body):
    """What is written to the person, and the last message that its writer saw."""

    text = text_field(LONGEST_REPLY, required=True)
    seen_message_id = id_field(
        required=True,
        allow_none=True,
        metadata={"description": "The newest message the writer saw; null when there was none."},
    )
    file_ids = fields.List(id_field(), load_default=list, validate=validate.Length(max=MOST_FILES))
    example: ClassVar = {"text": "Tomorrow at ten?", "seen_message_id": EXAMPLE_ID, "file_ids": []}


class FileQuery(Schema):
    """Whose file it is, and what it is called where the body does not say."""

    client_id = id_field(required=True)
    name = text_field(200)
    content_type = fields.String(
        validate=Pattern(r"^[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60}$"),
    )


class FileOut(Shown):
    """A file that waits for a reply to take it; one that none takes is deleted after a day."""

    id = shown_id()
    client_id = shown_id()
    file_name = fields.String(required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True)
    created_at = shown_instant()
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "file_name": "offer.pdf",
        "content_type": "application/pdf",
        "size": 48210,
        "created_at": EXAMPLE_INSTANT,
    }


_VERSION = {"description": "The version that the caller saw: one that changed since is refused."}


class AssignIn(Body):
    """Whose it is to be; null is nobody's."""

    assignee_id = id_field(required=True, allow_none=True)
    version = Whole(validate=validate.Range(1, 2**31 - 1), metadata=_VERSION)
    example: ClassVar = {"assignee_id": EXAMPLE_ID, "version": 3}


class PutIntoIn(Body):
    """Which queue it is to be in; null is none."""

    queue_id = id_field(required=True, allow_none=True)
    version = Whole(validate=validate.Range(1, 2**31 - 1), metadata=_VERSION)
    example: ClassVar = {"queue_id": EXAMPLE_ID, "version": 3}


class SnoozeIn(Body):
    """Until when it is set aside; null: until somebody writes."""

    until = instant_field(required=True, allow_none=True)
    version = Whole(validate=validate.Range(1, 2**31 - 1), metadata=_VERSION)
    example: ClassVar = {"until": EXAMPLE_INSTANT, "version": 3}


class CloseIn(Body):
    """Close it; with `confirm` although follow-up tasks are open."""

    confirm = Flag(load_default=False)
    version = Whole(validate=validate.Range(1, 2**31 - 1), metadata=_VERSION)
    example: ClassVar = {"confirm": False, "version": 3}


class ReopenIn(Body):
    """Open it again."""

    version = Whole(validate=validate.Range(1, 2**31 - 1), metadata=_VERSION)
    example: ClassVar = {"version": 3}


class TemperatureIn(Body):
    """How near the person is to buying; null: nobody has said."""

    temperature = _word(Temperature, required=True, allow_none=True)
    example: ClassVar = {"temperature": "hot"}


class OutcomeIn(Body):
    """What came of it; null takes it back."""

    outcome = _word(Outcome, required=True, allow_none=True)
    example: ClassVar = {"outcome": "meeting"}


class ConversationTagsChange(Body):
    """Tags to be put on and taken off."""

    add = fields.List(fields.String(validate=_TAG), load_default=list, validate=_MOST_TAGS)
    remove = fields.List(fields.String(validate=_TAG), load_default=list, validate=_MOST_TAGS)
    example: ClassVar = {"add": ["vip"], "remove": []}


class ConversationTagsOut(Shown):
    """The tags of a conversation."""

    tags = fields.List(fields.String(), required=True)
    example: ClassVar = {"tags": ["vip"]}


class ConversationNoteIn(Body):
    """A note for colleagues."""

    text = text_field(5000, required=True)
    example: ClassVar = {"text": "Call before noon."}


class ConversationNoteOut(Shown):
    """A note for colleagues."""

    id = shown_id()
    client_id = shown_id()
    conversation_id = shown_id()
    text = fields.String(required=True)
    author_id = shown_id(allow_none=True)
    created_at = shown_instant()
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "conversation_id": EXAMPLE_ID,
        "text": "Call before noon.",
        "author_id": EXAMPLE_ID,
        "created_at": EXAMPLE_INSTANT,
    }


class CannedReplyIn(Body):
    """A text that is written often, with variables as in a campaign."""

    client_id = id_field(required=True)
    name = text_field(80, required=True)
    body = text_field(template.LONGEST_TEMPLATE, required=True)
    example: ClassVar = {"client_id": EXAMPLE_ID, "name": "Propose a call", "body": "Hi {{ first_name }}, tomorrow?"}


class CannedReplyChange(Body):
    """What changes of a canned reply."""

    name = text_field(80)
    body = text_field(template.LONGEST_TEMPLATE)
    example: ClassVar = {"body": "Hi {{ first_name }}, today?"}


class CannedReplyOut(Shown):
    """A text that is written often."""

    id = shown_id()
    client_id = shown_id()
    name = fields.String(required=True)
    body = fields.String(required=True)
    created_by = shown_id(allow_none=True)
    created_at = shown_instant()
    updated_at = shown_instant()
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "name": "Propose a call",
        "body": "Hi {{ first_name }}, tomorrow?",
        "created_by": EXAMPLE_ID,
        "created_at": EXAMPLE_INSTANT,
        "updated_at": EXAMPLE_INSTANT,
        "version": 1,
    }


class CannedPreviewIn(Body):
    """For whom the text is made."""

    lead_id = id_field(required=True)
    example: ClassVar = {"lead_id": EXAMPLE_ID}


class CannedPreviewOut(Shown):
    """The text for one lead, or why there is none."""

    text = fields.String(required=True, allow_none=True)
    missing = fields.List(fields.String(), required=True)
    problem = fields.String(required=True, allow_none=True)
    example: ClassVar = {"text": "Hi Ada, tomorrow?", "missing": [], "problem": None}


class OfInboxQuery(Schema):
    """Of which client; without one, of all in reach."""

    client_id = id_field()


class OneInboxQuery(Schema):
    """Of which client."""

    client_id = id_field(required=True)


class InboxQueueIn(Body):
    """A new queue."""

    client_id = id_field(required=True)
    name = text_field(80, required=True)
    example: ClassVar = {"client_id": EXAMPLE_ID, "name": "Sales"}


class InboxQueueChange(Body):
    """Another name for a queue."""

    name = text_field(80, required=True)
    example: ClassVar = {"name": "Sales and partners"}


class InboxQueueOut(Shown):
    """A pile of conversations under a name."""

    id = shown_id()
    client_id = shown_id()
    name = fields.String(required=True)
    created_at = shown_instant()
    example: ClassVar = {"id": EXAMPLE_ID, "client_id": EXAMPLE_ID, "name": "Sales", "created_at": EXAMPLE_INSTANT}


class InboxQueuesOut(Shown):
    """All queues in reach."""

    items = fields.List(fields.Nested(InboxQueueOut), required=True)
    example: ClassVar = {"items": [InboxQueueOut.example]}


class ConversationCountsOut(Shown):
    """How many conversations are in a queue and with somebody."""

    client_id = shown_id()
    queue_id = shown_id(allow_none=True)
    assignee_id = shown_id(allow_none=True)
    open = fields.Integer(required=True)
    snoozed = fields.Integer(required=True)
    closed = fields.Integer(required=True)
    unread = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "queue_id": None,
        "assignee_id": None,
        "open": 4,
        "snoozed": 1,
        "closed": 20,
        "unread": 2,
        "waiting": 3,
    }


class CountersOut(Shown):
    """The counts of all conversations in reach, and their sums."""

    items = fields.List(fields.Nested(ConversationCountsOut), required=True)
    total = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    mine = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "Those of the caller's own conversations."},
    )
    example: ClassVar = {
        "items": [ConversationCountsOut.example],
        "total": {"open": 4, "snoozed": 1, "closed": 20, "unread": 2, "waiting": 3},
        "mine": {"open": 0, "snoozed": 0, "closed": 0, "unread": 0, "waiting": 0},
    }


class TakerIn(Body):
    """Somebody who is dealt conversations."""

    user_id = id_field(required=True)
    capacity = Whole(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 100_000),
        metadata={"description": "How many open ones they take at most; null: as many as anybody."},
    )
    is_away = Flag(load_default=False)
    example: ClassVar = {"user_id": EXAMPLE_ID, "capacity": 20, "is_away": False}


class SharingIn(Body):
    """Whether conversations that nobody has are dealt out in turn, and to whom."""

    client_id = id_field(required=True)
    in_turn = Flag(required=True)
    capacity = Whole(load_default=30, validate=validate.Range(0, 100_000))
    takers = fields.List(fields.Nested(TakerIn), load_default=list, validate=validate.Length(max=200))
    example: ClassVar = {"client_id": EXAMPLE_ID, "in_turn": True, "capacity": 30, "takers": [TakerIn.example]}


class TakerOut(Shown):
    """Somebody who is dealt conversations, and how many open ones they have."""

    user_id = shown_id()
    name = fields.String(required=True)
    capacity = fields.Integer(required=True, allow_none=True)
    is_away = fields.Boolean(required=True)
    open = fields.Integer(required=True)
    example: ClassVar = {"user_id": EXAMPLE_ID, "name": "Bo", "capacity": 20, "is_away": False, "open": 4}


class SharingOut(Shown):
    """How a client's conversations are shared out."""

    client_id = shown_id()
    in_turn = fields.Boolean(required=True)
    capacity = fields.Integer(required=True)
    takers = fields.List(fields.Nested(TakerOut), required=True)
    example: ClassVar = {"client_id": EXAMPLE_ID, "in_turn": True, "capacity": 30, "takers": [TakerOut.example]}
