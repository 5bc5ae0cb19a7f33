"""Wanting no more reports: a link that says whose and to whom, signed, so that it holds as long as the mail is kept."""

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
    """Somebody who gets a client's reports."""

    client_id: str
    email: str


def address(base: str, keys: Keys, client_id: str, email: str) -> str:
    """Where somebody says that they want no more; the same in every mail to them."""
    return f"{base.rstrip('/')}{PATH}/{_token(keys, Reader(client_id, email.lower()))}"


def reader_of(keys: Keys, token: str) -> Reader:
    """Who is meant; a link that is not ours is of nobody."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        client_id, _, email = raw[_SIGNATURE:].decode().partition(" ")
    except ValueError:
        raise RapportError(NOT_FOUND) from None
    found = Reader(client_id, email)
    if not email or not same(_token(keys, found).encode(), token.encode()):
        raise RapportError(NOT_FOUND)
    return found


def is_out(reading: Reading, reader: Reader) -> bool:
    """Whether they get none any more, for whatever reason."""
    found = stops.reasons(reading, reader.client_id, [reader.email], topic=MailTopic.REPORTS)
    return reader.email in found


def client_name(reading: Reading, reader: Reader) -> str:
    """Whose reports they get."""
    return str(people.client(reading, reader.client_id)["name"])


def opt_out(tx: Tx, reader: Reader) -> None:
    """They want no more; saying so twice changes nothing."""
    people.client(tx, reader.client_id)
    stops.stop(tx, reader.client_id, reader.email, topic=MailTopic.REPORTS, reason=StopReason.OPTED_OUT)


def opt_in(tx: Tx, reader: Reader) -> None:
    """They want them again."""
    people.client(tx, reader.client_id)
    stops.allow(tx, reader.client_id, reader.email, topic=MailTopic.REPORTS)


def _token(keys: Keys, reader: Reader) -> str:
    said = f"{reader.client_id} {reader.email}".encode()
    signature = keys.sign(_PURPOSE, said)[:_SIGNATURE]
    return base64.urlsafe_b64encode(signature + said).rstrip(b"=").decode()
