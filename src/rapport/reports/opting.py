"""Wanting no more of somebody's mails: a link that says whose, to whom and which, signed, so that it holds for good."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from rapport.kernel.crypto import Keys, same
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.tx import Reading, Tx
from rapport.outbox import stops
from rapport.outbox.words import MailTopic, StopReason
from rapport.people import queries as people

PATH = "/reports/opt-out"
_PURPOSE = "report.opt_out"
_SIGNATURE = 16


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who gets a client's reports, or mails of another topic."""

    client_id: str
    email: str
    topic: MailTopic = MailTopic.REPORTS


def address(base: str, keys: Keys, client_id: str, email: str, topic: MailTopic = MailTopic.REPORTS) -> str:
    """Where somebody says that they want no more; the same in every mail of a topic to them."""
    return f"{base.rstrip('/')}{PATH}/{_token(keys, Reader(client_id, email.lower(), topic))}"


def reader_of(keys: Keys, token: str) -> Reader:
    """Who is meant; a link that is not ours is of nobody."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        client_id, _, rest = raw[_SIGNATURE:].decode().partition(" ")
        email, _, topic = rest.partition(" ")
        found = Reader(client_id, email, MailTopic(topic or MailTopic.REPORTS))
    except ValueError:
        raise RapportError(NOT_FOUND) from None
    if not email or not same(_token(keys, found).encode(), token.encode()):
        raise RapportError(NOT_FOUND)
    return found


def is_out(reading: Reading, reader: Reader) -> bool:
    """Whether they get none any more, for whatever reason."""
    found = stops.reasons(reading, reader.client_id, [reader.email], topic=reader.topic)
    return reader.email in found


def client_name(reading: Reading, reader: Reader) -> str:
    """Whose reports they get."""
    return str(people.client(reading, reader.client_id)["name"])


def opt_out(tx: Tx, reader: Reader) -> None:
    """They want no more; saying so twice changes nothing."""
    people.client(tx, reader.client_id)
    stops.stop(tx, reader.client_id, reader.email, topic=reader.topic, reason=StopReason.OPTED_OUT)


def opt_in(tx: Tx, reader: Reader) -> None:
    """They want them again."""
    people.client(tx, reader.client_id)
    stops.allow(tx, reader.client_id, reader.email, topic=reader.topic)


def _token(keys: Keys, reader: Reader) -> str:
    topic = f" {reader.topic.value}" if reader.topic is not MailTopic.REPORTS else ""
    said = f"{reader.client_id} {reader.email}{topic}".encode()
    signature = keys.sign(_PURPOSE, said)[:_SIGNATURE]
    return base64.urlsafe_b64encode(signature + said).rstrip(b"=").decode()
