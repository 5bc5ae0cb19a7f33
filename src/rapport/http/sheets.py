"""Tables as files that spreadsheets open: CSV and XLSX, written as they are read, never a live formula in them.

Memory does not grow with the rows: CSV leaves line by line, and XLSX is written to disk. A number stays one.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from rapport.rules.cells import Cell

_LINES = 200
_PIECE = 65_536
_MOST_ROWS = 1_048_575
"""Rows that a sheet holds beside its header; more go on in another sheet."""
_BOM = "\ufeff"


def as_csv(cells: Iterable[Sequence[Cell]], *, bom: bool) -> Iterator[bytes]:
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


def as_xlsx(cells: Iterable[Sequence[Cell]], *, at: datetime) -> Iterator[bytes]:
    """The bytes of an XLSX workbook whose cells are text and numbers."""
    from xlsxwriter import Workbook

    with tempfile.TemporaryFile() as file:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        book = Workbook(file, options | {"strings_to_numbers": False})
        book.set_properties({"created": at.replace(tzinfo=None)})
        header: Sequence[Cell] | None = None
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
                if isinstance(value, str):
                    if value:
                        sheet.write_string(line, place, value)
                else:
                    sheet.write_number(line, place, value)
            line += 1
        book.close()
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece
