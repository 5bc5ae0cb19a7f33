"""Leads and do-not-contact lists as files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from marshmallow import fields, validate

from rapport.http import sheets
from rapport.http.context import Call, Reply
from rapport.http.lists import export_query
from rapport.http.operation import Room
from rapport.http.transaction import reading
from rapport.kernel.listing import Asked, Page, page
from rapport.leads import exporting
from rapport.leads.queries import entries, marks, register
from rapport.rules.permissions import Permission

room = Room("exports", "", "Lists as files for spreadsheets; no cell of them runs as a formula.")

_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BOM = fields.String(
    validate=validate.OneOf(["true", "false"]), metadata={"description": "Begin with a byte-order mark, for Excel."}
)


@room.get(
    "/leads/export.csv",
    may=Permission.READ,
    out=None,
    listing=register.LEADS,
    query=export_query(register.LEADS, bom=_BOM),
    own=True,
    content_type=_CSV,
)
def export_leads_csv(call: Call) -> Reply:
    """Export leads as CSV, by the filters of the list."""
    return _file("leads.csv", _CSV, sheets.as_csv(_leads(call), bom=call.query.get("bom") == "true"))


@room.get(
    "/leads/export.xlsx",
    may=Permission.READ,
    out=None,
    listing=register.LEADS,
    query=export_query(register.LEADS),
    own=True,
    content_type=_XLSX,
)
def export_leads_xlsx(call: Call) -> Reply:
    """Export leads as XLSX, by the filters of the list."""
    return _file("leads.xlsx", _XLSX, sheets.as_xlsx(_leads(call), at=call.service.clock.now()))


@room.get(
    "/do-not-contact/export.csv",
    may=Permission.READ,
    out=None,
    listing=entries.ENTRIES,
    query=export_query(entries.ENTRIES, bom=_BOM),
    own=True,
    content_type=_CSV,
)
def export_do_not_contact_csv(call: Call) -> Reply:
    """Export do-not-contact entries as CSV, by the filters of the list."""

    def turn(asked: Asked) -> Page:
        with reading(call.service, call.principal) as read:
            return page(read, entries.ENTRIES, asked)

    cells = exporting.table(exporting.rows(turn, call.asked), exporting.ENTRY_COLUMNS)
    return _file("do-not-contact.csv", _CSV, sheets.as_csv(cells, bom=call.query.get("bom") == "true"))


def _leads(call: Call) -> Iterator[Sequence[str]]:
    """The cells of the leads that were asked for; each page is a reading of its own."""

    def turn(asked: Asked) -> Page:
        with reading(call.service, call.principal) as read:
            found = page(read, register.LEADS, asked, *register.LIVE)
            register.tagged(read, found.items)
            return found

    of_client = next((each.value for each in call.asked.conditions if each.field == "client_id"), None)
    with reading(call.service, call.principal) as read:
        custom = [each["name"] for each in marks.custom_fields(read, of_client)]
    return exporting.table(exporting.rows(turn, call.asked), exporting.LEAD_COLUMNS, custom)


def _file(name: str, content_type: str, content: Iterator[bytes]) -> Any:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Reply(content, content_type=content_type, headers=headers)
