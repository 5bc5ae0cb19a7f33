"""ETags: a hash of the bytes, so that they are right for whatever an answer is made of."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from flask import Request

from rapport.kernel.errors import PRECONDITION_FAILED, RapportError

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def dump(value: Any) -> bytes:
    """A value as the API's JSON: instants in UTC with Z."""
    return orjson.dumps(value, option=OPTIONS)


def etag_of(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(header: str, etag: str) -> bool:
    """Whether a list of ETags, or `*`, names this one (weak comparison)."""
    if header.strip() == "*":
        return True
    return any(part.strip().removeprefix("W/") == etag for part in header.split(","))


def check_unchanged(request: Request, shown: Any) -> None:
    """Refuse a write that was meant for another state of the row than `shown`, which the caller has locked."""
    header = request.headers.get("If-Match")
    if header is not None and not matches(header, etag_of(dump(shown))):
        raise RapportError(PRECONDITION_FAILED)
