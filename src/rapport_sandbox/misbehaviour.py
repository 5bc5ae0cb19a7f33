"""How an answer is spoiled: one function a fault.

`real` is the answer the call would have had, or `None` when it was never performed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import orjson

from rapport_sandbox.refusals import TITLES, error_body
from rapport_sandbox.wire import Answer, Manner

if TYPE_CHECKING:
    from collections.abc import Callable

    from rapport_sandbox.faults import Fault

What = Literal[
    "status",
    "timeout",
    "reset",
    "drip",
    "malformed_json",
    "html",
    "empty",
    "truncated",
    "wrong_length",
    "wrong_content_type",
    "missing_field",
    "redirect",
]

_PAGE = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
_JSON = {"content-type": "application/json"}
_WORDS = {
    400: "invalid_parameters",
    401: "disconnected_account",
    403: "insufficient_permissions",
    404: "resource_not_found",
    422: "unprocessable_entity",
    429: "too_many_requests",
    500: "unexpected_error",
    501: "feature_not_implemented",
    503: "service_unavailable",
    504: "request_timeout",
}
"""The word a bare status stands for."""


def misbehave(fault: Fault, path: str, real: Answer | None) -> Answer:
    """The answer as it leaves."""
    if fault.what == "status":
        return _status(fault, path)
    base = real or Answer(200, b'{"object":"Nothing"}', dict(_JSON))
    base = replace(base, status=fault.status or base.status)
    spoil = _SPOILED.get(fault.what)
    if spoil is None:
        return replace(base, manner=_manner(fault))
    spoiled = spoil(fault, base)
    return spoiled if fault.body is None else replace(spoiled, body=fault.body.encode())


def _manner(fault: Fault) -> Manner:
    """The faults that are done to the socket, not to the answer."""
    match fault.what:
        case "timeout":
            return Manner("hang", fault.seconds)
        case "drip":
            return Manner("drip", fault.seconds)
        case "truncated":
            return Manner("truncate")
        case "wrong_length":
            return Manner("wrong_length")
        case _:
            return Manner("reset")


def _malformed_json(_fault: Fault, base: Answer) -> Answer:
    return Answer(base.status, base.body[: max(1, len(base.body) * 2 // 3)], dict(_JSON))


def _html(_fault: Fault, base: Answer) -> Answer:
    return Answer(base.status, _PAGE, {"content-type": "text/html"})


def _empty(_fault: Fault, base: Answer) -> Answer:
    return Answer(base.status)


def _wrong_content_type(_fault: Fault, base: Answer) -> Answer:
    return replace(base, headers={**base.headers, "content-type": "text/plain"})


def _missing_field(fault: Fault, base: Answer) -> Answer:
    return replace(base, body=orjson.dumps(_without(orjson.loads(base.body or b"{}"), str(fault.field))))


def _redirect(fault: Fault, _base: Answer) -> Answer:
    return Answer(fault.status or 302, b"", {"location": fault.location})


_SPOILED: dict[str, Callable[[Fault, Answer], Answer]] = {
    "malformed_json": _malformed_json,
    "html": _html,
    "empty": _empty,
    "wrong_content_type": _wrong_content_type,
    "missing_field": _missing_field,
    "redirect": _redirect,
}


def _status(fault: Fault, path: str) -> Answer:
    """An error in Unipile's words, or in those the fault gives."""
    word = fault.type or _WORDS.get(fault.status or 500, f"unknown_{fault.status}")
    status = fault.status or TITLES.get(word, (500, ""))[0]
    headers = dict(_JSON)
    if fault.retry_after is not None:
        headers["retry-after"] = fault.retry_after
    body = error_body(word, fault.detail or "A fault was ordered.", instance=path, status=status)
    return Answer(status, orjson.dumps(body) if fault.body is None else fault.body.encode(), headers)


def _without(value: object, name: str) -> object:
    if isinstance(value, dict):
        return {key: _without(inner, name) for key, inner in value.items() if key != name}
    if isinstance(value, list):
        return [_without(inner, name) for inner in value]
    return value
