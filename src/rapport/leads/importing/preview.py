"""What an import would do, shown on its first rows. Nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rapport.kernel.tx import Reading
from rapport.leads.arriving import known
from rapport.leads.importing.reading import first_rows
from rapport.leads.importing.taking import Problem, Taken
from rapport.leads.models import LeadImport

_LOOKED_AT = 200
_SHOWN = 20


def preview(reading: Reading, lead_import: LeadImport, *, home: Path) -> dict[str, Any]:
    """The first 20 rows as they would be taken, and counts over the first 200."""
    rows = first_rows(reading, lead_import, most=_LOOKED_AT, home=home)
    persons = [row.person for row in rows if isinstance(row, Taken)]
    owners = known(reading, lead_import.client_id, persons)
    return {
        "mapping": lead_import.mapping,
        "warnings": lead_import.format["warnings"],
        "rows": [_shown(row) for row in rows[:_SHOWN]],
        "sample_rows": len(rows),
        "sample_good": len(persons),
        "sample_bad": len(rows) - len(persons),
        "sample_known": sum(any(key in owners for key in person.identities.items()) for person in persons),
    }


def _shown(row: Taken | Problem) -> dict[str, Any]:
    if isinstance(row, Problem):
        problem = {"row": row.row, "column": row.column, "reason": row.reason, "value": row.value}
        return {"row": row.row, "person": None, "problem": problem}
    person = row.person
    shown = {
        "fields": dict(person.fields),
        "identities": dict(person.identities),
        "custom": dict(person.custom),
        "tags": list(person.tags),
    }
    return {"row": row.row, "person": shown, "problem": None}
