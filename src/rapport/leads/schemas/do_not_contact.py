"""Do-not-contact lists as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Shown,
    id_field,
    shown_id,
    shown_instant,
    text_field,
)
from rapport.leads.models import SuppressionKind

_LISTS = validate.OneOf([kind.value for kind in SuppressionKind])

MOST_LINES = 1_000

_ENTRY = {
    "id": EXAMPLE_ID,
    "client_id": EXAMPLE_ID,
    "kind": "domain",
    "value": "engines.example",
    "erased": False,
    "reason": "Asked us to stop.",
    "created_by": EXAMPLE_ID,
    "created_at": EXAMPLE_INSTANT,
}


class EntryOut(Shown):
    """An entry of a do-not-contact list."""

    id = shown_id()
    client_id = shown_id(allow_none=True)
    kind = fields.String(required=True, validate=_LISTS)
    value = fields.String(required=True, allow_none=True, metadata={"description": "null for an erased person."})
    erased = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    created_by = shown_id(allow_none=True)
    created_at = shown_instant()
    example: ClassVar = _ENTRY


class SuppressIn(Body):
    """Why a lead must not be contacted."""

    reason = text_field(300, allow_none=True, load_default=None)
    example: ClassVar = {"reason": "Asked us to stop."}


class EntryIn(Body):
    """A new entry; without a client it holds for all, and only admins may make it."""

    client_id = id_field(required=True, allow_none=True)
    kind = fields.String(required=True, validate=_LISTS)
    value = text_field(400, required=True)
    reason = text_field(300, allow_none=True, load_default=None)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "kind": "domain",
        "value": "engines.example",
        "reason": "Asked us to stop.",
    }


class LineIn(Body):
    """One of many new entries."""

    kind = fields.String(required=True, validate=_LISTS)
    value = fields.String(required=True, validate=validate.Length(max=400))
    reason = text_field(300, allow_none=True, load_default=None)


class LinesIn(Body):
    """Up to 1,000 new entries of one list; a bad one keeps no other back."""

    client_id = id_field(required=True, allow_none=True)
    lines = fields.List(fields.Nested(LineIn), required=True, validate=validate.Length(1, MOST_LINES))
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "lines": [{"kind": "person", "value": "linkedin.com/in/ada-lovelace", "reason": None}],
    }


class LineOut(Shown):
    """What became of one line."""

    line = fields.Integer(required=True, metadata={"description": "From 1."})
    kind = fields.String(required=True, validate=_LISTS)
    value = fields.String(required=True)
    result = fields.String(required=True, validate=validate.OneOf(["added", "known", "unreadable"]))
    problem = fields.String(required=True, allow_none=True)


class LinesOut(Shown):
    """What became of each line."""

    added = fields.Integer(required=True)
    known = fields.Integer(required=True)
    unreadable = fields.Integer(required=True)
    lines = fields.List(fields.Nested(LineOut), required=True)
    example: ClassVar = {
        "added": 1,
        "known": 0,
        "unreadable": 0,
        "lines": [
            {
                "line": 1,
                "kind": "person",
                "value": "linkedin.com/in/ada-lovelace",
                "result": "added",
                "problem": None,
            }
        ],
    }
