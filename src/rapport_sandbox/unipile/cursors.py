"""Opaque cursors: signed, bound to one list and its filters, and good for a while only.

A cursor carries the filters of the first page, as Unipile's do: what stands beside it in the query is
ignored. It is plain base64, because that is what the published schemas check.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import orjson

from rapport_sandbox.refusals import Refused

if TYPE_CHECKING:
    from rapport_sandbox.chance import Chance

_SIGNATURE = 9


def make_cursor(chance: Chance, list_name: str, state: dict[str, object], now: float) -> str:
    payload = orjson.dumps([list_name, now, state])
    return b64encode(chance.digest(_SIGNATURE, "cursor", payload) + payload).decode()


def read_cursor(chance: Chance, list_name: str, cursor: str, now: float, life: float) -> dict[str, object]:
    """The state in a cursor of this list; refused when forged, of another list, or too old."""
    try:
        raw = b64decode(cursor, validate=True)
    except binascii.Error:
        raise Refused("invalid_parameters", "cursor is not valid.") from None
    signature, payload = raw[:_SIGNATURE], raw[_SIGNATURE:]
    if chance.digest(_SIGNATURE, "cursor", payload) != signature:
        raise Refused("invalid_parameters", "cursor is not valid.")
    made_for, made_at, state = orjson.loads(payload)
    if made_for != list_name:
        raise Refused("invalid_parameters", "cursor belongs to another list.")
    if now > made_at + life:
        raise Refused("invalid_parameters", "cursor has expired.")
    return state
