"""Logs: one JSON line an entry on standard error, bound to request, client and job, with no secret in it.

Redaction is by name, at the last step before a line is written: whatever a caller passes under a name that
smells of a secret is replaced, at every depth. New lines and control characters are escaped by JSON, so a
name cannot forge an entry.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

import orjson
import structlog

_SECRET_NAMES = re.compile(
    r"password|secret|token|authorization|api[_-]?key|cookie|credential|signature", re.IGNORECASE
)
_SECRET_TEXT = re.compile(
    r"(?i)bearer\s++[\w.~+/=-]+|\b(?:rk|rr|rs|boot|whsec)_[\w=+/-]+|(?<![\w-])eyJ[\w-]++\.[\w-]++\.[\w-]*"
    r"|://[^/\s:@]{1,200}+:[^@\s]{1,200}+@"
)
"""Possessive and bounded, so that no text makes it look twice at the same letters."""
_ROW = re.compile(r"DETAIL:.*?(?=\[SQL: |\n\nThe above exception|\Z)", re.DOTALL)
"""Where PostgreSQL shows the row that it refused: names and mails of people."""
HIDDEN = "[hidden]"
_LONGEST = 8000
_OURS = frozenset({"level", "timestamp"})
"""Made by this module itself for every line."""


@lru_cache(maxsize=1024)
def _smells(name: str) -> bool:
    """Whether a value under this name is kept from the log; the same few names come again with every line."""
    return _SECRET_NAMES.search(name) is not None


def redact_text(text: str) -> str:
    """A text without the tokens and passwords that are known by their shape."""
    return _SECRET_TEXT.sub(HIDDEN, _ROW.sub(f"DETAIL: {HIDDEN}", text[:_LONGEST]))


def redact(value: Any, depth: int = 0) -> Any:
    """A value without anything that smells of a secret."""
    if depth > 6:
        return "…"
    if isinstance(value, dict):
        return {
            key: HIDDEN if isinstance(key, str) and value[key] and _smells(key) else redact(value[key], depth + 1)
            for key in value
        }
    if isinstance(value, list | tuple):
        return [redact(each, depth + 1) for each in value]
    if isinstance(value, str):
        return redact_text(value)
    return value


def _redact_entry(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value if key in _OURS else HIDDEN if _smells(key) else redact(value) for key, value in entry.items()}


def _as_json(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(dict(entry), default=str, option=orjson.OPT_NON_STR_KEYS)


class _StandardToStructlog(logging.Handler):
    """Libraries log through the standard module; their lines come out in our shape."""

    def emit(self, record: logging.LogRecord) -> None:
        entry: dict[str, Any] = {"source": record.name}
        if record.exc_info:
            entry["exc_info"] = record.exc_info
        structlog.get_logger().log(record.levelno, record.getMessage(), **entry)


def _bytes_of(stream: Any) -> Any:
    return getattr(stream, "buffer", stream)


def configure_log(level: str, stream: Any = None) -> None:
    """Send every line, ours and the libraries', through the same door."""
    out: Any = stream or sys.stderr
    threshold = getattr(logging, level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_entry,
            _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(file=_bytes_of(out)),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_StandardToStructlog()]
    root.setLevel(max(threshold, logging.WARNING))


def get_log(name: str) -> Any:
    """The log of one module."""
    return structlog.get_logger(source=name)
