"""Tags and notes on leads as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Shown,
    shown_id,
    shown_instant,
    text_field,
)
from rapport.leads.schemas.leads import MOST_TAGS, TAG


class TagsChange(Body):
    """Tags to put on a lead and to take off it."""

    add = fields.List(fields.String(validate=TAG), load_default=list, validate=MOST_TAGS)
    remove = fields.List(fields.String(validate=TAG), load_default=list, validate=MOST_TAGS)
    example: ClassVar = {"add": ["vip"], "remove": ["cold"]}


class TagsOut(Shown):
    """The tags of a lead."""

    tags = fields.List(fields.String(), required=True)
    example: ClassVar = {"tags": ["vip"]}


class TagCount(Shown):
    """A tag and how many leads have it."""

    tag = fields.String(required=True)
    leads = fields.Integer(required=True)


class TagCountsOut(Shown):
    """Tags, the most used first; at most 1,000."""

    items = fields.List(fields.Nested(TagCount), required=True)
    example: ClassVar = {"items": [{"tag": "vip", "leads": 12}]}


class NoteIn(Body):
    """A note."""

    text = text_field(10_000, required=True)
    example: ClassVar = {"text": "Met at the fair; likes engines."}


class NoteOut(Shown):
    """What somebody wrote down about a lead."""

    id = shown_id()
    lead_id = shown_id()
    text = fields.String(required=True)
    author_id = shown_id(allow_none=True)
    created_at = shown_instant()
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "lead_id": EXAMPLE_ID,
        "text": "Met at the fair; likes engines.",
        "author_id": EXAMPLE_ID,
        "created_at": EXAMPLE_INSTANT,
    }
