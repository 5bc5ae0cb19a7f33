"""The records of a delimited text, with the place after each, so that reading can go on there in another process.

The text is UTF-8 as far as it can be; a record that cannot be read is told and never swallows its neighbours: a
quotation mark that is not closed costs its own line only.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LONGEST_RECORD = 100_000
"""Bytes of a row that is taken; a longer one is refused."""
_LONGEST_SPAN = 2_000_000
"""How far the end of a quoted cell is looked for."""
csv.field_size_limit(_LONGEST_SPAN * 2)  # the limit is the interpreter's; what is too long is refused here, by row


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record begins: the byte, and the line as editors count them."""

    offset: int = 0
    line: int = 1


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the text."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be read; `column` counts from 0 where it is known."""

    line: int
    reason: str
    column: int | None = None
    value: str | None = None


@dataclass(slots=True)
class _Line:
    number: int
    offset: int
    size: int
    text: bytes | None
    """None when it is too long to be held."""


class Reader:
    """Iterates records from a place on; `place` is where the next begins."""

    def __init__(self, pieces: Iterable[bytes], *, delimiter: str, start: Place, width: int | None = None) -> None:
        """`width` is how many cells a row has: a quoted cell over several lines that makes another number is broken."""
        self._lines = _lines(pieces, start)
        self._again: deque[_Line] = deque()
        self._delimiter = delimiter
        self._width = width
        self.place = start

    def __iter__(self) -> Iterator[Record | Broken]:
        while (line := self._next()) is not None:
            found = self._read(line)
            if found is not None:
                yield found

    def _next(self) -> _Line | None:
        line = self._again.popleft() if self._again else next(self._lines, None)
        if line is not None:
            self.place = Place(line.offset + line.size, line.number + 1)
        return line

    def _back(self, lines: list[_Line]) -> None:
        if lines:
            self._again.extendleft(reversed(lines))
            self.place = Place(lines[0].offset, lines[0].number)

    def _read(self, line: _Line) -> Record | Broken | None:
        if line.text is None:
            return Broken(line.number, f"The row is longer than {LONGEST_RECORD:,} bytes.")
        if b'"' in line.text:
            return self._quoted(line)
        if len(line.text) > LONGEST_RECORD:
            return _too_long(line)
        text = _decoded(line.text).rstrip("\r\n")
        return _checked(line.number, text.split(self._delimiter)) if text.strip() else None

    def _quoted(self, first: _Line) -> Record | Broken:
        taken = [first]
        try:
            cells = next(csv.reader(self._feed(taken), delimiter=self._delimiter, strict=True))
        except csv.Error:
            self._back(taken[1:])
            return Broken(
                first.number, "A quotation mark is out of place or never closed.", value=_start_of(first.text)
            )
        if len(taken) > 1 and self._width is not None and len(cells) != self._width:
            self._back(taken[1:])
            return Broken(first.number, "A quotation mark is never closed.", value=_start_of(first.text))
        if sum(line.size for line in taken) > LONGEST_RECORD:
            return _too_long(first)
        return _checked(first.number, cells)

    def _feed(self, taken: list[_Line]) -> Iterator[str]:
        """The lines of one record, as many as it needs; noted in `taken`, so that they can be given back."""
        yield _decoded(taken[0].text or b"")
        span = taken[0].size
        while span < _LONGEST_SPAN and (line := self._next()) is not None:
            taken.append(line)
            if line.text is None:
                return
            span += line.size
            yield _decoded(line.text)


def _lines(pieces: Iterable[bytes], start: Place) -> Iterator[_Line]:
    """Lines that end with LF, CRLF or CR, in any mixture."""
    number, offset = start.line, start.offset
    rest = b""
    skipped = 0
    for piece in pieces:
        rest += piece
        lines = rest.splitlines(keepends=True)
        # The last one may go on in the next piece, and so may a CR that ends the one: its LF may come with it.
        rest = lines.pop() if lines else b""
        for text in lines:
            size = skipped + len(text)
            yield _Line(number, offset, size, None if skipped else text)
            number, offset, skipped = number + 1, offset + size, 0
        if len(rest) > _LONGEST_SPAN:
            skipped += len(rest) - 1
            rest = rest[-1:]
    for text in rest.splitlines(keepends=True):
        size = skipped + len(text)
        yield _Line(number, offset, size, None if skipped else text)
        number, offset, skipped = number + 1, offset + size, 0


def _decoded(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")


def _checked(number: int, cells: list[str]) -> Record | Broken:
    """The record, unless a cell holds what no text holds."""
    whole = "".join(cells)
    if "\x00" not in whole and _is_text(whole):
        return Record(number, cells)
    for column, cell in enumerate(cells):
        if "\x00" in cell:
            return Broken(number, "Contains a NUL character.", column, cell.replace("\x00", "")[:80])
        if not _is_text(cell):
            shown = cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace")[:80]
            return Broken(number, "Is not in the encoding of the file.", column, shown)
    return Record(number, cells)


def _is_text(cell: str) -> bool:
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _too_long(line: _Line) -> Broken:
    return Broken(
        line.number, f"The row is longer than {LONGEST_RECORD:,} bytes.", value=_start_of((line.text or b"")[:200])
    )


def _start_of(text: bytes | None) -> str | None:
    return text.decode("utf-8", "replace").replace("\x00", "")[:80].rstrip("\r\n") if text else None
