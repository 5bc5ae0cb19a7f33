"""Rows as files that spreadsheets open: CSV and XLSX, written as they are read, never a live formula in them.

Memory does not grow with the rows: they come page by page, CSV leaves line by line, and XLSX is written to disk.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rapport.kernel.listing import Asked, Page
from rapport.rules.cells import guarded

PAGE = 1_000
_LINES = 200
_PIECE = 65_536
_MOST_ROWS = 1_048_575
"""Rows that a sheet holds beside its header; more go on in another sheet."""
_BOM = "\ufeff"

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
        yield [_cell(item[name]) for name in columns] + [_cell(own.get(name)) for name in custom]


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case list():
            return guarded(", ".join(map(str, value)))
        case _:
            return guarded(str(value))


def as_csv(cells: Iterable[Sequence[str]], *, bom: bool) -> Iterator[bytes]:
    """The lines of a CSV file (RFC 4180) in UTF-8; with a byte-order mark Excel reads its letters right."""
    text = io.StringIO(newline="")
    text.write(_BOM if bom else "")
    writer = csv.writer(text)
    for number, row in enumerate(cells, start=1):
        writer.writerow(row)
        if number % _LINES == 0:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    found = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return found


def as_xlsx(cells: Iterable[Sequence[str]], *, at: datetime) -> Iterator[bytes]:
    """The bytes of an XLSX workbook whose cells are text."""
    from xlsxwriter import Workbook

    with tempfile.TemporaryFile() as file:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        book = Workbook(file, options | {"strings_to_numbers": False})
        book.set_properties({"created": at.replace(tzinfo=None)})
        header: Sequence[str] | None = None
        sheet: Any = None
        line = 0
        for row in cells:
            if sheet is None or line > _MOST_ROWS:
                header = header or row
                sheet, line = book.add_worksheet(), 1
                sheet.write_row(0, 0, header)
                if row is header:
                    continue
            for place, value in enumerate(row):
                if value:
                    sheet.write_string(line, place, value)
            line += 1
        book.close()
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece
