"""Reading imports and their problems."""

from __future__ import annotations

import csv
import io
from typing import Any

from sqlalchemy import select

from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.importing.steps import progress
from rapport.leads.models import ImportProblem, ImportState, LeadImport, LeadSource
from rapport.rules.cells import guarded

_I = LeadImport.__table__
_P = ImportProblem.__table__
COLUMNS = list(_I.c)
_SHOWN = (
    *("id", "client_id", "source", "name", "state", "format", "mapping", "size_bytes", "rows_total", "rows_done"),
    *("rows_created", "rows_updated", "rows_unchanged", "rows_bad", "job_id", "error", "created_by", "created_at"),
    *("finished_at", "version"),
)


def dump(row: Any) -> dict[str, Any]:
    """One import as the API shows it."""
    found = row._mapping
    shown = {name: found[name] for name in _SHOWN}
    shown["options"] = {name: value for name, value in found["options"].items() if value is not None}
    shown["percent"] = 100 if found["state"] == ImportState.DONE.value else progress(row)["percent"]
    shown["has_file"] = found["size_bytes"] > 0
    return shown


LISTING = Listing(
    name="imports",
    columns=COLUMNS,
    fields={
        "client_id": Field(_I.c.client_id, "id"),
        "source": Field(_I.c.source, "word", tuple(each.value for each in LeadSource)),
        "state": Field(_I.c.state, "word", tuple(each.value for each in ImportState)),
        "name": Field(_I.c.name, "text"),
        "created_at": Field(_I.c.created_at, "instant"),
    },
    sorts={"created_at": _I.c.created_at},
    default_sort="created_at",
    owner=_I.c.client_id,
    key=_I.c.id,
    dump=dump,
)


def _dump_problem(row: Any) -> dict[str, Any]:
    found = row._mapping
    return {name: found[name] for name in ("row", "column", "reason", "value")}


PROBLEMS = Listing(
    name="import_problems",
    columns=[_P.c.row, _P.c.column, _P.c.reason, _P.c.value],
    fields={"column": Field(_P.c.column, "text"), "row": Field(_P.c.row, "number")},
    sorts={"row": _P.c.row},
    default_sort="row",
    default_order="asc",
    owner=_P.c.client_id,
    key=_P.c.row,
    dump=_dump_problem,
)


def seen(reading: Reading, import_id: str) -> dict[str, Any]:
    """One import as the API shows it."""
    row = reading.one(select(*COLUMNS).where(_I.c.id == import_id, within(reading.scope, _I.c.client_id)))
    return dump(row)


def problems_as_csv(reading: Reading, import_id: str) -> bytes:
    """Every problem of an import, for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["row", "column", "reason", "value"])
    rows = reading.rows(
        select(_P.c.row, _P.c.column, _P.c.reason, _P.c.value)
        .where(_P.c.import_id == import_id, within(reading.scope, _P.c.client_id))
        .order_by(_P.c.row)
    )
    for row in rows:
        writer.writerow([row.row, guarded(row.column or ""), guarded(row.reason), guarded(row.value or "")])
    return out.getvalue().encode("utf-8-sig")
