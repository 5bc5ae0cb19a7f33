"""Verbs of stories about imports, spoken over the API."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl

CSV = {"Content-Type": "text/csv"}


def upload(stage, content: bytes | str, *, by=None, name: str | None = None, **more: Any):
    """Send a file; answers the answer."""
    who = by or stage.alice
    path = f"/leads/imports?client_id={stage.acme.id}" + (f"&name={name}" if name else "")
    data = content.encode() if isinstance(content, str) else content
    return who.post(path, data=data, headers={**CSV, **more.pop("headers", {})}, **more)


def uploaded(stage, content: bytes | str, **changes: Any) -> str:
    """The id of an import that waits, changed as told."""
    answer = upload(stage, content)
    assert answer.status_code == 201, answer.json
    if changes:
        changed = stage.alice.patch(f"/leads/imports/{answer.json['id']}", changes)
        assert changed.status_code == 200, changed.json
    return answer.json["id"]


def started(stage, import_id: str) -> str:
    answer = stage.alice.post(f"/leads/imports/{import_id}/start")
    assert answer.status_code == 202, answer.json
    return import_id


def imported(stage, content: bytes | str, **changes: Any) -> dict[str, Any]:
    """A file taken in to its end."""
    import_id = started(stage, uploaded(stage, content, **changes))
    stage.run_due_jobs(most=500)
    return shown(stage, import_id)


def shown(stage, import_id: str) -> dict[str, Any]:
    return stage.alice.get(f"/leads/imports/{import_id}").json


def problems(stage, import_id: str) -> dict[int, tuple[str | None, str]]:
    """Line → column and reason, over all pages."""
    found, cursor = {}, ""
    while True:
        page = stage.alice.get(f"/leads/imports/{import_id}/problems?limit=200{cursor}").json
        found |= {each["row"]: (each["column"], each["reason"]) for each in page["items"]}
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def leads(stage) -> list[dict[str, Any]]:
    """Every lead of Acme, by the identity it is known by."""
    from sqlalchemy import select

    from rapport.leads.models import Lead

    table = Lead.__table__
    with stage.reading() as reading:
        rows = reading.rows(select(table).where(table.c.client_id == stage.acme.id).order_by(table.c.id))
        return [dict(row._mapping) for row in rows]


def workbook(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    """An XLSX file."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, **parts: bytes) -> bytes:
    """A workbook with other content in some of its parts; `sheet1` means its first sheet."""
    names = {"sheet1": "xl/worksheets/sheet1.xml", "workbook": "xl/workbook.xml"}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        changed = {names.get(name, name): text for name, text in parts.items()}
        for entry in old.namelist():
            new.writestr(entry, changed.pop(entry, None) or old.read(entry))
        for name, text in changed.items():
            new.writestr(name, text)
    return out.getvalue()
