"""What imports do by themselves: their steps, the failure of their jobs, and the upkeep of their files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.jobs.dismiss import DISMISSED
from rapport.jobs.models import Job, JobStatus
from rapport.jobs.registry import JobType
from rapport.jobs.settle import FAILED
from rapport.kernel.tx import Reading, Tx
from rapport.leads.importing import lifecycle, searching, steps
from rapport.leads.models import ImportPart, ImportState, LeadImport
from rapport.ports.unipile import Unipile
from rapport.rules.occurrences import Every

FILE = "leads.import_file"
SEARCH = "leads.import_search"
_RETRIES = 8
_FILES_AT_ONCE = 20


def types(unipile: Unipile, *, home: Path, file_days: int) -> list[JobType]:
    """Importing a file, importing a search, and forgetting old files."""

    def prepare(reading: Reading, job: Job) -> Any:
        return steps.prepare(reading, job.payload["import_id"], home=home)

    def take(tx: Tx, job: Job, prepared: steps.Prepared) -> Any:
        return steps.step(tx, job.payload["import_id"], prepared)

    def fetch(reading: Reading, job: Job) -> Any:
        # Another attempt may have asked for the page that is reserved: then it is reserved anew.
        return searching.fetch(reading, job.payload["import_id"], unipile) if job.attempts == 1 else None

    def take_page(tx: Tx, job: Job, fetched: Any) -> Any:
        return searching.step(tx, job.payload["import_id"], fetched)

    def forget(tx: Tx, _job: Job) -> dict[str, Any]:
        return {"files": forget_files(tx, older_than=timedelta(days=file_days))}

    return [
        JobType(FILE, "Takes in the rows of a file.", handler=take, before=prepare, max_retries=_RETRIES),
        JobType(
            SEARCH,
            "Takes in the people that a LinkedIn search finds, or an account's connections.",
            handler=take_page,
            before=fetch,
            max_retries=_RETRIES,
        ),
        JobType(
            "leads.forget_import_files",
            f"Deletes the files of imports that ended, or were never started, more than {file_days} days ago.",
            handler=forget,
            on_request=True,
            agency=True,
            every=Every(timedelta(days=1), offset=timedelta(hours=4, minutes=15)),
        ),
    ]


def forget_files(tx: Tx, *, older_than: timedelta) -> int:
    """Delete old files, the longest forgotten first; answers how many."""
    before = tx.now - older_than
    kept = select(ImportPart.import_id).where(ImportPart.import_id == LeadImport.id, ImportPart.number == 0)
    ended = LeadImport.finished_at < before
    never_started = (LeadImport.state == ImportState.UPLOADED.value) & (LeadImport.created_at < before)
    found = (
        tx.session.execute(
            select(LeadImport)
            .where(ended | never_started, kept.exists())
            .order_by(LeadImport.created_at)
            .limit(_FILES_AT_ONCE)
            .with_for_update(skip_locked=True, key_share=True)
        )
        .scalars()
        .all()
    )
    for lead_import in found:
        lifecycle.delete_file(tx, lead_import)
    return len(found)


def _on_job_end(tx: Tx, event: Event) -> None:
    """An import whose job gave up, or was dismissed, does not go on."""
    lead_import = tx.session.execute(
        select(LeadImport).where(LeadImport.job_id == event.job_id).with_for_update(key_share=True)
    ).scalar()
    job = tx.session.get(Job, event.job_id) if lead_import is not None else None
    if lead_import is None or job is None or lead_import.state != ImportState.RUNNING.value:
        return
    if job.status == JobStatus.FAILED.value:
        lifecycle.fail(tx, lead_import, job.error_message or "Its job was dismissed.")


CONSUMER = Consumer("leads.imports", frozenset({FAILED, DISMISSED}), _on_job_end)
