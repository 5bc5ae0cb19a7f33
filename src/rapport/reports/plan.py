"""When a client's next report is due: written down, so that a look costs little and a restart forgets nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.kernel.tx import Reading, Tx
from rapport.people import queries as people
from rapport.reports import queries
from rapport.reports.models import ReportPlan
from rapport.rules.weekly import Terms, Week, next_after, occurrence


@dataclass(frozen=True, slots=True)
class Planned:
    """The report that comes next: its week, and the instant that it was reckoned to be due."""

    week: Week
    at: datetime


def reckon(tx: Tx, client_id: str) -> ReportPlan:
    """The plan of a client by its terms as they are now, locked. What is due and not sent yet stays due, unless the
    terms have changed: then the next is one to come.
    """
    row = _held(tx, client_id)
    client = people.client(tx, client_id)
    if row.client_version != client["version"]:
        row.client_version = client["version"]
        terms, planned = terms_of(client), of(row)
        if terms is None or planned is None or not is_due(planned, terms, tx.now):
            go_on(tx, row, terms)
    return row


def go_on(tx: Tx, row: ReportPlan, terms: Terms | None) -> None:
    """Plan the report after the last that was told; None wants none."""
    if terms is None:
        row.due_at = row.iso_year = row.iso_week = None
        return
    found = next_after(tx.now, terms, told=queries.last_told(tx, row.client_id))
    row.due_at = found.at
    row.iso_year, row.iso_week = found.week


def kept(reading: Reading, client_id: str) -> Planned | None:
    """What is planned for a client."""
    row = queries.planned(reading, client_id)
    return None if row is None else of(row)


def of(row: Any) -> Planned | None:
    """What a row says."""
    return None if row.due_at is None else Planned((row.iso_year, row.iso_week), row.due_at)


def is_due(planned: Planned, terms: Terms, now: datetime) -> bool:
    """Whether it is due, and was reckoned by these terms."""
    return planned.at <= now and occurrence(terms, planned.week).at == planned.at


def day_of(planned: Planned, terms: Terms) -> date:
    """The day of the report that is planned."""
    return occurrence(terms, planned.week).day


def terms_of(client: dict[str, Any]) -> Terms | None:
    """By which clock a client wants its reports; None of one that wants none."""
    wishes = client["report_preferences"]
    if client["archived_at"] is not None or not wishes["enabled"]:
        return None
    return Terms(client["timezone"], wishes["weekday"], wishes["hour"])


def _held(tx: Tx, client_id: str) -> ReportPlan:
    make = postgresql_insert if tx.dialect == "postgresql" else sqlite_insert
    tx.session.execute(make(ReportPlan).values(client_id=client_id, client_version=0).on_conflict_do_nothing())
    return tx.session.get_one(ReportPlan, client_id, with_for_update={"key_share": True})
