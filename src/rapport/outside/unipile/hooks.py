"""Webhook bodies as records of the port, in every variant that was met; nothing a body holds is raised.

The kind is told by what is in the body. Names may be written in either case style, the whole may be wrapped in
`data`, and forms carry JSON in their fields.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl

import orjson

from rapport.outside.unipile import records
from rapport.outside.unipile.body import decode
from rapport.outside.unipile.fields import Raw, flag, instant, record, text
from rapport.ports.unipile_hooks import (
    AccountHeard,
    ChatMessage,
    Heard,
    MessageDeleted,
    MessageDelivered,
    MessageEdited,
    MessageHeard,
    MessageReacted,
    MessageSeen,
    Named,
    OtherHeard,
    RelationHeard,
    Unreadable,
)
from rapport.rules import identity

_MOST_WRAPPERS = 3
_MOST_FIELDS = 1000
_LONGEST_EVENT = 80
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_NO_EVENT = re.compile(r"[^A-Za-z0-9_.:-]")
_OTHER_NAMES = {
    "conversation_id": "chat_id",
    "thread_id": "chat_id",
    "text": "message",
    "body": "message",
    "participants": "attendees",
    "from": "sender",
    "created_at": "timestamp",
    "date": "timestamp",
}
"""Names of older bodies and of renamed fields, and the name that is meant; a name that is there wins."""
_EVENTS = {
    "message_read": MessageSeen,
    "message_delivered": MessageDelivered,
    "message_edited": MessageEdited,
    "message_deleted": MessageDeleted,
}
_RECEIVED = frozenset({"message_received", "message_sent", "new_message"})
_STATUS = "account_status"
_FACTS = frozenset({"message_id", "chat_id", "user_provider_id", "user_public_identifier", _STATUS})
_WORDS = frozenset(
    {
        "ok",
        "error",
        "stopped",
        "credentials",
        "permissions",
        "connecting",
        "deleted",
        "creation_success",
        "reconnected",
        "sync_success",
    }
)
"""What is said of accounts."""


class Hooks:
    """The part of the port that reads what was posted to us; it calls nobody."""

    def heard(self, body: bytes, *, content_type: str | None) -> Heard:
        raw = _object_in(body, content_type or "")
        if raw is None:
            return Unreadable("The body is neither a JSON object nor a form.")
        return _read(_unwrapped(raw))


def _object_in(body: bytes, content_type: str) -> Raw | None:
    """The fields of a body. Its first sign is believed before its type, which may say nothing or be wrong."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return decode(body)
    fields = _multipart(body, content_type) if "multipart/" in content_type else _urlencoded(body)
    return {name: _loosened(name, value) for name, value in fields} or None


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8", "replace"), strict_parsing=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


def _multipart(body: bytes, content_type: str) -> list[tuple[str, str]]:
    head = re.sub(r"[\r\n]+", " ", content_type).encode("utf-8", "replace")
    parts = message_from_bytes(b"Content-Type: " + head + b"\r\n\r\n" + body).get_payload()
    found: list[tuple[str, str]] = []
    for part in parts if isinstance(parts, list) else []:
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found.append((name, content.decode("utf-8", "replace")))
    return found


def _loosened(name: str, value: str) -> Any:
    """A form's field: what looks like JSON is read as such, except the words a person wrote."""
    if name in ("message", "text", "subject"):
        return value
    if value in ("null", "undefined", ""):
        return None
    if value[0] in "{[":
        try:
            return orjson.loads(value)
        except ValueError:
            return value
    return value


def _unwrapped(raw: Raw) -> Raw:
    """What is inside the wrappers, with what stands on them. A body that tells its fact itself is no wrapper."""
    raw = _plain(raw)
    for _ in range(_MOST_WRAPPERS):
        inner = raw.pop("data", None)
        if isinstance(inner, str):
            inner = decode(inner.encode("utf-8", "replace"))
        if not isinstance(inner, dict) or not raw.keys().isdisjoint(_FACTS):
            break
        raw = {**raw, **_plain(inner)}
    return raw


def _plain(raw: Raw) -> Raw:
    """The fields of an object under the names that the records are read by."""
    named = {_CAPITAL.sub(r"_\1", name).lower() if name != "AccountStatus" else _STATUS: raw[name] for name in raw}
    for other, meant in _OTHER_NAMES.items():
        if other in named and named.get(meant) is None:
            named[meant] = named[other]
    return named


def _read(raw: Raw) -> Heard:
    event = _event_of(raw)
    if _STATUS in raw or event in _WORDS:
        return _account(raw, event)
    if event == "new_relation" or (event is None and text(raw, "user_provider_id", "user_public_identifier")):
        return _relation(raw)
    if event is None or event in _RECEIVED or event in _EVENTS or event == "message_reaction":
        return _message(raw, event)
    return OtherHeard(event=event, account_id=text(raw, "account_id"))


def _event_of(raw: Raw) -> str | None:
    """The event's name; `status` is where the hosted page says it, `type` where mail does."""
    named = text(raw, "event", "event_type")
    if named is None and raw.keys().isdisjoint(_FACTS):
        named = text(raw, "status", "type")
    return _NO_EVENT.sub("", named).lower()[:_LONGEST_EVENT] or None if named is not None else None


