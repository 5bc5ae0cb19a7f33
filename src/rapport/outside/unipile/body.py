"""Bytes to a JSON object, whatever the bytes are; and what an error body says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import orjson

_DETAIL = 500
_TYPE = re.compile(r"(?:errors/)?([A-Za-z0-9_./-]{1,100})")
"""A type goes into logs and codes: it must be a name, not a sentence that could hold anybody's words."""


def decode(body: bytes) -> dict[str, Any] | None:
    """The JSON object in a body; None for HTML, nothing, half of one, a bare list, or endless nesting."""
    try:
        value = _loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _loads(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        # JavaScript cuts emoji in half and writes the half that is left. One such name in a page must not
        # hide the page: the lenient parser reads it, and the half becomes a question mark.
        lenient = json.loads(body, parse_constant=lambda _: None)
        return orjson.loads(json.dumps(lenient, ensure_ascii=False).encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Problem:
    """An error body: `{title, type: "errors/…", status, detail?}`. `type` is None when it is not one."""

    type: str | None
    detail: str | None


def problem_in(body: bytes) -> Problem:
    """What an answer that is no success says of itself."""
    said = decode(body) or {}
    type_ = said.get("type")
    name = _TYPE.fullmatch(type_) if isinstance(type_, str) else None
    detail = said.get("detail") or said.get("title")
    return Problem(
        type=name[1] if name else None,
        detail=detail[:_DETAIL] if isinstance(detail, str) else None,
    )
