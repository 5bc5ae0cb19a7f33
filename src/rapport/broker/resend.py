"""Mail that Resend received: its notice names whose it is, and the rest is fetched by a job.

What Resend withholds, for the team has used up its quota, is shown as it was noticed: from whom, and about what.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from rapport.broker import postmark, queries
from rapport.broker.ingest import ingest
from rapport.channels.queries import by_address
from rapport.jobs.enqueue import enqueue
from rapport.jobs.registry import CannotHealError, JobType, Work
from rapport.kernel.crypto import Keys
from rapport.kernel.tx import Reading, Tx
from rapport.outbox import mail_events
from rapport.ports.mailboxes import Mailboxes, NotFetchedError, Received
from rapport.webhooks.again import CHANNEL_OFF
from rapport.webhooks.sources import About, Decision, Delivery, Handle
from rapport.webhooks.statuses import DeliveryStatus

_RECEIVED = "email.received"
_NAMES = ("email_id", "from", "to", "received_for", "subject", "message_id", "attachments")


def handler(fetch: JobType) -> Handle:
    """Whoever makes something of what Resend tells: of mails that left, and of mails that came."""

    def hear(tx: Tx, taken: Delivery) -> Decision:
        data = _noticed(taken.body)
        if data is None:
            return mail_events.hear(tx, taken)
        found = by_address(tx, [_mailbox(each) for each in (*_list(data, "received_for"), *_list(data, "to"))])
        if found is None:
            return Decision("mailbox_unknown", DeliveryStatus.IGNORED, about=About(kind=_RECEIVED))
        channel = queries.channel(tx, found.id)
        about = About(kind=_RECEIVED, external_account_id=found.id, client_id=found.client_id)
        if channel is None or channel.is_off:
            return Decision(CHANNEL_OFF, DeliveryStatus.IGNORED, about=about)
        payload = {"notice": {name: data.get(name) for name in _NAMES}, "at": taken.received_at.isoformat()}
        key = f"{fetch.name}:{data['email_id']}"
        enqueue(tx, fetch, client_id=found.client_id, payload=payload, dedupe_key=key[:200])
        return Decision("is_fetched", about=about)

    return hear


def fetching(keys: Keys, mailboxes: Mailboxes | None) -> JobType:
    """The job that fetches a mail and takes it in."""

    def before(_reading: Reading, job: Work) -> Received | NotFetchedError | None:
        if mailboxes is None:
            return None
        try:
            return mailboxes.received(job.payload["notice"]["email_id"])
        except NotFetchedError as trouble:
            return trouble

    def take(tx: Tx, job: Work, found: Received | NotFetchedError | None) -> Mapping[str, Any]:
        if found is None:
            raise CannotHealError("No mail provider is set up.")
        if isinstance(found, NotFetchedError) and not found.withheld:
            raise found
        mail = found if isinstance(found, Received) else Received(None, None, {})
        recorded = ingest(tx, _arriving(tx, keys, job, mail)).recorded
        job.payload = {"email_id": job.payload["notice"]["email_id"]}  # whose mail it was stands in the inbox alone
        withheld = found.code if isinstance(found, NotFetchedError) else None
        return {"conversation_id": recorded.conversation_id, "is_new": recorded.is_new, "withheld": withheld}

    return JobType(
        "broker.fetch_mail", "Fetches a mail that Resend received, and takes it in.", handler=take, before=before
    )


def _arriving(tx: Tx, keys: Keys, job: Work, mail: Received) -> Any:
    notice = job.payload["notice"]
    name, address = postmark.sender_of(str(notice["from"]))
    recipients = [str(each) for each in (*_list(notice, "received_for"), *_list(notice, "to"))]
    return postmark.mail_of(
        tx,
        keys,
        client_id=job.client_id,
        message_id=str(notice.get("message_id") or f"resend:{notice['email_id']}"),
        at=job.created_at,
        name=name,
        address=address,
        subject=notice.get("subject"),
        text=mail.text or postmark.without_marks(mail.html),
        words=[postmark.hash_of(each) for each in recipients],
        headers=mail.headers,
        files=tuple(_file(each) for each in notice.get("attachments") or () if isinstance(each, dict)),
    )


def _file(given: Mapping[str, Any]) -> Mapping[str, Any]:
    names = {"file_name": given.get("filename"), "mimetype": given.get("content_type")}
    return {"id": None, "type": "file", "file_size": None, **names}


def _noticed(body: bytes) -> dict[str, Any] | None:
    """What the notice of a mail that came says; None of anything else."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    data = told.get("data") if isinstance(told, dict) and told.get("type") == _RECEIVED else None
    fits = isinstance(data, dict) and isinstance(data.get("email_id"), str) and "@" in str(data.get("from"))
    return data if fits else None


def _list(given: Mapping[str, Any], name: str) -> list[str]:
    found = given.get(name)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _mailbox(address: str) -> str:
    """The mailbox of an address, without the word that names a conversation."""
    _, plain = postmark.sender_of(address)
    name, _, domain = plain.partition("@")
    return f"{name.partition('+')[0]}@{domain}"
