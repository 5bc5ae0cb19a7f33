"""Ways to look at leads as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Shown,
    filter_field,
    id_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
)
from rapport.leads.words import USUAL_COLUMNS, LeadColumn

_FILTER = {"tag": "fair", "has_email": "true"}
_ORDERS = validate.OneOf(["asc", "desc"])


def _columns(**more: object) -> fields.Field:
    return fields.List(
        word_field(LeadColumn),
        validate=validate.Length(max=len(LeadColumn)),
        metadata={"description": "What is shown beside the name, in order."},
        **more,
    )


def _sort(**more: object) -> fields.Field:
    return fields.String(validate=validate.Length(1, 20), metadata={"description": "As in the query."}, **more)


class LeadViewIn(Body):
    """A way to look at leads."""

    client_id = id_field(required=True)
    name = text_field(80, required=True)
    filter = filter_field(load_default=dict)
    sort = _sort(load_default="created_at")
    order = fields.String(load_default="desc", validate=_ORDERS)
    columns = _columns(load_default=lambda: list(USUAL_COLUMNS))
    is_shared = Flag(load_default=False, metadata={"description": "Whether colleagues see it."})
    example: ClassVar = {"client_id": EXAMPLE_ID, "name": "From the fair, with email", "filter": _FILTER}


class LeadViewChange(Body):
    """What of a view is to be otherwise."""

    name = text_field(80)
    filter = filter_field()
    sort = _sort()
    order = fields.String(validate=_ORDERS)
    columns = _columns()
    is_shared = Flag()
    example: ClassVar = {"name": "Everybody of the fair"}


class LeadViewOut(Shown):
    """A way to look at leads."""

    id = shown_id()
    client_id = shown_id()
    owner_id = shown_id()
    name = fields.String(required=True)
    filter = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    sort = fields.String(required=True)
    order = fields.String(required=True, validate=_ORDERS)
    columns = fields.List(word_field(LeadColumn), required=True)
    is_shared = fields.Boolean(required=True)
    created_at = shown_instant()
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "owner_id": EXAMPLE_ID,
        "name": "From the fair, with email",
        "filter": _FILTER,
        "sort": "created_at",
        "order": "desc",
        "columns": list(USUAL_COLUMNS),
        "is_shared": False,
        "created_at": EXAMPLE_INSTANT,
        "version": 1,
    }
