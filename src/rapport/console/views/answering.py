"""Answering in the inbox, and all that is done with a conversation beside: an act answers with the parts it changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import orjson
from flask import Response, request

from rapport.console.views.inbox import ONE, changes
from rapport.console.visits import Pages, Visit
from rapport.http import files
from rapport.inbox.api.conversations import (
    add_conversation_note,
    assign_conversation,
    change_conversation_tags,
    close_conversation,
    queue_conversation,
    read_conversation,
    remove_conversation_note,
    reopen_conversation,
    set_outcome,
    set_temperature,
    show_conversation,
    snooze_conversation,
    unread_conversation,
)
from rapport.inbox.api.follow_ups import complete_task, create_task
from rapport.inbox.api.replies import (
    preview_canned_reply,
    reply_to_conversation,
    retry_reply,
    show_canned_reply,
    upload_file,
)
from rapport.kernel.errors import NEWER_MESSAGE, TASKS_OPEN, RapportError, field_error
from rapport.rules.permissions import Permission
from rapport.sending.api.actions import call_off_action, confirm_action
from rapport.sending.files import MOST_BYTES

pages = Pages("answering")
Form = Mapping[str, str]
_TAKES = "inbox:done"
"""What the page is told of an act, so that the list follows."""


@pages.post(f"{ONE}/reply")
def reply(visit: Visit, conversation_id: str) -> Response:
    """Answer; who wrote meanwhile is shown first, and may be answered all the same."""
    form = request.form
    body = {
        "text": form.get("text", "").replace("\r\n", "\n"),
        "seen_message_id": form.get("seen_now") or form.get("seen_message_id") or None,
        "file_ids": form.getlist("file_ids"),
    }
    try:
        visit.ask.write(reply_to_conversation, body, conversation_id=conversation_id)
    except RapportError as refusal:
        if refusal.code is not NEWER_MESSAGE or not visit.in_part:
            raise
        return _first(changes(visit, conversation_id, status=409, newer=refusal.details))
    return _done(visit, conversation_id, "reply", "Written down. It goes as soon as the account may send it.")


@pages.post(f"{ONE}/act")
def act(visit: Visit, conversation_id: str) -> Response:
    """Do something with a conversation."""
    name = request.form.get("act", "")
    known = _ACTS.get(name)
    if known is None:
        raise field_error("act", "There is no such act.")
    try:
        known[0](visit, conversation_id, request.form)
    except RapportError as refusal:
        if refusal.code is not TASKS_OPEN or not visit.in_part:
            raise
        return _first(visit.part("inbox/tasks_open.html", status=409, tasks=refusal.details, id=conversation_id))
    return _done(visit, conversation_id, name, known[1])


@pages.post(f"{ONE}/files")
def upload(visit: Visit, conversation_id: str) -> Response:
    """Keep a file until the reply takes it."""
    client_id = visit.ask.read(show_conversation, conversation_id=conversation_id)["client_id"]
    with closing(files.take(request, most=MOST_BYTES, folder=visit.service.settings.home)) as file:
        kept = visit.ask.write(upload_file, query={"client_id": client_id}, file=file)
    return visit.part("inbox/file.html", file=kept)


@pages.post(f"{ONE}/canned", may=Permission.READ)
def canned(visit: Visit, conversation_id: str) -> Response:
    """A canned reply as it reads to this person, or what is wrong with it."""
    lead_id = visit.ask.read(show_conversation, conversation_id=conversation_id)["lead_id"]
    path = {"canned_reply_id": request.form.get("canned_reply_id", "")}
    text = visit.ask.read(show_canned_reply, **path)["body"]
    if lead_id is not None:
        made = visit.ask.write(preview_canned_reply, {"lead_id": lead_id}, **path)
    elif "{{" in text:
        made = {"text": None, "problem": "Nobody knows yet who this is, so the text cannot name them."}
    else:
        made = {"text": text, "problem": None}
    return Response(orjson.dumps(made), mimetype="application/json")


def _done(visit: Visit, conversation_id: str, name: str, said: str) -> Response:
    if not visit.in_part:
        return visit.go(f"/inbox/{conversation_id}", said or None)
    answer = changes(visit, conversation_id)
    told = {_TAKES: {"act": name, "conversation": conversation_id, "said": said}}
    answer.headers["HX-Trigger"] = orjson.dumps(told).decode()
    return answer


def _first(answer: Response) -> Response:
    """To be read in the form before it can be sent again."""
    answer.headers["HX-Retarget"] = "find .problems"
    answer.headers["HX-Reswap"] = "innerHTML"
    return answer


Act = Callable[[Visit, str, Any], object]


def _plainly(view: Callable[..., Any], **fields: Callable[[Any], Any]) -> Act:
    """Ask for an operation with what the form says, and with the version that its writer saw."""

    def done(visit: Visit, conversation_id: str, form: Any) -> None:
        body = {name: of(form) for name, of in fields.items()}
        if form.get("version", "").isdigit():
            body["version"] = int(form["version"])
        visit.ask.write(view, body, conversation_id=conversation_id)

    return done


def _or_none(name: str) -> Callable[[Any], str | None]:
    return lambda form: form.get(name) or None


def _tags(name: str) -> Callable[[Any], list[str]]:
    return lambda form: [each.strip() for each in form.get(name, "").split(",") if each.strip()]


def _task(visit: Visit, conversation_id: str, form: Any) -> None:
    shown = visit.ask.read(show_conversation, conversation_id=conversation_id)
    about = {"client_id": shown["client_id"], "lead_id": shown["lead_id"], "conversation_id": conversation_id}
    body = {"title": form.get("title", ""), "due_at": form.get("due_at", ""), "assignee_id": visit.principal.actor.id}
    visit.ask.write(create_task, about | body)


def _on(view: Callable[..., Any], path: str, body: Mapping[str, Any] | None = None) -> Act:
    """Ask for an operation on something of the conversation's."""
    return lambda visit, _, form: visit.ask.write(view, body, **{path: form.get(path, "")})


