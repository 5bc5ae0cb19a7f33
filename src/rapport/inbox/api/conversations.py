"""Conversations over HTTP: the list, one of them, what was written, and how it stands."""

from __future__ import annotations

from typing import Any

from rapport.conversations import standing
from rapport.conversations.words import Outcome, Temperature
from rapport.events.queries import TIMELINE
from rapport.events.schemas import EventOut
from rapport.http.context import Call, Reply
from rapport.http.operation import Room
from rapport.http.transaction import reading
from rapport.inbox import marking, sharing
from rapport.inbox.follow_ups.queries import open_of
from rapport.inbox.queries import conversations, marks, messages
from rapport.inbox.rights import may_work_on
from rapport.inbox.schemas.acts import (
    AssignIn,
    CloseIn,
    ConversationNoteIn,
    ConversationNoteOut,
    ConversationTagsChange,
    ConversationTagsOut,
    OutcomeIn,
    PutIntoIn,
    ReopenIn,
    SnoozeIn,
    TemperatureIn,
)
from rapport.inbox.schemas.conversations import ConversationDetailOut, ConversationOut, MessageOut
from rapport.inbox.why.queries import explained
from rapport.inbox.why.schemas import WhyHereOut
from rapport.kernel.errors import (
    CONVERSATION_CHANGED,
    CONVERSATION_TAKEN,
    NOT_FOUND,
    PROVIDER_AWAY,
    TASKS_OPEN,
    RapportError,
)
from rapport.kernel.errors import field_error as refuse_field
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.ports.unipile import ReadError
from rapport.rules.permissions import Permission

room = Room("inbox", "/inbox", "Conversations with people: what they wrote, whose it is to answer, and how it stands.")

_ONE = "/conversations/<id:conversation_id>"
_CHANGES = [NOT_FOUND, CONVERSATION_CHANGED, CONVERSATION_TAKEN]


@room.get("/conversations", may=Permission.READ, out=page_of(ConversationOut), listing=conversations.CONVERSATIONS)
def list_conversations(call: Call) -> Page:
    """List conversations, those with the newest message first."""
    return conversations.listed(call.reading, call.asked)


@room.get(_ONE, may=Permission.READ, out=ConversationDetailOut, errors=[NOT_FOUND])
def show_conversation(call: Call, conversation_id: str) -> dict[str, Any]:
    """Show a conversation: who is in it, what may still be written today, and replies that have not arrived."""
    return conversations.seen(call.reading, conversation_id)


@room.get(
    f"{_ONE}/messages", may=Permission.READ, out=page_of(MessageOut), listing=messages.MESSAGES, errors=[NOT_FOUND]
)
def list_messages(call: Call, conversation_id: str) -> Page:
    """List what was written in a conversation, the newest first."""
    conversations.require(call.reading, conversation_id)
    return page(call.reading, messages.MESSAGES, call.asked, messages.messages_of(conversation_id))


