"""Signatures of webhooks: one secret, two sets of headers, both ways.

    headers("del_1", at=now, body=b"{}", secrets=("whsec_new", "whsec_old"))
    verified(request.headers, body, secrets=("whsec_new",), now=now)    # the id, or a refusal

Standard Webhooks (and Svix, under its own names) sign `id.timestamp.body` with the secret's decoded bytes and may
show several signatures; the plain scheme signs `timestamp.body` with the secret as it is shown. The plain one signs
no id: inside the window it can be replayed, so whoever takes such a call must be idempotent by construction.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Mapping, Sequence
from datetime import datetime

from rapport.kernel.crypto import same
from rapport.kernel.errors import UNAUTHENTICATED, RapportError

PREFIX = "whsec_"
WINDOW_SECONDS = 300
_NAMES = ("webhook", "svix")
_VERSION = "v1,"
_PLAIN = "sha256="
_LONGEST_ID = 200
_MOST_SIGNATURES = 10


def new_secret() -> str:
    """A secret as it is shown once: 32 random bytes."""
    return PREFIX + base64.b64encode(os.urandom(32)).decode()


def headers(message_id: str, *, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of one attempt. During a rotation the new secret comes first, the old one after it."""
    timestamp = str(int(at.timestamp()))
    shown = {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_standard(each, message_id, timestamp, body) for each in secrets),
        "X-Timestamp": timestamp,
        "X-Signature": _plain(secrets[0], timestamp, body),
    }
    if len(secrets) > 1:
        shown["X-Signature-Previous"] = _plain(secrets[1], timestamp, body)
    return shown


def verified(given: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: datetime) -> str | None:
    """The id under which this was sent, None in the plain scheme; refused when no signature of ours is right.

    Every comparison is made each time, so that the time of an answer tells nothing.
    """
    for name in _NAMES:
        if f"{name}-signature" in given:
            message_id, timestamp = given.get(f"{name}-id", ""), given.get(f"{name}-timestamp", "")
            shown = given[f"{name}-signature"].split(" ")[:_MOST_SIGNATURES]
            wanted = [_standard(each, message_id, timestamp, body) for each in secrets]
            good = _any_same(shown, wanted)
            if good and 0 < len(message_id) <= _LONGEST_ID and _is_fresh(timestamp, now):
                return message_id
            raise RapportError(UNAUTHENTICATED)
    timestamp = given.get("X-Timestamp", "")
    shown = [given.get("X-Signature", "")]
    if _any_same(shown, [_plain(each, timestamp, body) for each in secrets]) and _is_fresh(timestamp, now):
        return None
    raise RapportError(UNAUTHENTICATED)


def key_of(secret: str) -> bytes:
    """The bytes that a shown secret stands for."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a secret that begins with whsec_ and goes on in Base64") from None


def _standard(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    signed = _bytes(f"{message_id}.{timestamp}.") + body
    return _VERSION + base64.b64encode(hmac.digest(key_of(secret), signed, "sha256")).decode()


def _plain(secret: str, timestamp: str, body: bytes) -> str:
    return _PLAIN + hmac.digest(secret.encode(), _bytes(f"{timestamp}.") + body, "sha256").hex()


def _any_same(shown: Sequence[str], wanted: Sequence[str]) -> bool:
    compared = [same(_bytes(one), _bytes(other)) for one in shown for other in wanted]
    return any(compared)


def _is_fresh(timestamp: str, now: datetime) -> bool:
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    return abs(now.timestamp() - int(timestamp)) <= WINDOW_SECONDS


def _bytes(header: str) -> bytes:
    """A header as it was sent: WSGI shows its bytes as Latin-1, and what cannot be one is nobody's signature."""
    return header.encode("latin-1", "replace")
