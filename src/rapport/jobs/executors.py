"""Who does a kind of work for a client: a worker here, or the client's n8n where that was chosen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.events.titles import title
from rapport.jobs.models import Executor, JobExecutor
from rapport.jobs.registry import JobType, JobTypes
from rapport.kernel.errors import field_error
from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Reading, Tx

CHOSEN = title("job.executor_chosen", "The work {type} is done by {executor} from now on")
_X = JobExecutor.__table__


def executor_of(reading: Reading, job_type: JobType, client_id: str) -> Executor:
    """Who does this work for this client."""
    if not job_type.by_n8n_too:
        return job_type.executor
    mine = (_X.c.client_id == client_id, _X.c.type == job_type.name, within(reading.scope, _X.c.client_id))
    found = reading.rows(select(_X.c.executor).where(*mine)).scalar()
    return job_type.executor if found is None else Executor(found)


def choose(tx: Tx, job_type: JobType, client_id: str, executor: Executor) -> None:
    """Have somebody else do this work for a client from now on."""
    if not job_type.by_n8n_too:
        raise field_error("type", "This work is always done by the same.")
    make = postgresql_insert if tx.session.connection().dialect.name == "postgresql" else sqlite_insert
    row = {"client_id": client_id, "type": job_type.name, "executor": executor.value, "set_at": tx.now}
    changed = {"executor": executor.value, "set_at": tx.now}
    statement = make(_X).on_conflict_do_update(index_elements=["client_id", "type"], set_=changed)
    tx.session.execute(statement, [row], execution_options={SCOPED: True})
    tx.emit(CHOSEN, client_id=client_id, data={"type": job_type.name, "executor": executor.value})


def shown(reading: Reading, types: JobTypes, client_id: str) -> list[dict[str, Any]]:
    """The kinds of work of which a client may choose who does it, and who does."""
    return [
        {
            "type": each.name,
            "executor": executor_of(reading, each, client_id).value,
            "usual": each.executor.value,
        }
        for each in types.all()
        if each.by_n8n_too
    ]
