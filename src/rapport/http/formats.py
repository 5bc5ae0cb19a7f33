"""The same answer as a table or as a picture: CSV, XLSX and SVG beside JSON.

    GET …/timeseries            with `Accept: text/csv`, or `?format=csv`

A table has a row for each item of the answer's list, its own values before them, nested names joined by a dot; so
every cell is a value of the JSON. What is kept is the JSON only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport.http import sheets
from rapport.http.context import Reply
from rapport.http.declaration import Operation
from rapport.rules.cells import Cell, cell, figure


@dataclass(frozen=True, slots=True)
class Format:
    """A form of an answer other than JSON."""

    name: str
    content_type: str


CSV = Format("csv", "text/csv; charset=utf-8")
XLSX = Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
SVG = Format("svg", "image/svg+xml")
_JSON = frozenset({"application/json", "application/*", "*/*"})
_BY_TYPE = {"text/csv": CSV, "text/*": CSV, XLSX.content_type: XLSX, "image/svg+xml": SVG, "image/*": SVG}
_BY_NAME = {each.name: each for each in (CSV, XLSX, SVG)}


def chosen(environ: Mapping[str, Any], operation: Operation, query: Mapping[str, Any]) -> Format | None:
    """The form that is wanted of an answer; None is JSON."""
    if operation.table is None:
        return None
    if "format" in query:
        return _BY_NAME.get(query["format"])
    return _accepted(environ.get("HTTP_ACCEPT", ""), operation)


def wants_json(environ: Mapping[str, Any], operation: Operation) -> bool:
    """Whether a kept answer will do, as far as the headers say."""
    return operation.table is None or _accepted(environ.get("HTTP_ACCEPT", ""), operation) is None


def _accepted(header: str, operation: Operation) -> Format | None:
    ranked = []
    for place, part in enumerate(header.split(",")):
        name, *more = (each.strip().lower() for each in part.split(";"))
        quality = next((each[2:] for each in more if each.startswith("q=")), "1")
        try:
            ranked.append((-float(quality), place, name))
        except ValueError:
            continue
    for quality, _, name in sorted(ranked):
        if name in _JSON or quality == 0:
            return None
        found = _BY_TYPE.get(name)
        if found is not None and (found is not SVG or operation.picture is not None):
            return found
    return None


def made(form: Format, operation: Operation, result: Mapping[str, Any], *, at: datetime) -> Reply:
    """The answer in that form."""
    if form is SVG and operation.picture is not None:
        return Reply(operation.picture(result).encode(), content_type=form.content_type)
    cells = table(result, operation.table or "")
    body = b"".join(sheets.as_csv(cells, bom=False) if form is CSV else sheets.as_xlsx(cells, at=at))
    name = f"{operation.name.removeprefix('show_').replace('_', '-')}.{form.name}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Reply(body, content_type=form.content_type, headers=headers)


def table(result: Mapping[str, Any], rows_in: str) -> Iterator[Sequence[Cell]]:
    """Header and rows of an answer."""
    own = dict(_flat({name: value for name, value in result.items() if name != rows_in}))
    rows = [own | dict(_flat(item)) for item in result[rows_in]] if rows_in else [own]
    columns = list(dict.fromkeys(name for row in rows or [own] for name in row))
    yield [cell(name) for name in columns]
    for row in rows:
        yield [figure(row.get(name)) for name in columns]


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def offered(operation: Operation) -> list[str]:
    """The content types of an operation beside JSON, as the document names them."""
    if operation.table is None:
        return []
    found = ["text/csv", XLSX.content_type]
    return [*found, SVG.content_type] if operation.picture is not None else found