_ACTS: Mapping[str, tuple[Act, str]] = {
    "read": (_plainly(read_conversation), ""),
    "unread": (_plainly(unread_conversation), "Marked unread."),
    "close": (_plainly(close_conversation, confirm=lambda form: form.get("confirm") == "yes"), "Closed."),
    "reopen": (_plainly(reopen_conversation), "Open again."),
    "snooze": (_plainly(snooze_conversation, until=_or_none("until")), "Snoozed."),
    "assign": (_plainly(assign_conversation, assignee_id=_or_none("assignee_id")), "Given over."),
    "queue": (_plainly(queue_conversation, queue_id=_or_none("queue_id")), "Put there."),
    "temperature": (_plainly(set_temperature, temperature=_or_none("temperature")), "Noted."),
    "outcome": (_plainly(set_outcome, outcome=_or_none("outcome")), "Noted."),
    "tag": (_plainly(change_conversation_tags, add=_tags("add"), remove=_tags("remove")), ""),
    "note": (_plainly(add_conversation_note, text=lambda form: form.get("text", "")), ""),
    "unnote": (_on(remove_conversation_note, "conversation_note_id"), ""),
    "task": (_task, ""),
    "complete": (_on(complete_task, "task_id"), "Done."),
    "retry": (_on(retry_reply, "reply_id"), "It is tried again."),
    "call_off": (_on(call_off_action, "action_id"), "Called off. Nothing was sent."),
    "arrived": (_on(confirm_action, "action_id", {"sent": True}), "It counts as sent."),
    "missing": (_on(confirm_action, "action_id", {"sent": False}), "It counts as not sent, and may be tried again."),
}
"""Act → how it is done, and what is said of it."""
