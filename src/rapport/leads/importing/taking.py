"""What becomes of a row: the person it names, or why it is refused, in the words of the file's own columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.leads.importing.delimited import Broken, Record
from rapport.rules import lead_fields
from rapport.rules.columns import CUSTOM, TAGS
from rapport.rules.lead_fields import Person, Refusal

_BETWEEN_TAGS = re.compile(r"[,;|]")


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that is not taken."""

    row: int
    column: str | None
    reason: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that names somebody."""

    row: int
    person: Person


class Taker:
    """Reads rows by a format, a mapping and options."""

    def __init__(self, format_: Mapping[str, Any], mapping: Mapping[str, str | None], tags: Sequence[str]) -> None:
        self._columns: list[str] = format_["columns"]
        self._tags = tuple(tags)
        self._plain: list[tuple[int, str]] = []
        self._custom: list[tuple[int, str]] = []
        self._tag_column: int | None = None
        self._shown: dict[str, str] = {}
        for number, name in enumerate(self._columns):
            target = mapping.get(name)
            if target is None:
                continue
            self._shown[target.removeprefix(CUSTOM)] = name
            if target == TAGS:
                self._tag_column = number
            elif target.startswith(CUSTOM):
                self._custom.append((number, target.removeprefix(CUSTOM)))
            else:
                self._plain.append((number, target))

    def take(self, row: int, found: Record | Broken) -> Taken | Problem | None:
        """What becomes of a row; None for an empty one."""
        if isinstance(found, Broken):
            return Problem(row, self._name(found.column), found.reason, found.value)
        cells = found.cells
        width = len(cells)
        if width != len(self._columns):
            if not any(cell.strip() for cell in cells):
                return None
            beyond = next((cell for cell in cells[len(self._columns) :] if cell.strip()), None)
            if beyond is not None:
                reason = f"The row has {width:,} cells, but the file has {len(self._columns)} columns."
                return Problem(row, None, reason, _plain(beyond))
        given: dict[str, str | None] = {target: cells[number] for number, target in self._plain if number < width}
        custom: dict[str, str | None] = {name: cells[number] for number, name in self._custom if number < width}
        tags = self._tags
        if self._tag_column is not None and self._tag_column < width:
            tags = (*tags, *_BETWEEN_TAGS.split(cells[self._tag_column]))
        read = lead_fields.read(given, custom, tags)
        if isinstance(read, Person):
            return Taken(row, read)
        return self._problem(row, read) if any(cell.strip() for cell in cells) else None

    def _problem(self, row: int, refusals: Sequence[Refusal]) -> Problem:
        first, *more = refusals
        reason = "; ".join(
            [first.reason, *(f"{self._shown.get(each.column or '', each.column)}: {each.reason}" for each in more)]
        )
        column = self._shown.get(first.column, first.column) if first.column else None
        return Problem(row, column, reason[:300], _plain(first.value) if first.value else None)

    def _name(self, column: int | None) -> str | None:
        return self._columns[column] if column is not None and column < len(self._columns) else None


def _plain(value: str) -> str:
    return value.encode("utf-8", "replace").decode().replace("\x00", "")[:80]
