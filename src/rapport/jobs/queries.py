"""Reading jobs: lists, one, counts, and what needs attention."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select

from rapport.jobs.models import Executor, Job, JobStatus
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.ids import shown_owner
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading, Tx

_J = Job.__table__
_HIDDEN = {"lease_token", "dedupe_key"}
COLUMNS = [column for column in _J.c if column.name not in _HIDDEN]
STATUSES = tuple(status.value for status in JobStatus)


def dump(row: Any) -> dict[str, Any]:
    """One job as the API shows it."""
    shown = dict(row._mapping)
    shown["client_id"] = shown_owner(shown["client_id"])
    return shown


LISTING = Listing(
    name="jobs",
    columns=COLUMNS,
    fields={
        "client_id": Field(_J.c.client_id, "id"),
        "type": Field(_J.c.type, "text"),
        "status": Field(_J.c.status, "word", STATUSES),
        "executor": Field(_J.c.executor, "word", tuple(each.value for each in Executor)),
        "entity_type": Field(_J.c.entity_type, "text"),
        "entity_id": Field(_J.c.entity_id, "text"),
        "created_by": Field(_J.c.created_by, "text"),
        "error_code": Field(_J.c.error_code, "text"),
        "created_at": Field(_J.c.created_at, "instant"),
        "completed_at": Field(_J.c.completed_at, "instant"),
        "archived_at": Field(_J.c.archived_at, "instant"),
        "dismissed_at": Field(_J.c.dismissed_at, "instant"),
    },
    sorts={"created_at": _J.c.created_at, "run_at": _J.c.run_at, "priority": _J.c.priority},
    default_sort="created_at",
    owner=_J.c.client_id,
    key=_J.c.id,
    dump=dump,
)

NEEDS_ATTENTION: tuple[ColumnElement[bool], ...] = (
    _J.c.status == JobStatus.FAILED.value,
    _J.c.dismissed_at.is_(None),
)


def created_by(label: str) -> ColumnElement[bool]:
    """The condition that picks the jobs somebody asked for."""
    return _J.c.created_by == label


def seen(reading: Reading, job_id: str, *where: ColumnElement[bool]) -> dict[str, Any]:
    """One job as the API shows it."""
    row = reading.one(select(*COLUMNS).where(_J.c.id == job_id, within(reading.scope, _J.c.client_id), *where))
    return dump(row)


def get(tx: Tx, job_id: str, *where: ColumnElement[bool]) -> Job:
    """One job to be changed, locked."""
    job = tx.session.execute(select(Job).where(Job.id == job_id, *where).with_for_update(key_share=True)).scalar()
    if job is None:
        raise RapportError(NOT_FOUND)
    return job


def counts(reading: Reading, *where: ColumnElement[bool]) -> dict[str, int]:
    """How many jobs stand in each state (not archived), and how many need attention."""
    mine = (within(reading.scope, _J.c.client_id), *where)
    rows = reading.rows(
        select(_J.c.status, func.count()).where(_J.c.archived_at.is_(None), *mine).group_by(_J.c.status)
    )
    found: dict[str, int] = dict.fromkeys(STATUSES, 0) | {row[0]: row[1] for row in rows}
    found["needs_attention"] = reading.rows(
        select(func.count()).select_from(_J).where(*NEEDS_ATTENTION, *mine)
    ).scalar_one()
    return found
