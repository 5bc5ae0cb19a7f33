"""Imports over HTTP: files, searches, and what became of their rows."""

from __future__ import annotations

from typing import Any, cast

from flask import request

from rapport.accounts.queries import sender
from rapport.http.context import Call, Reply
from rapport.http.etags import check_unchanged
from rapport.http.files import Upload
from rapport.http.operation import Room
from rapport.http.transaction import reading as open_reading
from rapport.kernel.errors import (
    CLIENT_ARCHIVED,
    IMPORT_NOT_READABLE,
    IMPORT_STATE,
    NOT_FOUND,
    UNAVAILABLE,
    RapportError,
    field_error,
)
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.kernel.tx import Reading
from rapport.leads.importing import lifecycle, queries, sniffing, uploading
from rapport.leads.importing.preview import preview
from rapport.leads.importing.schemas import (
    ImportChange,
    ImportOut,
    ImportPreviewOut,
    ImportProblemOut,
    ParameterQuery,
    SearchImportIn,
    SearchParametersOut,
    UploadQuery,
)
from rapport.leads.importing.tasks import FILE, SEARCH
from rapport.leads.models import ImportProblem, LeadImport, LeadSource
from rapport.people import clients
from rapport.ports.unipile import ReadError
from rapport.rules.lead_fields import tidy_tags
from rapport.rules.permissions import Permission

room = Room("lead-imports", "/leads/imports", "Leads that come by the file or by a search.")

MOST_BYTES = 50 << 20
_PARAMETERS_SHOWN = 50


@room.get("", may=Permission.READ, out=page_of(ImportOut), listing=queries.LISTING)
def list_imports(call: Call) -> Page:
    """List imports."""
    return page(call.reading, queries.LISTING, call.asked)


def _look(call: Call) -> None:
    upload = cast(Upload, call.file)
    call.body["found"] = found = sniffing.look(upload.content, home=call.service.settings.home)
    upload.become(found.content)


@room.post(
    "",
    may=Permission.WRITE,
    query=UploadQuery,
    out=ImportOut,
    file=MOST_BYTES,
    before=_look,
    errors=[NOT_FOUND, CLIENT_ARCHIVED, IMPORT_NOT_READABLE],
)
def upload_import(call: Call) -> dict[str, Any]:
    """Upload a CSV or XLSX file. Nothing is imported until it is started.

    What the file is, its encoding, its delimiter and whether it has a header are found out from its content; the
    mapping of its columns is guessed, and can be changed.
    """
    _open_client(call, call.query["client_id"])
    upload = cast(Upload, call.file)
    found = call.body["found"]
    name = call.query["name"] or upload.name or ("leads.xlsx" if found.format["kind"] == "xlsx" else "leads.csv")
    lead_import = uploading.upload(call.tx, call.query["client_id"], found, name=name)
    return queries.seen(call.tx, lead_import.id)


def _open_client(call: Call, client_id: str) -> None:
    if clients.get(call.tx, client_id).archived_at is not None:
        raise RapportError(CLIENT_ARCHIVED)


@room.post(
    "/search",
    may=Permission.WRITE,
    body=SearchImportIn,
    out=ImportOut,
    status=202,
    errors=[NOT_FOUND, CLIENT_ARCHIVED],
)
def start_search_import(call: Call) -> dict[str, Any]:
    """Import the people that a LinkedIn search finds, or an account's first-level connections.

    Every page counts as one of the account's searches of the day; when they are used up, the import waits for the
    next day.
    """
    body = call.body
    _open_client(call, body["client_id"])
    account = sender(call.tx, body["account_id"])
    if account is None or account.client_id != body["client_id"]:
        raise field_error("account_id", "The client has no such LinkedIn account.")
    if account.unipile_account_id is None:
        raise field_error("account_id", "This account is not connected.")
    source = LeadSource(body["source"])
    default = f"Connections of {account.name}" if source is LeadSource.CONNECTIONS else f"Search by {account.name}"
    lead_import = lifecycle.add(
        call.tx,
        body["client_id"],
        source=source,
        name=body["name"] or default,
        format={},
        mapping={},
        options={
            "account_id": account.id,
            "url": body["url"],
            "parameters": body["parameters"],
            "tags": list(tidy_tags(tuple(body["tags"]))),
            "overwrite": body["overwrite"],
        },
    )
    lifecycle.run(call.tx, lead_import, call.service.job_types.get(SEARCH))
    return _seen(call, lead_import)


