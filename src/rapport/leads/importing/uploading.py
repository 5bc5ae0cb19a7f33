"""A file arrives, and an operator says how it is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rapport.kernel.errors import RapportError, field_error
from rapport.kernel.tx import Tx
from rapport.leads.importing import lifecycle, parts, sniffing
from rapport.leads.importing.sniffing import Found
from rapport.leads.models import ImportState, LeadImport, LeadSource
from rapport.rules.lead_fields import tidy_tags

_LAYOUT = ("has_header", "delimiter", "sheet")


def upload(tx: Tx, client_id: str, found: Found, *, name: str) -> LeadImport:
    """Keep a file that was looked at."""
    lead_import = lifecycle.add(
        tx,
        client_id,
        source=LeadSource.IMPORT,
        name=name,
        format=found.format,
        mapping=found.mapping,
        options={"tags": [], "overwrite": False},
    )
    lifecycle.keep_file(tx, lead_import, found.content)
    return lead_import


def change(tx: Tx, lead_import: LeadImport, changes: Mapping[str, Any], *, home: Path) -> None:
    """Change how a file is read. Another header, delimiter or sheet means other columns, so the mapping is guessed anew
    and what is given of it holds.
    """
    lifecycle.require(lead_import, ImportState.UPLOADED)
    layout = {name: changes[name] for name in _LAYOUT if name in changes}
    if layout:
        _lay_out(tx, lead_import, layout, home)
    if "mapping" in changes:
        lifecycle.set_mapping(lead_import, changes["mapping"])
    if "tags" in changes:
        lead_import.options = {**lead_import.options, "tags": list(tidy_tags(tuple(changes["tags"])))}
    if "overwrite" in changes:
        lead_import.options = {**lead_import.options, "overwrite": changes["overwrite"]}
    lead_import.name = changes.get("name", lead_import.name)


def _lay_out(tx: Tx, lead_import: LeadImport, layout: Mapping[str, Any], home: Path) -> None:
    format_ = lead_import.format
    is_workbook = format_["kind"] == "xlsx"
    if "delimiter" in layout and is_workbook:
        raise field_error("delimiter", "A workbook has none.")
    if "sheet" in layout and (not is_workbook or layout["sheet"] not in format_["sheets"]):
        raise field_error("sheet", "The file has no such sheet.")
    has_header = layout.get("has_header", format_["has_header"] if "sheet" not in layout else None)
    try:
        with parts.together(tx, lead_import.id, home=home) as file:
            if is_workbook:
                sheet = layout.get("sheet", format_["sheet"])
                found = sniffing.described_sheet(file, format_, sheet=sheet, has_header=has_header)
            else:
                delimiter = layout.get("delimiter", format_["delimiter"])
                found = sniffing.described(file, format_, delimiter=delimiter, has_header=has_header)
    except RapportError as refusal:
        raise field_error(next(iter(layout)), refusal.message) from None
    lead_import.format, lead_import.mapping = found
