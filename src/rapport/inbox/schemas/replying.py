"""Replies, their files and canned texts as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema, fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Pattern,
    Shown,
    id_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
)
from rapport.rules import template
from rapport.rules.sequences import StepKind
from rapport.sending.files import MOST_FILES
from rapport.sending.states import State

LONGEST_REPLY = template.LONGEST[StepKind.MESSAGE]


class ReplyOut(Shown):
    """A reply of a person, and what became of it: cause, what to do, and whether it may be tried again."""

    id = shown_id()
    client_id = shown_id()
    conversation_id = shown_id()
    account_id = shown_id(allow_none=True)
    state = word_field(State, required=True)
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
