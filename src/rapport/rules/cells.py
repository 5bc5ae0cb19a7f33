"""What may stand in a cell of a sheet that somebody opens: text that a spreadsheet would run is made plain.

A text that begins like a formula gets an apostrophe before it; a negative number is no formula.
Example: a lead whose company is "=HYPERLINK(…)" is exported as "'=HYPERLINK(…)".
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

Cell = str | int | float
_STARTS = frozenset("=+-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20")
_NUMBER = re.compile(r"-[0-9]{1,15}(?:\.[0-9]{1,15})?")


def guarded(text: str) -> str:
    """The text as it may stand in a cell."""
    start = text.lstrip(" \u00a0\u3000\ufeff")[:1]
    if start in _STARTS and start and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def cell(value: object) -> str:
    """A value as the text of a cell; nothing is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
        case list():
            return guarded(", ".join(map(str, value)))
        case _:
            return guarded(str(value))


def figure(value: object) -> Cell:
    """A value as a cell in which numbers are numbers, and instants are what the API's JSON says."""
    match value:
        case bool():
            return cell(value)
        case int() | float():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case _:
            return cell(value)
