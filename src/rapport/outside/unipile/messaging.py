"""The calls about chats, messages and mail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rapport.outside.unipile import conversations, records
from rapport.outside.unipile.acceptance import Write
from rapport.outside.unipile.calls import Calls
from rapport.ports.outcomes import Outcome, WriteKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from rapport.outside.unipile.wire import FormField
    from rapport.ports.unipile_records import (
        Attendee,
        Chat,
        Download,
        EmailAddress,
        Message,
        NewEmail,
        Page,
        Upload,
    )

_STARTED = ("chat_id", "message_id")
_START = Write("POST", "/chats", WriteKind.MESSAGE, "ChatStarted", nullable=_STARTED)
_START_INMAIL = Write("POST", "/chats", WriteKind.INMAIL, "ChatStarted", nullable=_STARTED)
_SEND = Write("POST", "/chats/{id}/messages", WriteKind.MESSAGE, "MessageSent", nullable=("message_id",))
_MARK = Write("PATCH", "/chats/{id}", WriteKind.ADMINISTER, "ChatPatched")
_MAIL = Write("POST", "/emails", WriteKind.EMAIL, "EmailSent", promised="tracking_id")


class Messaging(Calls):
    def chats(
        self,
        account_id: str,
        *,
        limit: int,
        after: datetime | None = None,
        before: datetime | None = None,
        unread: bool | None = None,
        cursor: str | None = None,
    ) -> Page[Chat]:
        return conversations.get_page(
            self._reads,
            "/chats",
            ["chats"],
            make=records.chat,
            query={
                "account_id": account_id,
                "limit": limit,
                "after": after,
                "before": before,
                "unread": unread,
            },
            cursor=cursor,
        )

    def chat(self, chat_id: str) -> Chat:
        return conversations.get(self._reads, "/chats/{id}", ["chats", chat_id], make=records.chat)

    def chats_with(self, attendee_id: str, *, account_id: str, limit: int, cursor: str | None = None) -> Page[Chat]:
        return self._reads.get(
            "/chat_attendees/{id}/chats",
            ["chat_attendees", attendee_id, "chats"],
            make=records.page_of(records.chat),
            query={"account_id": account_id, "limit": limit, "cursor": cursor},
        )

    def attendees(self, chat_id: str) -> tuple[Attendee, ...]:
        return conversations.get(
            self._reads,
            "/chats/{id}/attendees",
            ["chats", chat_id, "attendees"],
            make=records.attendees,
        )

    def start_chat(
        self,
        attendee_ids: Sequence[str],
        *,
        account_id: str,
        text: str,
        subject: str | None = None,
        attachments: Sequence[Upload] = (),
        api: str = "classic",
        inmail: bool = False,
    ) -> Outcome:
        fields = [
            ("account_id", account_id),
            *(("attendees_ids", attendee_id) for attendee_id in attendee_ids),
            ("text", text),
            *([("subject", subject)] if subject is not None else []),
            ("linkedin[api]", api),
            *([("linkedin[inmail]", "true")] if inmail else []),
        ]
        return self._writes.send(_START_INMAIL if inmail else _START, ["chats"], form=_form(fields, attachments))

    def send_message(self, chat_id: str, *, text: str, attachments: Sequence[Upload] = ()) -> Outcome:
        return self._writes.send(_SEND, ["chats", chat_id, "messages"], form=_form([("text", text)], attachments))

    def mark_chat(self, chat_id: str, *, read: bool) -> Outcome:
        return self._writes.send(_MARK, ["chats", chat_id], json={"action": "setReadStatus", "value": read})

    def chat_messages(
        self,
        chat_id: str,
        *,
        limit: int,
        after: datetime | None = None,
        before: datetime | None = None,
        sender_id: str | None = None,
        cursor: str | None = None,
    ) -> Page[Message]:
        return conversations.get_page(
            self._reads,
            "/chats/{id}/messages",
            ["chats", chat_id, "messages"],
            make=records.message,
            query={"limit": limit, "after": after, "before": before, "sender_id": sender_id},
            cursor=cursor,
        )

    def messages(
        self,
        account_id: str,
        *,
        limit: int,
        after: datetime | None = None,
        before: datetime | None = None,
        sender_id: str | None = None,
        cursor: str | None = None,
    ) -> Page[Message]:
        return self._reads.get(
            "/messages",
            ["messages"],
            make=records.page_of(records.message),
            query={
                "account_id": account_id,
                "limit": limit,
                "after": after,
                "before": before,
                "sender_id": sender_id,
                "cursor": cursor,
            },
        )

    def attachment(self, message_id: str, attachment_id: str) -> Download:
        return self._reads.download(
            "/messages/{id}/attachments/{id}", ["messages", message_id, "attachments", attachment_id]
        )

    def send_email(self, email: NewEmail, *, account_id: str) -> Outcome:
        fields = [
            ("account_id", account_id),
            ("subject", email.subject),
            ("body", email.body),
            ("to", _addresses(email.to)),
            *([("cc", _addresses(email.cc))] if email.cc else []),
            *([("bcc", _addresses(email.bcc))] if email.bcc else []),
            *([("reply_to", email.reply_to)] if email.reply_to is not None else []),
        ]
        if email.custom_headers:
            named = [{"name": name, "value": value} for name, value in email.custom_headers]
            fields.append(("custom_headers", json.dumps(named)))
        return self._writes.send(_MAIL, ["emails"], form=_form(fields, email.attachments))


def _form(fields: Iterable[tuple[str, str]], attachments: Iterable[Upload]) -> list[FormField]:
    """Every field as a part of its own, also where there is no file: the provider takes no other encoding."""
    parts: list[FormField] = [(name, (None, value)) for name, value in fields]
    files: list[FormField] = [
        ("attachments", (file.file_name, file.content, file.content_type)) for file in attachments
    ]
    return parts + files


def _addresses(people: Sequence[EmailAddress]) -> str:
    return json.dumps(
        [
            {"identifier": person.identifier}
            if person.display_name is None
            else {"identifier": person.identifier, "display_name": person.display_name}
            for person in people
        ]
    )