@room.get(
    "/search-parameters",
    may=Permission.WRITE,
    query=ParameterQuery,
    out=SearchParametersOut,
    own=True,
    no_store=True,
    errors=[NOT_FOUND, UNAVAILABLE],
)
def look_up_search_parameters(call: Call) -> dict[str, Any]:
    """Find the ids of places, companies and the like that a search's filters take."""
    with open_reading(call.service, call.principal) as reading:
        account = sender(reading, call.query["account_id"])
    if account is None:
        raise RapportError(NOT_FOUND)
    if account.unipile_account_id is None:
        raise field_error("account_id", "This account is not connected.")
    try:
        found = call.service.unipile.search_parameters(
            call.query["type"],
            account_id=account.unipile_account_id,
            keywords=call.query["keywords"],
            limit=_PARAMETERS_SHOWN,
        )
    except ReadError as failure:
        raise RapportError(UNAVAILABLE, f"LinkedIn did not answer: {failure.code}.", retry_after=30) from None
    return {"items": [{"id": each.id, "title": each.title} for each in found]}


@room.get("/<id:import_id>", may=Permission.READ, out=ImportOut, errors=[NOT_FOUND])
def show_import(call: Call, import_id: str) -> dict[str, Any]:
    """Show an import and how far it came."""
    return queries.seen(call.reading, import_id)


@room.patch(
    "/<id:import_id>",
    may=Permission.WRITE,
    body=ImportChange,
    out=ImportOut,
    errors=[NOT_FOUND, IMPORT_STATE],
    if_match=True,
)
def change_import(call: Call, import_id: str) -> dict[str, Any]:
    """Change how a file is read, before it is started."""
    lead_import = lifecycle.get(call.tx, import_id)
    check_unchanged(request, queries.seen(call.tx, import_id))
    uploading.change(call.tx, lead_import, call.body, home=call.service.settings.home)
    return _seen(call, lead_import)


@room.get(
    "/<id:import_id>/preview",
    may=Permission.READ,
    out=ImportPreviewOut,
    errors=[NOT_FOUND, IMPORT_STATE, IMPORT_NOT_READABLE],
)
def preview_import(call: Call, import_id: str) -> dict[str, Any]:
    """Show the first 20 rows as they would be taken. Nothing is written."""
    lead_import = _readable(call.reading, import_id)
    return preview(call.reading, lead_import, home=call.service.settings.home)


def _readable(reading: Reading, import_id: str) -> LeadImport:
    lead_import = reading.session.get(LeadImport, import_id)
    if lead_import is None:
        raise RapportError(NOT_FOUND)
    if not lead_import.size_bytes:
        raise RapportError(IMPORT_STATE, details={"file": ["Is not kept any more."]})
    return lead_import


@room.post("/<id:import_id>/start", may=Permission.WRITE, out=ImportOut, status=202, errors=[NOT_FOUND, IMPORT_STATE])
def start_import(call: Call, import_id: str) -> dict[str, Any]:
    """Start an import. Good rows are taken in, every bad one is listed with its reason."""
    lead_import = lifecycle.get(call.tx, import_id)
    lifecycle.start(call.tx, lead_import, call.service.job_types.get(FILE))
    return _seen(call, lead_import)


@room.post("/<id:import_id>/cancel", may=Permission.WRITE, out=ImportOut, status=200, errors=[NOT_FOUND, IMPORT_STATE])
def cancel_import(call: Call, import_id: str) -> dict[str, Any]:
    """Cancel an import; rows that came in stay."""
    lead_import = lifecycle.get(call.tx, import_id)
    lifecycle.cancel(call.tx, lead_import)
    return _seen(call, lead_import)


@room.get(
    "/<id:import_id>/problems",
    may=Permission.READ,
    out=page_of(ImportProblemOut),
    listing=queries.PROBLEMS,
    errors=[NOT_FOUND],
)
def list_import_problems(call: Call, import_id: str) -> Page:
    """List the rows that were not taken, each with its reason."""
    queries.seen(call.reading, import_id)
    return page(call.reading, queries.PROBLEMS, call.asked, ImportProblem.__table__.c.import_id == import_id)


@room.get("/<id:import_id>/problems.csv", may=Permission.READ, out=None, content_type="text/csv", errors=[NOT_FOUND])
def export_import_problems(call: Call, import_id: str) -> Reply:
    """Download the rows that were not taken as CSV."""
    queries.seen(call.reading, import_id)
    return Reply(
        queries.problems_as_csv(call.reading, import_id),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="problems.csv"'},
    )


@room.delete("/<id:import_id>/file", may=Permission.WRITE, errors=[NOT_FOUND, IMPORT_STATE])
def delete_import_file(call: Call, import_id: str) -> None:
    """Delete the file of an import. One that was not started is cancelled by it."""
    lifecycle.delete_file(call.tx, lifecycle.get(call.tx, import_id))


def _seen(call: Call, lead_import: LeadImport) -> dict[str, Any]:
    call.tx.session.flush()  # shown by a statement on the bare table
    return queries.seen(call.tx, lead_import.id)
