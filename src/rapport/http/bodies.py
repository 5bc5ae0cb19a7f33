"""Reading what a caller sent: strict JSON, checked by a schema that also documents it."""

from __future__ import annotations

import json
from typing import Any

import orjson
from flask import Request
from gunicorn.http.errors import ParseException
from marshmallow import Schema, ValidationError

from rapport.kernel.errors import (
    BAD_REQUEST,
    BODY_TOO_LARGE,
    MALFORMED_JSON,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION_FAILED,
    RapportError,
)


def body_bytes(request: Request) -> bytes:
    """The body as it came. Chunks that end early or make no sense are the caller's mistake, not a failure of ours."""
    try:
        raw = request.get_data(cache=True)
    except (OSError, ParseException):
        raise RapportError(BAD_REQUEST, "The body could not be read to its end.") from None
    most = request.max_content_length
    if request.content_length is None and most is not None and len(raw) >= most:
        raise RapportError(BODY_TOO_LARGE)  # a body in chunks is cut at the limit, and half a body is none
    return raw


def json_body(request: Request, schema: Schema) -> dict[str, Any]:
    """The body, loaded and checked. An absent body counts as an empty object."""
    raw = body_bytes(request)
    if not raw:
        given: Any = {}
    else:
        if request.mimetype != "application/json":
            raise RapportError(UNSUPPORTED_MEDIA_TYPE)
        try:
            given = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise RapportError(MALFORMED_JSON) from None
        if _names_twice(raw):
            raise RapportError(MALFORMED_JSON, "The body names a field twice in one object.")
    if not isinstance(given, dict):
        raise RapportError(VALIDATION_FAILED, details={"body": ["Must be an object."]})
    if b"\\u0000" in raw and _has_nul(given):
        raise RapportError(VALIDATION_FAILED, details={"body": ["NUL characters are not accepted."]})
    return load(schema, given)


def load(schema: Schema, given: dict[str, Any]) -> dict[str, Any]:
    """Check by schema; every field at fault is named at once."""
    try:
        loaded: dict[str, Any] = schema.load(given)
    except ValidationError as refused:
        raise RapportError(VALIDATION_FAILED, details=refused.normalized_messages()) from None
    return loaded


def _names_twice(raw: bytes) -> bool:
    """Whether an object has a name twice. Readers differ on which one counts, so neither does."""
    twice = False

    def notice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal twice
        found = dict(pairs)
        twice = twice or len(found) < len(pairs)
        return found

    try:
        json.loads(raw, object_pairs_hook=notice)
    except RecursionError:
        return True  # orjson goes deeper than this; nobody means such a body
    return twice


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any("\x00" in key or _has_nul(each) for key, each in value.items())
    return isinstance(value, list) and any(_has_nul(each) for each in value)
