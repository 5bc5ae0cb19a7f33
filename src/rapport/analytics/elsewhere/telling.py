"""Taking figures that are counted elsewhere, by client, day, figure and campaign; one told again replaces itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.analytics.elsewhere import queries
from rapport.analytics.models import ExternalFigure
from rapport.events.titles import title
from rapport.kernel.errors import NOT_FOUND, RapportError, field_error
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.people.queries import client

TOLD = title("metrics.told", "{count} figures that are counted elsewhere were told")
PREFIX = "external."
PARTS = 10_000
_X = ExternalFigure.__table__
_KEY = ["client_id", "day", "metric", "dim", "dim_id"]


def tell(tx: Tx, client_id: str, values: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Take figures, all or none; how many are new or other than before, and how many were known."""
    client(tx, client_id)
    wanted = {each["dim_id"] for each in values if each["dim_id"] is not None}
    if queries.campaigns_known(tx, client_id, wanted) != wanted:
        raise RapportError(NOT_FOUND)
    rows = [_row(tx, client_id, each) for each in values]
    if len({tuple(row[name] for name in _KEY) for row in rows}) < len(rows):
        raise field_error("values", "One figure of a day is told twice.")
    make = postgresql_insert if tx.dialect == "postgresql" else sqlite_insert
    given = make(_X)
    statement = given.on_conflict_do_update(
        index_elements=_KEY,
        set_={"value": given.excluded.value, "told_at": given.excluded.told_at},
        where=_X.c.value != given.excluded.value,
    ).returning(_X.c.metric)
    written = len(tx.session.execute(statement, rows, execution_options={SCOPED: True}).all())
    if written:
        tx.touch(client_id)
        tx.emit(TOLD, client_id=client_id, data={"count": written})
    return {"written": written, "unchanged": len(rows) - written}


def _row(tx: Tx, client_id: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "day": told["day"],
        "metric": told["metric"].removeprefix(PREFIX),
        "dim": "client" if told["dim_id"] is None else "campaign",
        "dim_id": told["dim_id"] or "",
        "value": round(told["value"] * PARTS),
        "told_at": tx.now,
    }
