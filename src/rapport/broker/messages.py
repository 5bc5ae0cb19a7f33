"""Messages that n8n tells of: taken in at once, and answered with what a bot needs to go on.

A channel that is off keeps what comes word for word and takes it in when it is on again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from rapport.broker import answering, events, queries
from rapport.broker.ingest import Arriving, ingest
from rapport.broker.words import Next
from rapport.conversations.words import Channel
from rapport.kernel.tx import Tx
from rapport.offerings import linking
from rapport.rules.lead_fields import LONGEST
from rapport.webhooks import intake
from rapport.webhooks.again import CHANNEL_OFF
from rapport.webhooks.sources import About, Decision, Delivery
from rapport.webhooks.statuses import DeliveryStatus

SOURCE = "channels/messages"
_NOTHING: dict[str, Any] = {
    "conversation_id": None,
    "message_id": None,
    "lead_id": None,
    "lead_captured": False,
    "suggested_offerings": [],
    "reply_text": None,
}


def take(tx: Tx, client_id: str, given: Mapping[str, Any], *, raw: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """Take a message in; answers what the caller is told."""
    row = queries.channel_of(tx, client_id, given["platform"])
    if row is None or row.is_off:
        if row is not None:
            _keep(tx, row.id, raw, headers)
        return {
            **_NOTHING,
            "intents": given["intents"],
            "next_action": Next.KEPT if row is not None else Next.NOT_CONNECTED,
        }
    done = ingest(tx, _arriving(tx, client_id, given))
    recorded = done.recorded
    if recorded.is_new and given["intents"]:
        data = {
            "channel": given["platform"],
            "intents": ", ".join(given["intents"]),
            "message_id": recorded.message_id,
        }
        tx.emit(
            events.INTENTS,
            client_id=client_id,
            data=data,
            lead_id=recorded.lead_id,
            conversation_id=recorded.conversation_id,
        )
    linking.link(tx, recorded.message_id)
    reply = answering.answer(tx, client_id, Channel(given["platform"]), recorded)
    return {
        "conversation_id": recorded.conversation_id,
        "message_id": recorded.message_id,
        "lead_id": recorded.lead_id,
        "lead_captured": done.is_new_lead,
        "intents": given["intents"],
        "suggested_offerings": queries.suggested(tx, recorded.message_id),
        "next_action": Next.ANSWERED if reply is not None else Next.OPERATOR,
        "reply_text": reply,
    }


def _keep(tx: Tx, channel_id: str, raw: bytes, headers: Mapping[str, str]) -> None:
    intake.store(
        tx,
        source=SOURCE,
        body=raw,
        content_type="application/json",
        headers=headers,
        verified="key",
        external_account_id=channel_id,
    )


def _arriving(tx: Tx, client_id: str, given: Mapping[str, Any]) -> Arriving:
    about = given["session_data"]
    fields = {name: str(about[name])[:longest] for name, longest in LONGEST.items() if isinstance(about.get(name), str)}
    return Arriving(
        client_id=client_id,
        channel=Channel(given["platform"]),
        message_id=given["message_id"],
        at=given.get("sent_at") or tx.now,
        text=given["message"],
        author_id=given["user_id"],
        name=_word(about, "name"),
        email=_word(about, "email"),
        known_of_them=fields,
        thread_id=_word(about, "thread_id"),
    )


def _word(about: Mapping[str, Any], name: str) -> str | None:
    value = about.get(name)
    return value.strip()[:200] or None if isinstance(value, str) else None


def hear(tx: Tx, taken: Delivery) -> Decision:
    """Take in what came while its channel was off. Nothing is answered to it: whoever told of it is long gone."""
    row = queries.channel(tx, taken.external_account_id or "")
    if row is None:
        return Decision("channel_unknown", DeliveryStatus.IGNORED)
    about = About(kind="message", external_account_id=row.id, client_id=row.client_id)
    if row.is_off:
        return Decision(CHANNEL_OFF, DeliveryStatus.IGNORED, about=about)
    given = {"intents": [], "session_data": {}, **orjson.loads(taken.body)}
    given["message_id"] = given.get("message_id") or weak_id(given, taken.received_at.isoformat(timespec="minutes"))
    recorded = ingest(tx, _arriving(tx, row.client_id, {**given, "sent_at": taken.received_at})).recorded
    evidence = {"conversation_id": recorded.conversation_id, "message_id": recorded.message_id}
    return Decision("taken", evidence=evidence, lead_id=recorded.lead_id, about=about)


def weak_id(given: Mapping[str, Any], minute: str) -> str:
    """An id for a message that was told without: the same words of the same person in the same minute are one."""
    said = orjson.dumps([given["platform"], given["user_id"], given["message"], minute])
    return f"weak:{hashlib.sha256(said).hexdigest()[:40]}"
