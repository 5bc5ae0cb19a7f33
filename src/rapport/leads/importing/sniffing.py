"""What a file is, whatever its name says: workbook or text, which encoding, which delimiter, with a header or not.

Text is kept as UTF-8 from here on; what was UTF-8 already stays as it came, broken bytes included, so that a few of
them cost a few rows and not the file.
"""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from rapport.kernel.errors import RapportError
from rapport.leads.importing import workbook
from rapport.leads.importing.delimited import Broken, Place, Reader, Record
from rapport.leads.importing.workbook import unreadable
from rapport.rules import columns

MOST_COLUMNS = 200
DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_ROWS = 200
_SAMPLE_BYTES = 256 * 1024
_PIECE = 256 * 1024
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "The file is an old Excel workbook (.xls); save it as .xlsx or CSV."),
    (b"%PDF", "The file is a PDF."),
    (b"\x1f\x8b", "The file is compressed; unpack it first."),
    (b"\x89PNG", "The file is a picture."),
    (b"\xff\xd8\xff", "The file is a picture."),
    (b"{\\rtf", "The file is a text document; save it as CSV."),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table")


@dataclass(slots=True)
class Found:
    """A file that can be imported, and what was found out about it."""

    content: IO[bytes]
    """As it is kept."""
    format: dict[str, Any]
    mapping: dict[str, str | None]


def look(file: IO[bytes], *, home: Path, sheet: str | None = None) -> Found:
    """Find out about a file, or refuse it with the reason."""
    file.seek(0)
    head = file.read(4096)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise unreadable("The file is empty.")
    if head.startswith(b"PK\x03\x04"):
        workbook.check(file)
        return _workbook(file, sheet)
    for start, reason in _FOREIGN:
        if head.startswith(start):
            raise unreadable(reason)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        raise unreadable("The file is a web page or XML, no table; save it as CSV.")
    encoding = _encoding(file, head)
    content = _as_utf8(file, encoding, home)
    try:
        return Found(content, *described(content, {"kind": "csv", "encoding": encoding.removesuffix("-sig")}))
    except RapportError:
        content.close()
        raise


def described(
    content: IO[bytes], format_: dict[str, Any], *, delimiter: str | None = None, has_header: bool | None = None
) -> tuple[dict[str, Any], dict[str, str | None]]:
    """Format and mapping of a text; what is given is not guessed."""
    content.seek(0)
    sample = content.read(_SAMPLE_BYTES)
    delimiter = delimiter or _delimiter(sample)
    rows = _cells(sample, delimiter)
    if not rows:
        broken = next(iter(Reader([sample], delimiter=delimiter, start=Place())), None)
        raise unreadable(f"No row can be read. {broken.reason if isinstance(broken, Broken) else ''}".strip())
    return laid_out(rows, {**format_, "delimiter": delimiter}, has_header=has_header)


def _workbook(file: IO[bytes], sheet: str | None) -> Found:
    sheets = workbook.sheets_of(file)
    if not sheets:
        raise unreadable("The workbook has no sheet.")
    return Found(file, *described_sheet(file, {"kind": "xlsx", "sheets": sheets}, sheet=sheet or sheets[0]))


def described_sheet(
    file: IO[bytes], format_: dict[str, Any], *, sheet: str, has_header: bool | None = None
) -> tuple[dict[str, Any], dict[str, str | None]]:
    """Format and mapping of a workbook with one of its sheets."""
    rows = [cells for _, cells in islice(workbook.rows(file, sheet), _SAMPLE_ROWS)]
    return laid_out(rows, {**format_, "sheet": sheet}, has_header=has_header)


