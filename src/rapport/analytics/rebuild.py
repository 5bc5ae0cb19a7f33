"""The rollups of a client made again from the log, and how what was kept differed.

The log is read while no transaction is open. Then the cursor of the consumer is held: what it has counted meanwhile is
counted here as well, and everything is replaced in one commit. Days are counted in the zones as they are set now, so
a campaign whose zone was changed is counted anew by this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete

from rapport.analytics import queries, rollups
from rapport.analytics.models import Measured, Milestone, Rollup
from rapport.events.consumers import Consumer, hold
from rapport.events.queries import between
from rapport.events.titles import title
from rapport.kernel.bulk import insert_rows
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Reading, Tx
from rapport.rules.figures import TYPES, Figures

REBUILT = title("analytics.rebuilt", "The figures were made again from {events} events; {differed} had differed")
_STRETCH = 5_000
_TABLES = (Rollup.__table__, Milestone.__table__, Measured.__table__)


@dataclass
class Counted:
    """What the log says up to an event."""

    figures: Figures
    zones: dict[str, str]
    seq: int = 0


def count(reading: Reading, client_id: str, *, until: int) -> Counted:
    """Count a client's log from its beginning up to an event."""
    zones = queries.zones(reading, client_id, None)
    counted = Counted(Figures(zone=zones[""], zones=zones, marks={}, last={}), zones)
    go_on(reading, client_id, counted, until=until)
    return counted


def go_on(reading: Reading, client_id: str, counted: Counted, *, until: int) -> None:
    """Count on, up to another event."""
    while counted.seq < until:
        upto = min(counted.seq + _STRETCH, until)
        for event in between(reading, client_id, counted.seq, upto, TYPES):
            counted.figures.read(event)
        counted.seq = upto


def replace(tx: Tx, consumer: Consumer, client_id: str, counted: Counted) -> dict[str, int]:
    """Put what was counted in the place of what is kept; answers of how many events, and how many rows differed."""
    cursor = hold(tx, consumer, client_id, skip_locked=False)
    until = cursor.seq if cursor is not None else 0
    zones = queries.zones(tx, client_id, None)
    if any(zones[name] != zone for name, zone in counted.zones.items()):
        counted = count(tx, client_id, until=until)  # a zone was changed while the log was read
    counted.zones.update(zones)
    go_on(tx, client_id, counted, until=until)
    made = _rows(client_id, counted)
    before = queries.kept(tx, client_id, _TABLES)
    differed = sum(len(_set(kept) ^ _set(rows)) for kept, rows in zip(before, made, strict=True))
    for table, rows in zip(_TABLES, made, strict=True):
        tx.session.execute(delete(table).where(table.c.client_id == client_id), execution_options={SCOPED: True})
        insert_rows(tx, table, rows)
    tx.touch(client_id)
    said = {"events": counted.seq, "differed": differed}
    tx.emit(REBUILT, client_id=client_id, data=said)
    return said


def _rows(client_id: str, counted: Counted) -> tuple[list[dict[str, Any]], ...]:
    figures = counted.figures
    measured = [
        {"client_id": client_id, "campaign_id": name, "timezone": figures.zone_of(name), "last_at": at}
        for name, at in sorted(figures.last.items())
    ]
    return (
        [row for row in rollups.rows_of(client_id, figures.counts) if row["value"]],
        list(rollups.marks_of(client_id, figures.marks)),
        measured,
    )


def _set(rows: list[dict[str, Any]]) -> set[tuple[tuple[str, Any], ...]]:
    return {tuple(sorted(row.items())) for row in rows}
