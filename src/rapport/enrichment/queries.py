"""Reading what was found out about leads, and how much of it is old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from rapport.enrichment.models import LeadEnrichment
from rapport.jobs.models import Job, JobStatus
from rapport.kernel.db import is_one_of
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.models import Lead

FRESH_FOR = timedelta(days=90)
JOB = "lead.enrich"
_E, _L, _J = LeadEnrichment.__table__, Lead.__table__, Job.__table__
_SHOWN = tuple(column for column in _E.c if column.name not in ("client_id", "lead_id"))


def client_of(reading: Reading, lead_id: str) -> str:
    """Whose lead it is; one that is gone, erased or somebody else's is not found."""
    mine = (_L.c.id == lead_id, _L.c.erased_at.is_(None), _L.c.merged_into_id.is_(None))
    found = reading.rows(select(_L.c.client_id).where(*mine, within(reading.scope, _L.c.client_id))).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return str(found)


def of_lead(reading: Reading, lead_id: str) -> dict[str, Any]:
    """What is known of a lead by each source, the newest first, and whether somebody is at it."""
    client_of(reading, lead_id)
    rows = reading.rows(
        select(*_SHOWN)
        .where(_E.c.lead_id == lead_id, within(reading.scope, _E.c.client_id))
        .order_by(_E.c.said_at.desc(), _E.c.source)
    )
    items = [{**row._mapping, "is_stale": row.fetched_at < reading.now - FRESH_FOR} for row in rows]
    return {"is_running": _is_running(reading, lead_id), "items": items}


def _is_running(reading: Reading, lead_id: str) -> bool:
    statement = select(_J.c.id).where(
        _J.c.entity_type == "lead",
        _J.c.entity_id == lead_id,
        _J.c.type == JOB,
        _J.c.archived_at.is_(None),
        is_one_of(_J.c.status, JobStatus.PENDING.value, JobStatus.PROCESSING.value),
        within(reading.scope, _J.c.client_id),
    )
    return reading.rows(statement.limit(1)).first() is not None


def stale(reading: Reading, client_id: str) -> int:
    """Of how many leads of a client everything that was found out is old."""
    newest = (
        select(func.max(_E.c.fetched_at, type_=_E.c.fetched_at.type).label("at"))
        .where(_E.c.client_id == client_id, within(reading.scope, _E.c.client_id))
        .group_by(_E.c.lead_id)
        .subquery()
    )
    statement = select(func.count()).select_from(newest).where(newest.c.at < reading.now - FRESH_FOR)
    return int(reading.rows(statement).scalar_one())


def identifier(reading: Reading, lead_id: str) -> tuple[str | None, str | None]:
    """By what a lead's profile is found, and which account first contacted them."""
    row = reading.rows(
        select(_L.c.provider_id, _L.c.public_identifier, _L.c.member_id, _L.c.account_id).where(
            _L.c.id == lead_id, _L.c.erased_at.is_(None), within(reading.scope, _L.c.client_id)
        )
    ).first()
    if row is None:
        return None, None
    return row.provider_id or row.public_identifier or row.member_id, row.account_id
