"""Lists: one grammar of filters, one order, one way to page, for every table.

A room declares a `Listing`: which columns it shows, which fields may be filtered and how, which columns
may be sorted by. Anything not declared is refused by name. Pages are cut by key (the sort value and the
id of the last row), so page 10,000 costs what page 1 costs, and rows that come or go never shift a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, Integer, Select, bindparam, not_, or_, select, tuple_
from sqlalchemy.sql import ColumnElement as SqlColumn

from rapport.kernel.errors import field_error
from rapport.kernel.tenancy import Prepared
from rapport.kernel.tx import Reading

Kind = Literal["id", "text", "word", "instant", "number", "flag", "member", "search"]
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
    "member": ("eq", "in"),
    "search": ("eq",),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field one may filter by; `choices` lists the words a `word` may be."""

    column: ColumnElement[Any]
    kind: Kind
    choices: tuple[str, ...] = ()
    through: Callable[[ColumnElement[bool]], ColumnElement[bool]] | None = None
    """For a `member`, whose column is of another table: makes an EXISTS of its condition."""
    is_added: bool = False
    """A room above let the list be filtered by it."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """What may be asked of one table. Each is itself: two are never equal."""

    name: str
    columns: Sequence[Column[Any] | SqlColumn[Any]]
    fields: dict[str, Field]
    sorts: Mapping[str, ColumnElement[Any]]
    default_sort: str
    key: ColumnElement[Any]
    owner: ColumnElement[Any] | None
    """The column that names the client; `None` for tables that belong to no client."""
    default_order: Literal["asc", "desc"] = "desc"
    dump: Callable[[Any], dict[str, Any]] | None = None
    """A row as it is shown, when that is not simply column by column."""
    base: Callable[[], Select[Any]] | None = None
    """A select with joins, when the table alone is not enough."""


def extend(listing: Listing, **fields: Field) -> None:
    """Let a list be filtered by what a room above knows of its rows. Said while modules are loaded, as event titles
    are: before anything is served or documented. They stand behind the list's own, by name, whoever is loaded first.
    """
    listing.fields.update({name: replace(each, is_added=True) for name, each in fields.items()})
    in_order = sorted(listing.fields.items(), key=lambda each: each[0] if each[1].is_added else "")
    listing.fields.clear()
    listing.fields.update(in_order)


def page(reading: Reading, listing: Listing, asked: Asked, *where: ColumnElement[bool]) -> Page:
    """One page of a list inside the scope of the reading."""
    prepared, names = _prepared(
        listing,
        tuple((each.field, each.operator, each.value == "true") for each in asked.conditions),
        asked.sort or listing.default_sort,
        (asked.order or listing.default_order) == "desc",
        asked.after is not None,
    )
    values: dict[str, object] = {
        f"asked_{number}": _asked(listing, each) for number, each in enumerate(asked.conditions)
    }
    if asked.after is not None:
        values["after_value"], values["after_key"] = asked.after
    values["most"] = asked.limit + 1
    if where:
        once, values = prepared.under(reading.scope, values)
        rows = reading.rows(once.statement.where(*where), **values).all()
    else:
        rows = reading.rows(prepared, **values).all()
    more = len(rows) > asked.limit
    shown = rows[: asked.limit]
    if listing.dump is None:
        items = [dict(zip(names, row, strict=False)) for row in shown]
    else:
        items = [listing.dump(row) for row in shown]
        for item in items:
            item.pop("_sort", None)
            item.pop("_key", None)
    return Page(items, (shown[-1]._sort, shown[-1]._key) if more else None)


@lru_cache(maxsize=1024)
def _prepared(
    listing: Listing,
    conditions: tuple[tuple[str, Operator, bool], ...],
    sort_name: str,
    descending: bool,  # noqa: FBT001 - part of a key, never written by hand
    goes_on: bool,  # noqa: FBT001
) -> tuple[Prepared, tuple[str, ...]]:
    """The statement for all pages of one shape, and the names of what it shows."""
    sort = listing.sorts[sort_name]
    statement = listing.base() if listing.base else select(*listing.columns)
    names = tuple(str(column.name) for column in statement.selected_columns)
    statement = statement.add_columns(sort.label("_sort"), listing.key.label("_key"))
    for number, (name, operator, affirmed) in enumerate(conditions):
        spec = listing.fields[name]
        found = _condition(spec, operator, f"asked_{number}", affirmed)
        statement = statement.where(found if spec.through is None else spec.through(found))
    if goes_on:
        statement = statement.where(_beyond(sort, listing.key, descending=descending))
    order = (sort.desc(), listing.key.desc()) if descending else (sort, listing.key)
    statement = statement.order_by(*order).limit(bindparam("most", type_=Integer))
    return Prepared(statement, owner=listing.owner), names


def _beyond(sort: ColumnElement[Any], key: ColumnElement[Any], *, descending: bool) -> ColumnElement[bool]:
    """The rows that come after one: compared as pairs, so that an index leads there at once. Thousands of rows may
    share a sort value, for an import writes as many in one instant.
    """
    last = tuple_(bindparam("after_value", type_=sort.type), bindparam("after_key", type_=key.type))
    here = tuple_(sort, key)
    return here < last if descending else here > last


def chosen(listing: Listing, conditions: Sequence[Condition]) -> tuple[list[ColumnElement[bool]], dict[str, object]]:
    """The conditions that pick all rows of a list, with the values of their parameters: for whoever counts or
    changes them instead of paging.
    """
    found = []
    for number, each in enumerate(conditions):
        spec = listing.fields[each.field]
        condition = _condition(spec, each.operator, f"asked_{number}", each.value == "true")
        found.append(condition if spec.through is None else spec.through(condition))
    return found, {f"asked_{number}": _asked(listing, each) for number, each in enumerate(conditions)}


def _condition(spec: Field, operator: Operator, name: str, affirmed: bool) -> ColumnElement[bool]:  # noqa: FBT001
    """The SQL expression of one condition. A flag is said and not compared: so a partial index is found by it."""
    if spec.kind == "flag":
        return spec.column if affirmed else not_(spec.column)
    return _compared(spec.column, operator, name, affirmed)


def _compared(column: Any, operator: Operator, name: str, affirmed: bool) -> ColumnElement[bool]:  # noqa: FBT001
    """The SQL expression of a comparison with a value to be given by this name."""
    asked: Any = bindparam(name, type_=column.type, expanding=operator == "in")
    found: ColumnElement[bool]
    match operator:
        case "is_null":
            found = column.is_(None) if affirmed else column.is_not(None)
        case "in":
            found = column.in_(asked)
        case "contains":
            found = column.ilike(asked, escape="\\")
        case "eq":
            found = column == asked
        case "ne":
            found = or_(column != asked, column.is_(None))
        case "gt":
            found = column > asked
        case "gte":
            found = column >= asked
        case "lt":
            found = column < asked
        case "lte":
            found = column <= asked
    return found


def _asked(listing: Listing, condition: Condition) -> Any:
    """The value of one condition; it was checked by `check` before."""
    spec = listing.fields[condition.field]
    match condition.operator:
        case "is_null":
            return None
        case "in":
            return [_value(spec, condition, part) for part in condition.value.split(",")]
        case "contains":
            escaped = condition.value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            return f"%{escaped}%"
        case _:
            return _value(spec, condition, condition.value)


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
        case "id" | "text" | "member" | "search":
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