def laid_out(
    rows: Sequence[Sequence[str]], format_: dict[str, Any], *, has_header: bool | None
) -> tuple[dict[str, Any], dict[str, str | None]]:
    """Format with its columns, and a mapping of them, guessed from the first rows."""
    if not rows:
        raise unreadable("No row of the file can be read.")
    first = rows[0]
    if len(first) > MOST_COLUMNS:
        raise unreadable(f"The first row has {len(first):,} columns; at most {MOST_COLUMNS} are read.")
    if has_header is None:
        has_header = columns.has_header(first)
    headers = list(first) if has_header else [""] * len(first)
    names = columns.names_of(headers)
    told = [header if header.strip() else name for header, name in zip(headers, names, strict=True)]
    guessed = columns.guess(told, rows[1:] if has_header else rows)
    found = {**format_, "has_header": has_header, "columns": names, "warnings": _warnings(headers, names, guessed)}
    return found, dict(zip(names, guessed, strict=True))


def _warnings(headers: Sequence[str], names: Sequence[str], guessed: Sequence[str | None]) -> list[str]:
    told = [
        f'The header "{name.rpartition(" (")[0]}" stands more than once; column {number} is called "{name}".'
        for number, (header, name) in enumerate(zip(headers, names, strict=True), 1)
        if header.strip() and name not in (" ".join(header.split())[:120], f"Column {number}") and name.endswith(")")
    ]
    left_out = [name for name, target in zip(names, guessed, strict=True) if target is None]
    if left_out:
        told.append(f"Left out unless mapped: {', '.join(left_out[:10])}{' …' if len(left_out) > 10 else ''}.")
    if not set(guessed) & {"profile_url", "public_identifier", "provider_id", "member_id", "email"}:
        told.append("No column is known to hold LinkedIn profiles or email addresses: map one.")
    return told


def _encoding(file: IO[bytes], head: bytes) -> str:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) * 0.2 > min(even, odd) * 8:
        return "utf-16-le" if odd > even else "utf-16-be"
    controls = sum(byte < 32 and byte not in (9, 10, 13) for byte in head)
    if controls > max(8, len(head) * 0.02):
        raise unreadable("The file is neither text nor an XLSX workbook.")
    valid, broken = _count(file)
    if broken <= valid / 4:
        return "utf-8"
    return "cp1252" if _fits(file, "cp1252") else "latin-1"


def _count(file: IO[bytes]) -> tuple[int, int]:
    """How many characters beyond ASCII are UTF-8, and how many bytes are nothing of the kind."""
    valid = broken = 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for piece in _pieces(file):
        text = decoder.decode(piece)
        if not text.isascii():
            wrong = sum("\udc80" <= character <= "\udcff" for character in text)
            broken += wrong
            valid += sum(character > "\x7f" for character in text) - wrong
    return valid, broken + (1 if decoder.getstate()[0] else 0)


def _fits(file: IO[bytes], encoding: str) -> bool:
    try:
        for piece in _pieces(file):
            piece.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _as_utf8(file: IO[bytes], encoding: str, home: Path) -> IO[bytes]:
    if encoding in ("utf-8", "utf-8-sig"):
        kept = tempfile.TemporaryFile(dir=home)  # noqa: SIM115 - the caller closes it
        for number, piece in enumerate(_pieces(file)):
            kept.write(piece.removeprefix(codecs.BOM_UTF8) if number == 0 else piece)
        return kept
    decoder = codecs.getincrementaldecoder(encoding)("replace" if encoding.startswith("utf-16") else "strict")
    kept = tempfile.TemporaryFile(dir=home)  # noqa: SIM115 - the caller closes it
    for piece in _pieces(file):
        kept.write(decoder.decode(piece).encode("utf-8", "replace"))
    kept.write(decoder.decode(b"", final=True).encode("utf-8", "replace"))
    return kept


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece


def _delimiter(sample: bytes) -> str:
    """The delimiter by which most rows have the same number of cells, and more than one."""

    def judged(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in _cells(sample, delimiter)[:_SAMPLE_ROWS]]
        usual = max(set(widths), key=widths.count, default=1)
        return (widths.count(usual) / len(widths) if usual > 1 else 0.0), usual

    return max(DELIMITERS, key=judged)


def _cells(sample: bytes, delimiter: str) -> list[list[str]]:
    reader = Reader([sample], delimiter=delimiter, start=Place())
    return [found.cells for found in islice(reader, _SAMPLE_ROWS) if isinstance(found, Record)]
