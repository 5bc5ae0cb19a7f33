"""Importing leads: drop a file, say what its columns are, see what would become of it, start, watch."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from flask import Response, request

from rapport.console.visits import Pages, Visit
from rapport.http import files
from rapport.kernel.errors import IMPORT_NOT_READABLE, IMPORT_STATE, RapportError, field_error
from rapport.leads.api.imports import (
    MOST_BYTES,
    cancel_import,
    change_import,
    export_import_problems,
    list_import_problems,
    list_imports,
    preview_import,
    show_import,
    start_import,
    upload_import,
)
from rapport.rules.columns import CUSTOM, TARGETS
from rapport.rules.lead_fields import custom_name

pages = Pages("imports")
_ONE = "/leads/imports/<id:import_id>"
_A_PAGE = "30"
_SHOWN_PROBLEMS = "50"
_CUSTOM = "custom"
_LEFT_OUT = ""


@pages.get("/leads/imports")
def imports(visit: Visit) -> Response:
    """What was imported, and what is being."""
    query = {"limit": _A_PAGE} | ({"cursor": request.args["cursor"]} if request.args.get("cursor") else {})
    return visit.show("imports/list.html", found=visit.ask.read(list_imports, visit.of_client(**query)))


@pages.get("/leads/imports/new")
def new(visit: Visit) -> Response:
    """Where a file is dropped."""
    return visit.show("imports/new.html", most=MOST_BYTES)


@pages.post("/leads/imports")
def upload(visit: Visit) -> Response:
    """Take the file and go on to its columns."""
    client_id = request.args.get("of", "")
    if not client_id:
        raise field_error("client", "Choose whose leads they are.")
    with closing(files.take(request, most=MOST_BYTES, folder=visit.service.settings.home)) as file:
        made = visit.ask.write(upload_import, query={"client_id": client_id}, file=file)
    return visit.go(f"/leads/imports/{made['id']}")


@pages.get(_ONE)
def one(visit: Visit, import_id: str) -> Response:
    """One import, at the stage where it is."""
    shown = visit.ask.read(show_import, import_id=import_id)
    return visit.show("imports/import.html", **_stage(visit, shown))


@pages.get(f"{_ONE}/progress")
def progress(visit: Visit, import_id: str) -> Response:
    """How far it came."""
    shown = visit.ask.read(show_import, import_id=import_id)
    return visit.part("imports/progress.html", **_stage(visit, shown))


@pages.post(f"{_ONE}/look")
def look(visit: Visit, import_id: str) -> Response:
    """Take over the mapping and show the first rows as they would be taken."""
    visit.ask.write(change_import, _changes(), import_id=import_id)
    shown = visit.ask.read(show_import, import_id=import_id)
    return visit.part("imports/preview.html", **_stage(visit, shown))


@pages.post(f"{_ONE}/start")
def start(visit: Visit, import_id: str) -> Response:
    """Take over the mapping and start."""
    visit.ask.write(change_import, _changes(), import_id=import_id)
    visit.ask.write(start_import, import_id=import_id)
    return visit.go(f"/leads/imports/{import_id}")


@pages.post(f"{_ONE}/cancel")
def cancel(visit: Visit, import_id: str) -> Response:
    """Stop it; rows that came in stay."""
    visit.ask.write(cancel_import, import_id=import_id)
    return visit.go(f"/leads/imports/{import_id}", "Cancelled. Rows that came in stay.")


@pages.get(f"{_ONE}/problems.csv")
def problems_file(visit: Visit, import_id: str) -> Response:
    """The rows that were not taken, as a file."""
    content = visit.ask.read(export_import_problems, import_id=import_id)
    headers = {"Content-Disposition": 'attachment; filename="problems.csv"'}
    return Response(content, content_type="text/csv; charset=utf-8", headers=headers)


def _stage(visit: Visit, shown: dict[str, Any]) -> dict[str, Any]:
    """What the stage of an import needs: a preview before it starts, its problems afterwards."""
    preview, unread = None, None
    problems: dict[str, Any] = {"items": [], "next_cursor": None}
    if shown["state"] == "uploaded":
        try:
            preview = visit.ask.read(preview_import, import_id=shown["id"])
        except RapportError as refusal:
            if refusal.code not in (IMPORT_NOT_READABLE, IMPORT_STATE):
                raise
            unread = refusal
    elif shown["rows_bad"]:
        query = {"limit": _SHOWN_PROBLEMS} | ({"cursor": request.args["cursor"]} if request.args.get("cursor") else {})
        problems = visit.ask.read(list_import_problems, query, import_id=shown["id"])
    targets = sorted(TARGETS, key=lambda name: (name in ("provider_id", "member_id", "public_identifier"), name))
    return {
        "shown": shown,
        "preview": preview,
        "unread": unread,
        "problems": problems,
        "targets": targets,
        "custom": CUSTOM,
    }


def _changes() -> dict[str, Any]:
    """How the file is to be read, as the form says it: columns by their place, for a header may hold anything."""
    form = request.form
    mapping: dict[str, str | None] = {}
    for place, column in enumerate(form.getlist("column")):
        target = form.get(f"target-{place}", _LEFT_OUT)
        if target == _CUSTOM:
            target = CUSTOM + custom_name(column)
        mapping[column] = target or None
    tags = [each.strip() for each in form.get("tags", "").split(",") if each.strip()]
    return {"mapping": mapping, "tags": tags, "overwrite": form.get("overwrite") == "yes"}
