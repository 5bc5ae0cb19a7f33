"""Mail as Postmark posts it: read leniently, for it was answered already and must become something.

What belongs together: an address that we gave out names its conversation; then the messages that a mail refers to;
then the mailbox that wrote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

import orjson

from rapport.broker import queries, tokens
from rapport.broker.ingest import Arriving, ingest
from rapport.channels.queries import password_hash
from rapport.conversations.words import Channel
from rapport.kernel.crypto import Keys, same, token_hash
from rapport.kernel.tx import Reading, Tx
from rapport.webhooks.again import CHANNEL_OFF
from rapport.webhooks.sources import About, Decision, Delivery
from rapport.webhooks.statuses import DeliveryStatus

SOURCE = "postmark/inbound"
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_ABSENCE = ("auto-submitted", "x-autoreply", "x-autorespond", "precedence", "x-precedence")
_LONGEST = 100_000
_MOST_FILES = 20


def opens(reading: Reading, user: str, password: str) -> str | None:
    """The channel that these credentials open; None for none. The time of an answer tells nothing of how near."""
    found = password_hash(reading, user)
    kept = found[1] if found is not None else token_hash("")
    good = same(kept.encode(), token_hash(password).encode())
    return user if found is not None and good else None


def handler(keys: Keys) -> Any:
    """Whoever makes something of a mail that was kept."""

    def hear(tx: Tx, taken: Delivery) -> Decision:
        mail = _read(taken.body)
        channel = queries.channel(tx, taken.external_account_id or "")
        if mail is None or channel is None:
            return Decision("unreadable" if channel is not None else "channel_unknown", DeliveryStatus.UNREADABLE)
        about = About(
            kind="email.received",
            happened_at=_sent_at(mail, taken.received_at),
            external_account_id=channel.id,
            client_id=channel.client_id,
        )
        if channel.is_off:
            return Decision(CHANNEL_OFF, DeliveryStatus.IGNORED, about=about)
        done = ingest(tx, _arriving(tx, keys, channel.client_id, mail, about))
        recorded = done.recorded
        word = "taken" if recorded.is_new else "known_already"
        evidence = {"conversation_id": recorded.conversation_id, "message_id": recorded.message_id}
        return Decision(word, evidence=evidence, lead_id=recorded.lead_id, about=about)

    return hear


def _read(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and _text(found, "MessageID") and _sender(found)[1] else None


def _arriving(tx: Tx, keys: Keys, client_id: str, mail: Mapping[str, Any], about: About) -> Arriving:
    name, address = _sender(mail)
    headers = _headers(mail)
    own_id = next(iter(_MESSAGE_ID.findall(headers.get("message-id", ""))), None)
    return mail_of(
        tx,
        keys,
        client_id=client_id,
        message_id=own_id or f"postmark:{_text(mail, 'MessageID')}",
        at=about.happened_at,
        name=name,
        address=address,
        subject=_text(mail, "Subject"),
        text=_text(mail, "StrippedTextReply") or _text(mail, "TextBody") or without_marks(_text(mail, "HtmlBody")),
        words=[_text(mail, "MailboxHash") or "", *(hash_of(each) for each in _recipients(mail))],
        headers=headers,
        files=_files(mail),
    )


def mail_of(
    tx: Tx,
    keys: Keys,
    *,
    client_id: str,
    message_id: str,
    at: datetime | None,
    name: str | None,
    address: str,
    subject: str | None,
    text: str | None,
    words: Sequence[str],
    headers: Mapping[str, str],
    files: tuple[Mapping[str, Any], ...],
) -> Arriving:
    """A mail, whichever provider brought it, with the conversation it belongs to where it tells."""
    named = next((found for each in words if (found := tokens.conversation_of(keys, each)) is not None), None)
    referred = _MESSAGE_ID.findall(f"{headers.get('references', '')} {headers.get('in-reply-to', '')}")
    return Arriving(
        client_id=client_id,
        channel=Channel.EMAIL,
        message_id=message_id[:200],
        at=at or tx.now,
        text=text,
        author_id=address,
        name=name,
        email=address,
        conversation_id=named or queries.conversation_of(tx, client_id, Channel.EMAIL.value, referred[-20:]),
        subject=subject[:400] if subject else None,
        attachments=files,
        headers={each: headers[each] for each in _ABSENCE if each in headers},
    )


def _sender(mail: Mapping[str, Any]) -> tuple[str | None, str]:
    full = mail.get("FromFull")
    if isinstance(full, dict) and isinstance(full.get("Email"), str):
        return (_text(full, "Name") or None), full["Email"].strip().lower()[:200]
    return sender_of(_text(mail, "From") or "")


def sender_of(text: str) -> tuple[str | None, str]:
    """The name and the mailbox of a sender as a header writes them."""
    found = getaddresses([text])
    name, address = found[0] if found else ("", "")
    return (name[:250] or None), address.strip().lower()[:200] if "@" in address else ""


def _recipients(mail: Mapping[str, Any]) -> list[str]:
    listed = mail.get("ToFull")
    named = [each.get("Email") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return [each for each in [_text(mail, "OriginalRecipient"), *named] if isinstance(each, str)]


def hash_of(address: str) -> str:
    return address.partition("@")[0].partition("+")[2]


def _headers(mail: Mapping[str, Any]) -> dict[str, str]:
    listed = mail.get("Headers")
    return {
        str(each.get("Name", "")).lower(): str(each.get("Value", ""))
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    }


def _files(mail: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """What came with it, as far as an inbox shows it; the bytes stay with the mail as it was posted."""
    listed = mail.get("Attachments")
    return tuple(
        {
            "id": None,
            "type": "file",
            "file_name": _text(each, "Name"),
            "mimetype": _text(each, "ContentType"),
            "file_size": each.get("ContentLength") if isinstance(each.get("ContentLength"), int) else None,
        }
        for each in (listed[:_MOST_FILES] if isinstance(listed, list) else [])
        if isinstance(each, dict)
    )


def _sent_at(mail: Mapping[str, Any], received_at: datetime) -> datetime:
    """When it was sent, by the sender's own clock where that can be read and is not ahead of ours."""
    try:
        found = parsedate_to_datetime(_text(mail, "Date") or "")
    except ValueError:
        return received_at
    found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return min(found.astimezone(UTC), received_at)


def _text(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    return value.replace("\x00", "").strip()[:_LONGEST] or None if isinstance(value, str) else None


_MARKS = re.compile(r"<[^>]{0,2000}>")


def without_marks(html: str | None) -> str | None:
    """The words of a mail that has no plain ones."""
    return " ".join(_MARKS.sub(" ", html).split()) or None if html else None
