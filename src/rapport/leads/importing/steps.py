"""One step of a file's import: some rows, what became of each, and where the next step begins, in one commit.

A worker that dies before it leaves nothing of its step; the next goes on at the same place.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import IO, Any, assert_never

from rapport.jobs.registry import Again
from rapport.kernel.bulk import insert_rows
from rapport.kernel.errors import IMPORT_NOT_READABLE, RapportError
from rapport.kernel.tx import Reading, Tx
from rapport.leads.arriving import Arrived, Outcome, arrive
from rapport.leads.importing import lifecycle
from rapport.leads.importing.reading import UNPACKED, Batch, place_of, read_on, unpack
from rapport.leads.importing.taking import Problem, Taken
from rapport.leads.models import ImportProblem, ImportState, LeadImport, LeadSource

ROWS = 1_000
"""Rows of a step: on SQLite nobody else writes while one is committed."""
_PROBLEM = ImportProblem.__table__
SAID_BY = "import"

Prepared = Batch | IO[bytes] | str | None
"""Rows to be taken in, an unpacked workbook, why the file cannot be read, or nothing to do."""


def prepare(reading: Reading, import_id: str, *, home: Path) -> Prepared:
    """Read and clean the rows of the next step, while others may write."""
    lead_import = reading.session.get(LeadImport, import_id)
    if lead_import is None or lead_import.state != ImportState.RUNNING.value:
        return None
    try:
        if lead_import.format["kind"] == "xlsx":
            return unpack(reading, lead_import, home=home)
    except RapportError as refusal:
        if refusal.code is not IMPORT_NOT_READABLE:
            raise
        return refusal.message
    return read_on(reading, lead_import, most=ROWS)


def step(tx: Tx, import_id: str, prepared: Prepared) -> Mapping[str, Any] | Again:
    """Take the rows of a step in."""
    lead_import = lifecycle.get(tx, import_id)
    if prepared is None or lead_import.state != ImportState.RUNNING.value:
        return {"state": lead_import.state}
    if isinstance(prepared, str):
        lifecycle.fail(tx, lead_import, prepared)
        return {"state": lead_import.state, "error": prepared}
    if isinstance(prepared, Batch):
        return _take_in(tx, lead_import, prepared)
    with closing(prepared):
        lifecycle.keep_file(tx, lead_import, prepared)
    lead_import.format = {**lead_import.format, "kind": UNPACKED}
    return Again(progress(lead_import))


def _take_in(tx: Tx, lead_import: LeadImport, batch: Batch) -> Mapping[str, Any] | Again:
    if batch.began != place_of(lead_import.resume):
        return Again(progress(lead_import))
    take_rows(tx, lead_import, batch.rows)
    lead_import.resume = {"offset": batch.place.offset, "line": batch.place.line}
    if not batch.is_last:
        return Again(progress(lead_import))
    lead_import.rows_total = lead_import.rows_done
    return lifecycle.finish(tx, lead_import)


def take_rows(
    tx: Tx,
    lead_import: LeadImport,
    rows: list[Taken | Problem],
    *,
    counted_from: int = 0,
    source_detail: str | None = None,
) -> list[Arrived]:
    """Take persons in, write problems down, and count.

    Rows before `counted_from` were counted when they were read the first time; they count again only when they
    brought something. Answers what became of the persons.
    """
    taken = [row for row in rows if isinstance(row, Taken)]
    problems = [row for row in rows if isinstance(row, Problem)]
    arrived = arrive(
        tx,
        lead_import.client_id,
        [row.person for row in taken],
        source=LeadSource(lead_import.source),
        said_by=SAID_BY,
        source_detail=source_detail or lead_import.name,
        overwrite=lead_import.options["overwrite"],
    )
    for row, each in zip(taken, arrived, strict=True):
        match each.outcome:
            case Outcome.CREATED:
                lead_import.rows_created += 1
            case Outcome.UPDATED:
                lead_import.rows_updated += 1
            case Outcome.UNCHANGED:
                lead_import.rows_unchanged += row.row >= counted_from
            case Outcome.ERASED:
                problems.append(Problem(row.row, None, "This person asked to be erased and is not kept again.", None))
            case _:
                assert_never(each.outcome)
    problems = [row for row in problems if row.row >= counted_from]
    insert_rows(tx, _PROBLEM, [_problem(lead_import, problem) for problem in problems])
    lead_import.rows_bad += len(problems)
    lead_import.rows_done = (
        lead_import.rows_created + lead_import.rows_updated + lead_import.rows_unchanged + lead_import.rows_bad
    )
    return arrived


def _problem(lead_import: LeadImport, problem: Problem) -> dict[str, Any]:
    return {
        "import_id": lead_import.id,
        "client_id": lead_import.client_id,
        "row": problem.row,
        "column": problem.column[:120] if problem.column else None,
        "reason": problem.reason[:300],
        "value": problem.value[:200] if problem.value else None,
    }


def progress(lead_import: LeadImport) -> dict[str, Any]:
    """How far an import came, as its job and its own page show it."""
    offset = (lead_import.resume or {}).get("offset", 0)
    return {
        "rows": lead_import.rows_done,
        "bad": lead_import.rows_bad,
        "percent": min(100, offset * 100 // lead_import.size_bytes) if lead_import.size_bytes else None,
    }
