"""How things are said on a stream: the form that a browser's EventSource reads.

Every event carries its number as `id`, so that a browser shows it by itself when it comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

READY = "ready"
RESET = "reset"
PRESENCE = "presence"
COME_BACK_MS = 3000
BEAT = b": still here\n\n"
_LEFT_OUT = frozenset({"recorded_at"})


def ready(seq: int) -> bytes:
    """The first word: where the stream begins, so that even who is cut before the first event misses nothing."""
    return b"retry: %d\n" % COME_BACK_MS + _frame(READY, {"seq": seq}, seq)


def reset(seq: int) -> bytes:
    """The place asked for is too far back: look at everything anew, and go on from here."""
    return b"retry: %d\n" % COME_BACK_MS + _frame(RESET, {"seq": seq}, seq)


def of_event(shown: Mapping[str, Any]) -> bytes:
    """One event of the log."""
    said = {name: value for name, value in shown.items() if value is not None and name not in _LEFT_OUT}
    return _frame(str(shown["type"]), said, int(shown["seq"]))


def presence(said: Mapping[str, Any]) -> bytes:
    """Who is at a conversation right now: kept nowhere, so it has no number."""
    return _frame(PRESENCE, said, None)


def _frame(event: str, data: Mapping[str, Any], seq: int | None) -> bytes:
    number = b"" if seq is None else b"id: %d\n" % seq
    return number + b"event: " + event.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"
