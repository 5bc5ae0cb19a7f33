"""Rows of an import's kept file, from the place where an earlier reading ended."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from rapport.kernel.tx import Reading
from rapport.leads.importing import parts, workbook
from rapport.leads.importing.delimited import Broken, Place, Reader, Record
from rapport.leads.importing.taking import Problem, Taken, Taker
from rapport.leads.importing.workbook import unreadable
from rapport.leads.models import LeadImport

UNPACKED = "unpacked"
"""Kind of a workbook's sheet that was written out as text, each row with its number before it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, each with what becomes of it, and where the next begin."""

    began: Place
    rows: list[Taken | Problem]
    place: Place
    is_last: bool


def place_of(resume: Mapping[str, Any] | None) -> Place:
    """Where an import goes on."""
    return Place(resume["offset"], resume["line"]) if resume else Place()


def read_on(reading: Reading, lead_import: LeadImport, *, most: int) -> Batch:
    """Up to `most` rows of a text."""
    began = place_of(lead_import.resume)
    taker = _taker_of(lead_import)
    reader, numbered = _records(reading, lead_import, began)
    rows: list[Taken | Problem] = []
    is_last = True
    for number, found in numbered:
        taken = taker.take(number, found)
        if taken is not None:
            rows.append(taken)
            if len(rows) == most:
                is_last = False
                break
    return Batch(began, rows, reader.place, is_last)


def _taker_of(lead_import: LeadImport) -> Taker:
    return Taker(lead_import.format, lead_import.mapping, lead_import.options["tags"])


def first_rows(reading: Reading, lead_import: LeadImport, *, most: int, home: Path) -> list[Taken | Problem]:
    """The first rows, each with what would become of it."""
    taker = _taker_of(lead_import)
    found: list[Taken | Problem] = []
    for number, record in _beginning(reading, lead_import, home):
        taken = taker.take(number, record)
        if taken is not None:
            found.append(taken)
            if len(found) == most:
                break
    return found


def _beginning(reading: Reading, lead_import: LeadImport, home: Path) -> Iterator[tuple[int, Record | Broken]]:
    if lead_import.format["kind"] != "xlsx":
        yield from _records(reading, lead_import, Place())[1]
        return
    with parts.together(reading, lead_import.id, home=home) as file:
        rows = workbook.rows(file, lead_import.format["sheet"])
        for number, cells in islice(rows, 1 if lead_import.format["has_header"] else 0, None):
            yield number, Record(number, cells)


def _records(
    reading: Reading, lead_import: LeadImport, start: Place
) -> tuple[Reader, Iterator[tuple[int, Record | Broken]]]:
    format_ = lead_import.format
    unpacked = format_["kind"] == UNPACKED
    reader = Reader(
        parts.pieces(reading, lead_import.id, offset=start.offset),
        delimiter="," if unpacked else format_["delimiter"],
        start=start,
        width=None if unpacked else len(format_["columns"]),
    )
    if unpacked:
        return reader, _by_own_number(reader)
    skipped = 1 if format_["has_header"] and start == Place() else 0
    return reader, ((found.line, found) for found in islice(reader, skipped, None))


def _by_own_number(reader: Reader) -> Iterator[tuple[int, Record | Broken]]:
    number = 0
    for found in reader:
        if isinstance(found, Record):
            number = int(found.cells[0])
            yield number, Record(number, found.cells[1:])
        else:
            number += 1
            yield number, Broken(number, found.reason, None, found.value)


def unpack(reading: Reading, lead_import: LeadImport, *, home: Path) -> IO[bytes]:
    """A workbook's sheet as text: no step that reads on in it need parse what came before."""
    text = tempfile.TemporaryFile(dir=home)  # noqa: SIM115 - the caller closes it
    with parts.together(reading, lead_import.id, home=home) as file:
        out = io.TextIOWrapper(text, "utf-8", errors="replace", newline="")
        writer = csv.writer(out)
        rows = workbook.rows(file, lead_import.format["sheet"])
        count = 0
        for number, cells in islice(rows, 1 if lead_import.format["has_header"] else 0, None):
            writer.writerow([number, *cells])
            count += 1
        out.flush()
        out.detach()
    if not count:
        raise unreadable("The sheet has no rows.")
    return text
