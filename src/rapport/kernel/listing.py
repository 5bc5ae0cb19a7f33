"""Lists: one grammar of filters, one order, one way to page, for every table.

A room declares a `Listing`: which columns it shows, which fields may be filtered and how, which columns
may be sorted by. Anything not declared is refused by name. Pages are cut by key (the sort value and the
id of the last row), so page 10,000 costs what page 1 costs, and rows that come or go never shift a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, Select, and_, or_, select
from sqlalchemy.sql import ColumnElement as SqlColumn

from rapport.kernel.errors import field_error
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading

Kind = Literal["id", "text", "word", "instant", "number", "flag"]
Operator = Literal["eq", "ne", "in", "gt", "gte", "lt", "lte", "contains", "is_null"]
MOST = 200
LONGEST_TEXT = 200
MOST_CHOICES = 100

OPERATORS: Mapping[Kind, tuple[Operator, ...]] = {
    "id": ("eq", "ne", "in", "is_null"),
    "text": ("eq", "ne", "in", "contains", "is_null"),
    "word": ("eq", "ne", "in"),
    "instant": ("gt", "gte", "lt", "lte", "is_null"),
    "number": ("eq", "ne", "in", "gt", "gte", "lt", "lte"),
    "flag": ("eq",),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field one may filter by; `choices` lists the words a `word` may be."""

    column: ColumnElement[Any]
    kind: Kind
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter as it was asked: field, operator, text."""

    field: str
    operator: Operator
    value: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller wants of a list; `after` is the sort value and id of the last row they have."""

    conditions: tuple[Condition, ...] = ()
    sort: str = ""
    order: Literal["asc", "desc", ""] = ""
    limit: int = 50
    after: tuple[Any, str] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows ready to be shown, and the key to go on from when there are more."""

    items: list[dict[str, Any]]
    next_after: tuple[Any, str] | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What may be asked of one table."""

    name: str
    columns: Sequence[Column[Any] | SqlColumn[Any]]
    fields: Mapping[str, Field]
    sorts: Mapping[str, ColumnElement[Any]]
    default_sort: str
    key: ColumnElement[Any]
    owner: ColumnElement[Any] | None
    """The column that names the client; `None` for tables that belong to no client."""
    default_order: Literal["asc", "desc"] = "desc"
    dump: Callable[[Any], dict[str, Any]] = field(default=lambda row: dict(row._mapping))
    base: Callable[[], Select[Any]] | None = None
    """A select with joins, when the table alone is not enough."""


def page(reading: Reading, listing: Listing, asked: Asked, *where: ColumnElement[bool]) -> Page:
    """One page of a list inside the scope of the reading."""
    sort_name = asked.sort or listing.default_sort
    sort = listing.sorts[sort_name]
    descending = (asked.order or listing.default_order) == "desc"
    statement = listing.base() if listing.base else select(*listing.columns)
    statement = statement.add_columns(sort.label("_sort"), listing.key.label("_key"))
    if listing.owner is not None:
        statement = statement.where(within(reading.scope, listing.owner))
    for condition in asked.conditions:
        statement = statement.where(compiled(listing, condition))
    if where:
        statement = statement.where(*where)
    if asked.after is not None:
        statement = statement.where(_beyond(sort, listing.key, asked.after, descending=descending))
    if descending:
        statement = statement.order_by(sort.desc(), listing.key.desc())
    else:
        statement = statement.order_by(sort, listing.key)
    statement = statement.limit(asked.limit + 1)
    rows = reading.rows(statement).all()
    more = len(rows) > asked.limit
    items = []
    for row in rows[: asked.limit]:
        shown = listing.dump(row)
        shown.pop("_sort", None)
        shown.pop("_key", None)
        items.append(shown)
    return Page(items, (rows[asked.limit - 1]._sort, rows[asked.limit - 1]._key) if more else None)


def _beyond(
    sort: ColumnElement[Any], key: ColumnElement[Any], after: tuple[Any, str], *, descending: bool
) -> ColumnElement[bool]:
    value, last = after
    if descending:
        return and_(sort <= value, or_(sort < value, key < last))
    return and_(sort >= value, or_(sort > value, key > last))


def compiled(listing: Listing, condition: Condition) -> ColumnElement[bool]:
    """The SQL expression of one condition; its value was checked by `check` before."""
    spec = listing.fields[condition.field]
    column: Any = spec.column
    text = condition.value
    found: ColumnElement[bool]
    match condition.operator:
        case "is_null":
            found = column.is_(None) if text == "true" else column.is_not(None)
        case "in":
            found = column.in_([_value(spec, condition, part) for part in text.split(",")])
        case "contains":
            escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            found = column.ilike(f"%{escaped}%", escape="\\")
        case "eq":
            found = column == _value(spec, condition, text)
        case "ne":
            found = or_(column != _value(spec, condition, text), column.is_(None))
        case "gt":
            found = column > _value(spec, condition, text)
        case "gte":
            found = column >= _value(spec, condition, text)
        case "lt":
            found = column < _value(spec, condition, text)
        case "lte":
            found = column <= _value(spec, condition, text)
    return found


def check(listing: Listing, condition: Condition) -> None:
    """Refuse a condition that the listing does not know, or whose value cannot be what the field holds."""
    name = f"filter[{condition.field}]"
    spec = listing.fields.get(condition.field)
    if spec is None:
        raise field_error(name, f"Unknown filter. Known: {', '.join(sorted(listing.fields))}.")
    if condition.operator not in OPERATORS[spec.kind]:
        raise field_error(name, f"Unknown operator. Known: {', '.join(OPERATORS[spec.kind])}.")
    if condition.operator == "is_null":
        if condition.value not in ("true", "false"):
            raise field_error(name, "Must be true or false.")
        return
    parts = condition.value.split(",") if condition.operator == "in" else [condition.value]
    if len(parts) > MOST_CHOICES:
        raise field_error(name, f"At most {MOST_CHOICES} values.")
    for part in parts:
        _value(spec, condition, part)


def _value(spec: Field, condition: Condition, text: str) -> Any:
    name = f"filter[{condition.field}]"
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise field_error(name, f"At most {LONGEST_TEXT} characters, without NUL.")
    match spec.kind:
        case "number":
            if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit() or len(text) > 15:
                raise field_error(name, "Must be a whole number.")
            return int(text)
        case "flag":
            if text not in ("true", "false"):
                raise field_error(name, "Must be true or false.")
            return text == "true"
        case "instant":
            return instant(name, text)
        case "word":
            if text not in spec.choices:
                raise field_error(name, f"Must be one of: {', '.join(spec.choices)}.")
            return text
        case "id" | "text":
            return text


def instant(name: str, text: str) -> datetime:
    """An ISO 8601 instant with a zone, or a refusal that names the field."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError(text)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise field_error(name, "Must be an ISO 8601 instant with a time zone.") from None
