"""Answering over HTTP: replies, the files that go with them, and texts that are written often."""

from __future__ import annotations

import mimetypes
from typing import Any, cast

from flask import request

from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.files import Upload
from rapport.http.operation import Room
from rapport.inbox import canned, replying
from rapport.inbox.queries import marks, replies
from rapport.inbox.rights import may_work_on
from rapport.inbox.schemas.replying import (
    AnswerIn,
    CannedPreviewIn,
    CannedPreviewOut,
    CannedReplyChange,
    CannedReplyIn,
    CannedReplyOut,
    FileOut,
    FileQuery,
    ReplyOut,
)
from rapport.kernel.errors import (
    CANNED_REPLY_ALREADY_EXISTS,
    CONVERSATION_TAKEN,
    NEWER_MESSAGE,
    NOT_ANSWERABLE,
    NOT_FOUND,
    REPLY_STATE,
    field_error,
)
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.people import clients
from rapport.rules.permissions import Permission
from rapport.sending import files

room = Room("inbox_replies", "/inbox", "Answering people: replies, files, and texts that are written often.")

_CANNED = "/canned-replies/<id:canned_reply_id>"


@room.post(
    "/conversations/<id:conversation_id>/reply",
    may=Permission.WRITE,
    body=AnswerIn,
    out=ReplyOut,
    status=202,
    errors=[NOT_FOUND, NEWER_MESSAGE, NOT_ANSWERABLE, CONVERSATION_TAKEN],
)
def reply_to_conversation(call: Call, conversation_id: str) -> dict[str, Any]:
    """Answer a conversation.

    The reply is written down and goes as soon as its account may send it, within its limits. If somebody wrote since
    `seen_message_id`, it is refused with `NEWER_MESSAGE` and what was written stands in `details`.
    """
    may_work_on(call.tx, call.principal, conversation_id)
    body = call.body
    action_id = replying.reply(
        call.tx,
        conversation_id,
        text=body["text"],
        seen_message_id=body["seen_message_id"],
        file_ids=body["file_ids"],
    )
    return replies.reply(call.tx, action_id)


@room.get("/replies/<id:reply_id>", may=Permission.READ, out=ReplyOut, errors=[NOT_FOUND])
def show_reply(call: Call, reply_id: str) -> dict[str, Any]:
    """Show a reply: whether it arrived, and if not why, what to do, and whether it may be tried again."""
    return replies.reply(call.reading, reply_id)


@room.post(
    "/replies/<id:reply_id>/retry",
    may=Permission.WRITE,
    out=ReplyOut,
    status=202,
    errors=[NOT_FOUND, REPLY_STATE, NOT_ANSWERABLE, CONVERSATION_TAKEN],
)
def retry_reply(call: Call, reply_id: str) -> dict[str, Any]:
    """Try a reply again that certainly did not arrive. Asked twice, the answer is the same new reply."""
    may_work_on(call.tx, call.principal, replies.reply(call.tx, reply_id)["conversation_id"])
    return replies.reply(call.tx, replying.retry(call.tx, reply_id))


@room.post("/files", may=Permission.WRITE, query=FileQuery, out=FileOut, file=files.MOST_BYTES, errors=[NOT_FOUND])
def upload_file(call: Call) -> dict[str, Any]:
    """Upload a file for a reply. One that no reply takes within a day is deleted."""
    upload = cast(Upload, call.file)
    name = call.query.get("name") or upload.name
    if name is None:
        raise field_error("name", "The file needs a name.")
    if upload.size == 0:
        raise field_error("file", "The file is empty.")
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    client = clients.get(call.tx, call.query["client_id"])
    upload.content.seek(0)
    content = upload.content.read()
    content_type = call.query.get("content_type") or guessed
    return files.keep(call.tx, client.id, name=name, content_type=content_type, content=content)


@room.get("/canned-replies", may=Permission.READ, out=page_of(CannedReplyOut), listing=marks.CANNED, cached=True)
def list_canned_replies(call: Call) -> Page:
    """List the texts that are written often."""
    return page(call.reading, marks.CANNED, call.asked)


@room.post(
    "/canned-replies",
    may=Permission.WRITE,
    body=CannedReplyIn,
    out=CannedReplyOut,
    errors=[NOT_FOUND, CANNED_REPLY_ALREADY_EXISTS],
)
def create_canned_reply(call: Call) -> dict[str, Any]:
    """Add a text that is written often, with variables as in a campaign."""
    client = clients.get(call.tx, call.body["client_id"])
    made = canned.create(call.tx, client.id, name=call.body["name"], body=call.body["body"])
    return marks.canned(call.tx, made)


@room.get(_CANNED, may=Permission.READ, out=CannedReplyOut, errors=[NOT_FOUND], cached=True)
def show_canned_reply(call: Call, canned_reply_id: str) -> dict[str, Any]:
    """Show a canned reply."""
    return marks.canned(call.reading, canned_reply_id)


@room.patch(
    _CANNED,
    may=Permission.WRITE,
    body=CannedReplyChange,
    out=CannedReplyOut,
    errors=[NOT_FOUND, CANNED_REPLY_ALREADY_EXISTS],
    if_match=True,
)
def change_canned_reply(call: Call, canned_reply_id: str) -> dict[str, Any]:
    """Change the name or the text of a canned reply."""
    row = canned.get(call.tx, canned_reply_id)
    check_unchanged(request, marks.canned(call.tx, canned_reply_id))
    canned.change(call.tx, row, call.body)
    return marks.canned(call.tx, canned_reply_id)


@room.delete(_CANNED, may=Permission.WRITE, errors=[NOT_FOUND], if_match=True)
def remove_canned_reply(call: Call, canned_reply_id: str) -> None:
    """Remove a canned reply."""
    row = canned.get(call.tx, canned_reply_id)
    check_unchanged(request, marks.canned(call.tx, canned_reply_id))
    canned.remove(call.tx, row)


@room.post(
    f"{_CANNED}/preview",
    may=Permission.READ,
    body=CannedPreviewIn,
    out=CannedPreviewOut,
    status=200,
    once=False,
    errors=[NOT_FOUND],
)
def preview_canned_reply(call: Call, canned_reply_id: str) -> dict[str, Any]:
    """Show how a canned reply reads to a lead, or what the lead lacks for it."""
    found = marks.canned(call.reading, canned_reply_id)
    return canned.preview(call.reading, found["client_id"], found["body"], call.body["lead_id"])
