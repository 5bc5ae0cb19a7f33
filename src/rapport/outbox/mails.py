"""A mail as a delivery: the bytes that the provider gets, the same in every attempt, tagged with its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import orjson

from rapport.kernel.tx import Tx
from rapport.outbox import stops
from rapport.outbox.models import Delivery
from rapport.outbox.words import Channel
from rapport.outbox.write import Draft, one_line, write

TAG = "delivery_id"
_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """What somebody reads: the same twice, for mail programs and for plain ones."""

    subject: str
    html: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


def write_mail(tx: Tx, draft: Draft, mail: Mail, *, sender: str) -> str | None:
    """Write a mail down; the id of the delivery, None when it was written before. One to an address that gets no more
    of its kind is kept, skipped.
    """
    delivery_id = draft.id or tx.new_id()
    body = body_of(mail, sender=sender, recipient=draft.recipient, delivery_id=delivery_id)
    skipped = draft.skipped or stops.against(tx, draft.client_id, draft.recipient, draft.event_type)
    whole = replace(draft, id=delivery_id, channel=Channel.EMAIL, connection_id=None, body=body, skipped=skipped)
    return write(tx, whole)


def rewrite(tx: Tx, delivery_id: str, mail: Mail, *, sender: str) -> None:
    """Say what is kept of a mail anew: somebody whom it named is erased."""
    row = tx.session.get_one(Delivery, delivery_id, with_for_update={"key_share": True})
    row.body = body_of(mail, sender=sender, recipient=row.recipient, delivery_id=delivery_id)


def body_of(mail: Mail, *, sender: str, recipient: str, delivery_id: str) -> bytes:
    """The bytes of a mail as the provider takes them. A subject is one line, whatever names were put into it."""
    said = {
        "from": sender,
        "to": [recipient],
        "subject": one_line(mail.subject)[:_LONGEST_SUBJECT],
        "html": mail.html,
        "text": mail.text,
        "tags": [{"name": TAG, "value": delivery_id}],
    }
    if mail.headers:
        said["headers"] = {name: one_line(value) for name, value in mail.headers.items()}
    return orjson.dumps(said)