def _account(raw: Raw, event: str | None) -> Heard:
    told = _plain(record(raw, _STATUS)) or raw
    account_id = text(told, "account_id") or text(raw, "account_id")
    word = text(told, "message", "status", _STATUS) or event
    if account_id is None or word is None:
        return Unreadable("An account's status names no account or no status.")
    return AccountHeard(account_id=account_id, word=word.upper()[:_LONGEST_EVENT], reference=text(told, "name"))


def _relation(raw: Raw) -> Heard:
    account_id = text(raw, "account_id")
    given, url = text(raw, "user_provider_id", "user_id"), text(raw, "user_profile_url")
    person = _named(
        given,
        url,
        public_identifier=text(raw, "user_public_identifier"),
        name=text(raw, "user_full_name", "user_name"),
        attendee_id=None,
    )
    if account_id is None:
        return Unreadable("A new relation names no account.")
    if (person.provider_id or person.member_id or person.public_identifier) is None:
        return Unreadable("A new relation names nobody.")
    return RelationHeard(account_id=account_id, person=person)


def _message(raw: Raw, event: str | None) -> Heard:
    message = _chat_message(raw)
    if (message.chat_id or message.chat_provider_id or message.message_id or message.sender) is None:
        return Unreadable("It names neither a message, a chat nor a sender.")
    if event == "message_reaction" or (event is None and text(raw, "reaction") is not None):
        return MessageReacted(message, reaction=text(raw, "reaction"), by=_somebody(raw.get("reaction_sender")))
    return _EVENTS.get(event or "", MessageHeard)(message)


def _chat_message(raw: Raw) -> ChatMessage:
    inner = raw.get("message")
    if isinstance(inner, dict):  # the message as an object of its own, its fields beside the event's
        raw = {**raw, "message": None, **_plain(inner)}
        raw["message_id"] = text(raw, "message_id", "id")
    info = _plain(record(raw, "account_info"))
    sender = _somebody(raw.get("sender")) or _sender_in_the_open(raw)
    return ChatMessage(
        account_id=text(raw, "account_id"),
        account_user_id=text(info, "user_id"),
        chat_id=text(raw, "chat_id"),
        chat_provider_id=text(raw, "provider_chat_id", "chat_provider_id"),
        message_id=text(raw, "message_id"),
        message_provider_id=text(raw, "provider_message_id", "message_provider_id"),
        sender=sender,
        attendees=_several(raw, "attendees"),
        is_sender=flag(raw, "is_sender"),
        is_event=flag(raw, "is_event"),
        is_group=flag(raw, "is_group"),
        text=text(raw, "message"),
        subject=text(raw, "subject"),
        attachments=records.items(raw, records.attachment, "attachments"),
        at=instant(raw, "timestamp"),
    )


def _sender_in_the_open(raw: Raw) -> Named | None:
    """A sender whose fields stand beside the others, as messages of the lists have them."""
    given = text(raw, "sender_id", "sender_provider_id", "sender_urn", "sender_member_id")
    attendee_id = text(raw, "sender_attendee_id")
    if given is None and attendee_id is None:
        return None
    return _named(given, None, public_identifier=None, name=text(raw, "sender_name"), attendee_id=attendee_id)


def _several(raw: Raw, name: str) -> tuple[Named, ...]:
    value = raw.get(name)
    listed = value if isinstance(value, list) else [value]
    found = (_somebody(one) for one in listed)
    return tuple(one for one in found if one is not None)


def _somebody(value: Any) -> Named | None:
    """A person given as an object, or as nothing but an id."""
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
        return _named(str(value), None, public_identifier=None, name=None, attendee_id=None)
    if not isinstance(value, dict):
        return None
    raw = _plain(value)
    return _named(
        text(raw, "attendee_provider_id", "provider_id", "attendee_member_id", "member_id", "member_urn", "urn"),
        text(raw, "attendee_profile_url", "profile_url"),
        public_identifier=text(raw, "attendee_public_identifier", "public_identifier"),
        name=text(raw, "attendee_name", "name"),
        attendee_id=text(raw, "attendee_id", "id"),
    )


def _named(
    given: str | None, url: str | None, *, public_identifier: str | None, name: str | None, attendee_id: str | None
) -> Named:
    found: dict[str, str] = {}
    for text_, reader in ((given, _id), (public_identifier, identity.profile), (url, identity.profile)):
        one = reader(text_) if text_ is not None else None
        if one is not None:
            found.setdefault(one.kind, one.value)
    return Named(
        provider_id=found.get(identity.PROVIDER_ID),
        member_id=found.get(identity.MEMBER_ID),
        public_identifier=found.get(identity.PUBLIC_IDENTIFIER),
        attendee_id=attendee_id,
        name=name,
        profile_url=url,
        given=given,
    )


def _id(given: str) -> identity.Identity | None:
    """An id of whichever kind."""
    if "/" in given or ("urn:li:" in given and identity.member_id(given) is None):
        return identity.profile(given)
    return identity.member_id(given) or identity.provider_id(given)