@room.get(
    "/messages/<id:message_id>/attachments/<string:attachment_id>",
    may=Permission.READ,
    out=None,
    content_type="application/octet-stream",
    errors=[NOT_FOUND, PROVIDER_AWAY],
    own=True,
    no_store=True,
)
def download_attachment(call: Call, message_id: str, attachment_id: str) -> Reply:
    """Download an attachment: it is fetched from the channel when it is asked for, up to its size limit."""
    with reading(call.service, call.principal) as opened:
        external_id, known = messages.attachment(opened, message_id, attachment_id)
    try:
        found = call.service.unipile.attachment(external_id, attachment_id)
    except ReadError as failure:
        if not failure.retryable and failure.status == 404:
            raise RapportError(NOT_FOUND) from None
        raise RapportError(PROVIDER_AWAY) from None
    name = "".join(each for each in known["file_name"] or "" if each.isascii() and (each.isalnum() or each in "._- "))
    headers = {
        "Content-Disposition": f'attachment; filename="{name or "attachment"}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Reply(found.content, headers=headers, content_type="application/octet-stream")


@room.get(f"{_ONE}/timeline", may=Permission.READ, out=page_of(EventOut), listing=TIMELINE, errors=[NOT_FOUND])
def list_conversation_timeline(call: Call, conversation_id: str) -> Page:
    """List what happened in a conversation: messages, sends, waits, and what operators did."""
    conversations.require(call.reading, conversation_id)
    return page(call.reading, TIMELINE, call.asked, conversations.about(conversation_id))


@room.get(f"{_ONE}/why", may=Permission.READ, out=WhyHereOut, errors=[NOT_FOUND])
def explain_conversation(call: Call, conversation_id: str) -> dict[str, Any]:
    """Say why a conversation is here: the campaign, step and exact text answered, and what stopped because of it."""
    return explained(call.reading, conversation_id)


# How it stands


def _shown(call: Call, conversation_id: str) -> dict[str, Any]:
    call.tx.session.flush()  # what is shown is read by statements on bare tables
    return conversations.seen(call.tx, conversation_id)


@room.post(f"{_ONE}/read", may=Permission.WRITE, out=ConversationDetailOut, status=200, errors=[NOT_FOUND])
def read_conversation(call: Call, conversation_id: str) -> dict[str, Any]:
    """Mark everything in a conversation as read."""
    standing.read(call.tx, standing.hold(call.tx, conversation_id))
    return _shown(call, conversation_id)


@room.post(f"{_ONE}/unread", may=Permission.WRITE, out=ConversationDetailOut, status=200, errors=[NOT_FOUND])
def unread_conversation(call: Call, conversation_id: str) -> dict[str, Any]:
    """Mark a conversation as unread, until it is read."""
    standing.unread(call.tx, standing.hold(call.tx, conversation_id))
    return _shown(call, conversation_id)


@room.post(
    f"{_ONE}/assign",
    may=Permission.WRITE,
    body=AssignIn,
    out=ConversationDetailOut,
    status=200,
    errors=[NOT_FOUND, CONVERSATION_CHANGED],
)
def assign_conversation(call: Call, conversation_id: str) -> dict[str, Any]:
    """Give a conversation to somebody who works for its client, or to nobody. A colleague's is taken over like this."""
    sharing.assign(call.tx, conversation_id, call.body["assignee_id"], version=call.body.get("version"))
    return _shown(call, conversation_id)


@room.post(
    f"{_ONE}/queue", may=Permission.WRITE, body=PutIntoIn, out=ConversationDetailOut, status=200, errors=_CHANGES
)
def queue_conversation(call: Call, conversation_id: str) -> dict[str, Any]:
    """Put a conversation into a queue, or into none."""
    may_work_on(call.tx, call.principal, conversation_id)
    sharing.put(call.tx, conversation_id, call.body["queue_id"], version=call.body.get("version"))
    return _shown(call, conversation_id)


@room.post(
    f"{_ONE}/snooze", may=Permission.WRITE, body=SnoozeIn, out=ConversationDetailOut, status=200, errors=_CHANGES
)
def snooze_conversation(call: Call, conversation_id: str) -> dict[str, Any]:
    """Set a conversation aside until an instant, or until somebody writes. Whoever waits goes on waiting."""
    may_work_on(call.tx, call.principal, conversation_id)
    until = call.body["until"]
    if until is not None and until <= call.tx.now:
        raise refuse_field("until", "Must be in the future.")
    standing.snooze(call.tx, standing.hold(call.tx, conversation_id, version=call.body.get("version")), until)
    return _shown(call, conversation_id)


@room.post(
    f"{_ONE}/close",
    may=Permission.WRITE,
    body=CloseIn,
    out=ConversationDetailOut,
    status=200,
    errors=[*_CHANGES, TASKS_OPEN],
)
def close_conversation(call: Call, conversation_id: str) -> dict[str, Any]:
    """Put a conversation away: nobody in it waits any more. It opens again when somebody writes.

    With follow-up tasks that are not done it is refused, unless `confirm` says that it is meant; they stay.
    """
    may_work_on(call.tx, call.principal, conversation_id)
    tasks = open_of(call.tx, conversation_id)
    if tasks and not call.body["confirm"]:
        raise RapportError(TASKS_OPEN, details=tasks)
    standing.close(call.tx, standing.hold(call.tx, conversation_id, version=call.body.get("version")))
    return _shown(call, conversation_id)


@room.post(
    f"{_ONE}/reopen", may=Permission.WRITE, body=ReopenIn, out=ConversationDetailOut, status=200, errors=_CHANGES
)
def reopen_conversation(call: Call, conversation_id: str) -> dict[str, Any]:
    """Open a conversation that was snoozed or closed."""
    may_work_on(call.tx, call.principal, conversation_id)
    standing.open_again(call.tx, standing.hold(call.tx, conversation_id, version=call.body.get("version")))
    return _shown(call, conversation_id)


@room.put(
    f"{_ONE}/temperature", may=Permission.WRITE, body=TemperatureIn, out=ConversationDetailOut, errors=[NOT_FOUND]
)
def set_temperature(call: Call, conversation_id: str) -> dict[str, Any]:
    """Say how near the person is to buying; how long they may wait follows from it."""
    word = call.body["temperature"]
    conversation = standing.hold(call.tx, conversation_id)
    standing.warm(call.tx, conversation, Temperature(word) if word is not None else None)
    return _shown(call, conversation_id)


@room.put(f"{_ONE}/outcome", may=Permission.WRITE, body=OutcomeIn, out=ConversationDetailOut, errors=[NOT_FOUND])
def set_outcome(call: Call, conversation_id: str) -> dict[str, Any]:
    """Say what came of a conversation. `unsubscribe` puts the person on the client's do-not-contact list."""
    word = call.body["outcome"]
    marking.conclude(call.tx, conversation_id, Outcome(word) if word is not None else None)
    return _shown(call, conversation_id)


# Tags and notes


@room.post(
    f"{_ONE}/tags",
    may=Permission.WRITE,
    body=ConversationTagsChange,
    out=ConversationTagsOut,
    status=200,
    errors=[NOT_FOUND],
)
def change_conversation_tags(call: Call, conversation_id: str) -> dict[str, Any]:
    """Put tags on a conversation and take tags off it."""
    return {"tags": marking.tag(call.tx, conversation_id, add=call.body["add"], remove=call.body["remove"])}


@room.get(
    f"{_ONE}/notes", may=Permission.READ, out=page_of(ConversationNoteOut), listing=marks.NOTES, errors=[NOT_FOUND]
)
def list_conversation_notes(call: Call, conversation_id: str) -> Page:
    """List the notes about a conversation."""
    conversations.require(call.reading, conversation_id)
    return page(call.reading, marks.NOTES, call.asked, marks.notes_of(conversation_id))


@room.post(f"{_ONE}/notes", may=Permission.WRITE, body=ConversationNoteIn, out=ConversationNoteOut, errors=[NOT_FOUND])
def add_conversation_note(call: Call, conversation_id: str) -> dict[str, Any]:
    """Write a note about a conversation, for colleagues."""
    return marks.note(call.tx, marking.note(call.tx, conversation_id, call.body["text"]))


@room.delete("/notes/<id:conversation_note_id>", may=Permission.WRITE, errors=[NOT_FOUND])
def remove_conversation_note(call: Call, conversation_note_id: str) -> None:
    """Remove a note about a conversation."""
    marking.unnote(call.tx, conversation_note_id)
