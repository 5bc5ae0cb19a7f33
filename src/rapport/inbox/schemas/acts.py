"""What is done to a conversation, as it crosses the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.conversations.words import Outcome, Temperature
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Shown,
    Whole,
    id_field,
    instant_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
)

_MOST_TAGS = validate.Length(max=50)
_TAG = validate.Length(1, 50)
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

    temperature = word_field(Temperature, required=True, allow_none=True)
    example: ClassVar = {"temperature": "hot"}


class OutcomeIn(Body):
    """What came of it; null takes it back."""

    outcome = word_field(Outcome, required=True, allow_none=True)
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
