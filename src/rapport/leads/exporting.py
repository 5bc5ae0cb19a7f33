"""Lists as tables for spreadsheets, page by page, so that memory does not grow with the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rapport.kernel.listing import Asked, Page
from rapport.rules.cells import cell, guarded

PAGE = 1_000

LEAD_COLUMNS = (
    "id",
    "first_name",
    "last_name",
    "headline",
    "title",
    "company",
    "location",
    "timezone",
    "email",
    "phone",
    "website",
    "profile_url",
    "provider_id",
    "member_id",
    "public_identifier",
    "tags",
    "do_not_contact",
    "source",
    "source_detail",
    "replied_at",
    "created_at",
    "updated_at",
)
ENTRY_COLUMNS = ("id", "client_id", "kind", "value", "erased", "reason", "created_at")
Row = Mapping[str, Any]


def rows(turn: Callable[[Asked], Page], asked: Asked) -> Iterator[Row]:
    """All rows of a list, page by page; between two pages nothing is held open."""
    after = asked.after
    while True:
        found = turn(Asked(asked.conditions, asked.sort, asked.order, PAGE, after))
        yield from found.items
        if found.next_after is None:
            return
        after = found.next_after


def table(items: Iterable[Row], columns: Sequence[str], custom: Sequence[str] = ()) -> Iterator[list[str]]:
    """Header and rows as cells; custom fields have columns of their own behind the others."""
    yield [guarded(name) for name in (*columns, *(f"custom.{name}" for name in custom))]
    for item in items:
        own = item.get("custom", {})
        yield [cell(item[name]) for name in columns] + [cell(own.get(name)) for name in custom]
