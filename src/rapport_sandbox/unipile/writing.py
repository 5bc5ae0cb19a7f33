"""Messages sent over the API. Any id in the answer may be null: then the chat itself must be read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport_sandbox.refusals import Refused
from rapport_sandbox.unipile.chats import find_chat
from rapport_sandbox.world import messaging
from rapport_sandbox.world.talk import Attachment

if TYPE_CHECKING:
    from rapport_sandbox.unipile.call import Call
    from rapport_sandbox.unipile.multipart import File, Form
    from rapport_sandbox.wire import Answer
    from rapport_sandbox.world.people import Person
    from rapport_sandbox.world.talk import Message

_LARGEST_FILE = 25 * 1024 * 1024
_LONGEST_TEXT = 8_000
_FOLDERS = {
    "classic": "INBOX_LINKEDIN_CLASSIC",
    "sales_navigator": "INBOX_LINKEDIN_SALES_NAVIGATOR",
    "recruiter": "INBOX_LINKEDIN_RECRUITER",
}


def start_chat(call: Call) -> Answer:
    """`POST /chats`: write to relations, or by InMail to anybody."""
    form = call.form()
    account_id = form.get("account_id")
    if not account_id:
        raise Refused("invalid_parameters", "account_id is required.")
    account = call.account(account_id)
    api = form.get("linkedin[api]") or "classic"
    if api not in _FOLDERS:
        raise Refused("invalid_parameters", "linkedin[api] is not known.")
    wants_inmail = form.get("linkedin[inmail]")
    if wants_inmail not in (None, "true", "false"):
        raise Refused("invalid_parameters", "linkedin[inmail] must be true or false.")
    inmail = wants_inmail == "true" or api != "classic"
    if inmail:
        call.note(kind="inmail")
    if api != "classic" and api not in account.features:
        raise Refused("feature_not_subscribed", f"The account has no {api}.")
    people = _recipients(call, form)
    text, files = _content(call, form)
    message = messaging.start_chat(
        call.world,
        account,
        people,
        text,
        call.now,
        attachments=files,
        subject=form.get("subject"),
        inmail=inmail,
        folder=_FOLDERS[api],
    )
    _note_sent(call, message)
    ids: tuple[str | None, str | None] = (message.chat.id, message.id)
    if _ids_are_null(call, message):
        ids = (None, None)
    return call.done({"object": "ChatStarted", "chat_id": ids[0], "message_id": ids[1]}, status=201, effect=True)


def send_message(call: Call) -> Answer:
    """`POST /chats/{id}/messages`."""
    form = call.form()
    account, chat = find_chat(call, live=True)
    text, files = _content(call, form)
    message = messaging.send(call.world, account, chat, text, call.now, attachments=files)
    _note_sent(call, message)
    message_id = None if _ids_are_null(call, message) else message.id
    return call.done({"object": "MessageSent", "message_id": message_id}, status=201, effect=True)


def _recipients(call: Call, form: Form) -> list[Person]:
    wanted = form.all("attendees_ids")
    if not wanted or not all(wanted):
        raise Refused("invalid_parameters", "attendees_ids is required.")
    call.note(person=wanted[0])
    people = [call.world.people.by_provider_id(one) for one in wanted]
    if None in people or len(set(wanted)) != len(wanted):
        raise Refused("invalid_recipient", "attendees_ids holds an id that is nobody's provider id.")
    return [person for person in people if person is not None]


def _content(call: Call, form: Form) -> tuple[str | None, tuple[Attachment, ...]]:
    text = form.get("text")
    files = tuple(_attachment(call, file) for file in form.files)
    if not text and not files:
        raise Refused("invalid_parameters", "text or attachments are required.")
    if text is not None and len(text) > _LONGEST_TEXT:
        raise Refused("invalid_message", f"text is longer than {_LONGEST_TEXT} characters.")
    return text, files


def _attachment(call: Call, file: File) -> Attachment:
    if file.field not in ("attachments", "attachments[]", "voice_message"):
        raise Refused("invalid_parameters", f"{file.field} takes no file.")
    if len(file.content) > _LARGEST_FILE:
        raise Refused("content_too_large", f"{file.name} is larger than 25 MiB.")
    kind = {"image": "img", "video": "video", "audio": "audio"}.get(file.mimetype.split("/")[0], "file")
    return Attachment(
        call.world.new_id("attachment"),
        kind,  # type: ignore[arg-type]
        file.name,
        file.mimetype,
        len(file.content),
        file.content,
    )


def _note_sent(call: Call, message: Message) -> None:
    call.note(chat_id=message.chat.id, message_id=message.id, text=message.text)


def _ids_are_null(call: Call, message: Message) -> bool:
    return call.world.chance.happens(call.world.switches.send_ids_null, "send-ids", message.id)
