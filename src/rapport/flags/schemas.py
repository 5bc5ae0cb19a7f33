"""Feature flags as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.flags.names import MEANING, DecidedBy, Feature
from rapport.kernel.schema import EXAMPLE_ID, Body, Flag, Shown, id_field, shown_id, word_field

_NAMES = validate.OneOf([each.value for each in Feature])


class FlagOut(Shown):
    """One feature as it is for a client."""

    name = fields.String(required=True, validate=_NAMES)
    meaning = fields.String(required=True)
    client_id = shown_id(allow_none=True)
    enabled = fields.Boolean(required=True)
    decided_by = word_field(DecidedBy, required=True)
    example: ClassVar = {
        "name": "notices",
        "meaning": MEANING[Feature.NOTICES],
        "client_id": EXAMPLE_ID,
        "enabled": True,
        "decided_by": "environment",
    }


class FlagsOut(Shown):
    """Every feature as it is for a client."""

    items = fields.List(fields.Nested(FlagOut), required=True)
    example: ClassVar = {"items": [FlagOut.example]}


class FlagsQuery(Body):
    """Whose features."""

    client_id = id_field(metadata={"description": "Absent means what holds for everybody, for admins."})


class FlagIn(Body):
    """What is to hold from now on."""

    name = fields.String(required=True, validate=_NAMES)
    client_id = id_field(load_default=None, allow_none=True, metadata={"description": "null means everybody."})
    enabled = Flag(
        required=True, allow_none=True, metadata={"description": "null takes the word back: the next one decides."}
    )
    example: ClassVar = {"name": "notices", "client_id": EXAMPLE_ID, "enabled": False}
