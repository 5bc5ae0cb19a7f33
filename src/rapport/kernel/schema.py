"""Bases and fields of the schemas that cross the API: what comes in is checked, what goes out is described.

Schemas live in the rooms' `schemas.py`, which know no HTTP; so their bases live here.
"""

from __future__ import annotations

import importlib.resources
import re
from datetime import UTC, datetime
from enum import Enum
from functools import cache, lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

EXAMPLE_ID = "0190a1b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b"
EXAMPLE_INSTANT = "2026-03-02T09:15:00Z"
_DIGITS = re.compile(r"-?[0-9]{1,19}")
ID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


class Body(Schema):
    """Base of every schema of a request: what it does not know, it refuses.

    `example` stands in the document and is checked against the schema.
    """

    example: Any = None

    class Meta:
        unknown = RAISE


class Shown(Schema):
    """Base of every schema of an answer, with an example likewise."""

    example: Any = None


class Pattern(validate.Regexp):
    """The whole text is of this form. `Regexp` alone lets a line break slip in behind the end."""

    def __call__(self, value: Any) -> Any:
        if self.regex.fullmatch(value) is None:
            raise ValidationError(self._format_error(value))
        return value


class Flag(fields.Boolean):
    """true or false; neither 0 nor "yes"."""

    def _deserialize(self, value: Any, *where: Any, **more: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, *where, **more)


class Whole(fields.Integer):
    """A whole number as JSON Schema means it: 4 and 4.0, but neither true nor "4" nor 4.5."""

    def _deserialize(self, value: Any, *where: Any, **more: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(int(value), *where, **more)


class WholeInQuery(fields.Integer):
    """A whole number written out in a query: digits and nothing else, where `int` would take 1_0 and blanks."""

    def _deserialize(self, value: Any, *where: Any, **more: Any) -> Any:
        if _DIGITS.fullmatch(value) is None:
            raise self.make_error("invalid", input=value)
        return super()._deserialize(int(value), *where, **more)


@cache
def page_of(item: type[Schema]) -> type[Schema]:
    """The schema of one page of a list."""
    made = Shown.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "Pass as `cursor` for the next page; null at the end."},
            ),
        },
        name=f"{item.__name__.removesuffix('Out')}Page",
    )
    made.example = {"items": [getattr(item, "example", None)], "next_cursor": None}  # type: ignore[attr-defined]
    return made


def id_field(**more: Any) -> fields.Field[Any]:
    """An id in a body."""
    return fields.String(validate=Pattern(ID_PATTERN), **more)


def word_field(words: type[Enum], **more: Any) -> fields.Field[Any]:
    """One word of an enumeration."""
    return fields.String(validate=validate.OneOf([word.value for word in words]), **more)


def filter_field(**more: Any) -> fields.Field[Any]:
    """Filters of a list in a body, as they stand in the list's query."""
    return fields.Dict(
        keys=fields.String(validate=Pattern(r"^[a-z_]{1,40}(\.[a-z_]{1,10})?$")),
        values=fields.String(validate=validate.Length(1, 4000)),
        validate=validate.Length(max=20),
        metadata={"description": "`field` or `field.operator` → value, as in the query of the list."},
        **more,
    )


def shown_id(**more: Any) -> fields.Field[Any]:
    """An id in an answer; null where it says so."""
    return fields.String(required=True, metadata={"format": "uuid"}, **more)


def shown_instant(**more: Any) -> fields.Field[Any]:
    """An instant in an answer."""
    return fields.AwareDateTime(required=True, format="iso", **more)


def instant_field(**more: Any) -> fields.Field[Any]:
    """An instant in a body. One at the edge of the calendar, which no other zone can show, is refused."""
    return fields.AwareDateTime(format="iso", validate=_shown_in_utc, **more)


def _shown_in_utc(value: datetime) -> None:
    try:
        value.astimezone(UTC)
    except OverflowError:
        raise ValidationError("Must be an instant that UTC can show.") from None


def text_field(longest: int, *, shortest: int = 1, **more: Any) -> fields.Field[Any]:
    """A text with bounds; it must say something when it must not be empty."""
    pattern = [Pattern(r"^[\s\S]*\S[\s\S]*$")] if shortest else []
    return fields.String(validate=[validate.Length(shortest, longest), *pattern], **more)


def email_field(**more: Any) -> fields.Field[Any]:
    """An email address: plain, without spaces, at most 254 characters."""
    return fields.String(
        validate=[validate.Length(3, 254), Pattern(r"^[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")],
        metadata={"description": "An email address."},
        **more,
    )


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """Every IANA time zone of the pinned tzdata."""
    names = importlib.resources.files("tzdata").joinpath("zones").read_text("utf-8").split()
    return frozenset(names)


def zone_field(**more: Any) -> fields.Field[Any]:
    """An IANA time zone. Six hundred names at each place of the document would help nobody: it says the format."""
    return fields.String(
        validate=_known_zone, metadata={"format": "time-zone", "description": "An IANA time zone."}, **more
    )


def _known_zone(name: str) -> None:
    if name not in zones():
        raise ValidationError("Must be an IANA time zone, such as Europe/Berlin.")
