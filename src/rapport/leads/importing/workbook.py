"""The rows of an XLSX workbook, read only after it is known to be harmless.

A workbook is a zip of XML. Before anything in it is parsed its directory is asked how large each part would become;
XML that declares entities is refused by the parser. What is read is bounded again while it is read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO, Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError

from rapport.kernel.errors import IMPORT_NOT_READABLE, RapportError

MOST_CELLS = 5_000_000
_MOST_ENTRIES = 2_000
_MEGABYTE = 1 << 20
_LARGEST = {"xl/worksheets/": 150 * _MEGABYTE, "xl/sharedStrings.xml": 50 * _MEGABYTE}
"""How large a part may become, unpacked. Other parts are read as a whole, so they must be small."""
_LARGEST_OTHER = 10 * _MEGABYTE
_LARGEST_ALL = 300 * _MEGABYTE
_UNREAD = ("xl/media/", "xl/drawings/", "xl/embeddings/", "xl/printerSettings/", "docProps/")


def unreadable(reason: str) -> RapportError:
    """The refusal of a file."""
    return RapportError(IMPORT_NOT_READABLE, reason, details={"file": [reason]})


def check(file: IO[bytes]) -> None:
    """Refuse what is no workbook, or would unpack to more than we hold."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):  # the last is of a zip version to come
        raise unreadable("The file begins like an XLSX workbook, but is damaged.") from None
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise unreadable("The file is a zip archive, but no XLSX workbook.")
    if len(entries) > _MOST_ENTRIES:
        raise unreadable(f"The workbook has {len(entries):,} parts; at most {_MOST_ENTRIES:,} are read.")
    if sum(entry.file_size for entry in entries) > _LARGEST_ALL:
        raise unreadable("The workbook would unpack to more than 300 MB.")
    for entry in entries:
        most = next((size for start, size in _LARGEST.items() if entry.filename.startswith(start)), _LARGEST_OTHER)
        if entry.file_size > most and not entry.filename.startswith(_UNREAD):
            raise unreadable(f"A part of the workbook would unpack to more than {most // _MEGABYTE} MB.")
        if entry.flag_bits & 0x1:
            raise unreadable("The workbook is encrypted; save it without a password.")


def sheets_of(file: IO[bytes]) -> list[str]:
    """The names of its sheets, in order."""
    with _Open(file) as book:
        return [sheet.title for sheet in book.worksheets]


def rows(file: IO[bytes], sheet: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that has anything in it: its number as the spreadsheet shows it, and its cells as texts."""
    with _Open(file) as book:
        if sheet not in book.sheetnames:
            raise unreadable(f'The workbook has no sheet "{sheet[:80]}".')
        found = book[sheet]
        if (found.max_row or 0) * (found.max_column or 0) > MOST_CELLS:
            raise unreadable(f"The sheet has more than {MOST_CELLS:,} cells.")
        found.reset_dimensions()  # what a sheet says of its size may be wrong, and rows would be cut or padded to it
        seen = 0
        for number, values in enumerate(found.iter_rows(values_only=True), 1):
            seen += len(values) + 1
            if seen > MOST_CELLS:
                raise unreadable(f"The sheet has more than {MOST_CELLS:,} cells.")
            cells = [_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield number, cells


class _Open:
    """A workbook that is open for reading; whatever is wrong with it becomes one refusal."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._book: Any = None

    def __enter__(self) -> Any:
        import openpyxl

        self._file.seek(0)
        try:
            self._book = openpyxl.load_workbook(self._file, read_only=True, data_only=True, keep_links=False)
        except Exception as failure:
            raise _refusal(failure) from failure
        return self._book

    def __exit__(self, _kind: object, failure: BaseException | None, _trace: object) -> None:
        self._book.close()
        if isinstance(failure, _DAMAGE):
            raise _refusal(failure) from failure


_DAMAGE = (
    DefusedXmlException,
    ParseError,
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
)
"""What openpyxl meets in workbooks that somebody's program wrote wrongly, or wickedly."""


def _refusal(failure: BaseException) -> RapportError:
    cause: BaseException | None = failure
    while cause is not None and not isinstance(cause, DefusedXmlException):
        cause = cause.__cause__ or cause.__context__  # openpyxl says what it met in words of its own
    if cause is not None:
        return unreadable("The workbook declares XML entities, which no spreadsheet program does.")
    return unreadable("The workbook is damaged and cannot be read.")


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime() if value.time() == time(0):
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)
