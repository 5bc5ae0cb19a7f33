"""Fields of a body, read without trust: what is missing or of another type is None, never an exception."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Raw = dict[str, Any]

_MILLISECONDS_FROM = 100_000_000_000
"""A number of seconds this large would be the year 5138: it is milliseconds."""
_SHORTEST_SECONDS = 9
"""Digits fewer than these are a date in ISO's basic format."""


def text(raw: Raw, *names: str) -> str | None:
    """The first named field that holds words; a number becomes its digits, as ids sometimes are numbers."""
    for name in names:
        value = raw.get(name)
        if isinstance(value, str):
            # No database text takes a NUL, and no person has one in a name.
            cleaned = value.replace("\x00", "")
            if cleaned:
                return cleaned
        elif isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def number(raw: Raw, name: str) -> int | None:
    """A whole number that a database column takes."""
    value = raw.get(name)
    if isinstance(value, str) and len(value) <= 18 and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -(2**63) <= value < 2**63:
        return None
    return int(value)


def flag(raw: Raw, name: str) -> bool | None:
    """True and false in any spelling: the provider writes 0 and 1 here, booleans there."""
    value = raw.get(name)
    if isinstance(value, bool):
        return value
    if value in (0, 1, "0", "1"):
        return bool(int(value))
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def instant(raw: Raw, *names: str) -> datetime | None:
    """The first named field that is an instant: ISO 8601, or seconds or milliseconds since 1970."""
    for name in names:
        value = raw.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and _SHORTEST_SECONDS <= len(value) <= 18:
            value = int(value)  # forms write numbers as digits
        try:
            if isinstance(value, str):
                parsed = datetime.fromisoformat(value)
                return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
            if isinstance(value, int | float) and not isinstance(value, bool):
                seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
                return datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            continue
    return None


def record(raw: Raw, name: str) -> Raw:
    """The object under a name; empty where there is none."""
    value = raw.get(name)
    return value if isinstance(value, dict) else {}


def records(raw: Raw, *names: str) -> list[Raw]:
    """The objects of the first named list; one object alone counts as a list of it."""
    for name in names:
        value = raw.get(name)
        if isinstance(value, dict):
            return [value]
        if isinstance(value, list):
            return [item for item in value if isinstance(item, dict)]
    return []


def texts(raw: Raw, name: str) -> tuple[str, ...]:
    """The words of a list; a single word counts as a list of it."""
    value = raw.get(name)
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
