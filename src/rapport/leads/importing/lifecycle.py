"""An import from its upload to its end: uploaded → running → done, failed or cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any

from sqlalchemy import select

from rapport.jobs.enqueue import enqueue
from rapport.jobs.registry import JobType
from rapport.kernel.errors import IMPORT_STATE, NOT_FOUND, RapportError, field_error
from rapport.kernel.tx import Tx
from rapport.leads import events
from rapport.leads.importing import parts
from rapport.leads.models import ImportState, LeadImport, LeadSource
from rapport.rules.columns import CUSTOM, TAGS, TARGETS
from rapport.rules.lead_fields import KNOWN, MOST_CUSTOM, custom_name

IDENTIFYING = frozenset({"profile_url", "public_identifier", "provider_id", "member_id", "email"})


def get(tx: Tx, import_id: str) -> LeadImport:
    """An import to be changed, locked."""
    found = tx.session.execute(
        select(LeadImport)
        .where(LeadImport.id == import_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)  # it may have been read before it was locked
    ).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return found


def add(
    tx: Tx,
    client_id: str,
    *,
    source: LeadSource,
    name: str,
    format: Mapping[str, Any],  # noqa: A002 - the word of the table
    mapping: Mapping[str, str | None],
    options: Mapping[str, Any],
) -> LeadImport:
    """A new import that waits to be started."""
    made = LeadImport(
        id=tx.new_id(),
        client_id=client_id,
        source=source.value,
        name=name[:200],
        state=ImportState.UPLOADED.value,
        format=dict(format),
        mapping=dict(mapping),
        options=dict(options),
        size_bytes=0,
        rows_done=0,
        rows_created=0,
        rows_updated=0,
        rows_unchanged=0,
        rows_bad=0,
        created_by=tx.actor.id if tx.actor.type == "user" else None,
        created_at=tx.now,
    )
    tx.session.add(made)
    tx.session.flush()  # what hangs on it is written by statements of its own
    return made


def keep_file(tx: Tx, lead_import: LeadImport, file: IO[bytes]) -> None:
    """Keep the file of an import."""
    lead_import.size_bytes = parts.store(tx, lead_import.id, lead_import.client_id, file)


def set_mapping(lead_import: LeadImport, mapping: Mapping[str, str | None]) -> None:
    """Say what columns are; those not named stay as they are."""
    merged = {**lead_import.mapping, **mapping}
    unknown = [name for name in mapping if name not in lead_import.format["columns"]]
    if unknown:
        raise field_error("mapping", f'The file has no column "{unknown[0][:80]}".')
    for name, target in mapping.items():
        if target is not None and target not in TARGETS and not _is_custom(target):
            raise field_error("mapping", f'"{name[:80]}": must be a field of a lead, tags, custom.<name> or null.')
    targets = [target for target in merged.values() if target is not None]
    twice = next((target for target in targets if targets.count(target) > 1), None)
    if twice is not None:
        raise field_error("mapping", f"Two columns are {twice}.")
    if sum(target.startswith(CUSTOM) for target in targets) > MOST_CUSTOM:
        raise field_error("mapping", f"At most {MOST_CUSTOM} custom fields.")
    lead_import.mapping = merged


def _is_custom(target: str) -> bool:
    name = target.removeprefix(CUSTOM)
    return target.startswith(CUSTOM) and name == custom_name(name) and name not in KNOWN and name != TAGS


def start(tx: Tx, lead_import: LeadImport, job_type: JobType) -> None:
    """Let the rows be taken in."""
    require(lead_import, ImportState.UPLOADED)
    if not IDENTIFYING & set(lead_import.mapping.values()):
        raise field_error("mapping", "Say which column holds LinkedIn profiles or email addresses.")
    run(tx, lead_import, job_type)


def run(tx: Tx, lead_import: LeadImport, job_type: JobType) -> None:
    """Begin the work of an import that is ready."""
    lead_import.state = ImportState.RUNNING.value
    job, _ = enqueue(
        tx,
        job_type,
        client_id=lead_import.client_id,
        payload={"import_id": lead_import.id},
        entity=("import", lead_import.id),
        entity_label=lead_import.name,
        dedupe_key=f"import:{lead_import.id}",
    )
    lead_import.job_id = job.id
    tx.emit(events.IMPORT_STARTED, client_id=lead_import.client_id, data=_data(lead_import), job_id=lead_import.job_id)


def cancel(tx: Tx, lead_import: LeadImport) -> None:
    """Take no further row in; what came in stays. Cancelling twice changes nothing."""
    if lead_import.state != ImportState.CANCELLED.value:
        require(lead_import, ImportState.UPLOADED, ImportState.RUNNING)
        _end(tx, lead_import, ImportState.CANCELLED)
        tx.emit(
            events.IMPORT_CANCELLED, client_id=lead_import.client_id, data=_data(lead_import), job_id=lead_import.job_id
        )


def finish(tx: Tx, lead_import: LeadImport) -> dict[str, int]:
    """Every row's fate is known; answers how many met which."""
    _end(tx, lead_import, ImportState.DONE)
    counts = {
        "created": lead_import.rows_created,
        "updated": lead_import.rows_updated,
        "unchanged": lead_import.rows_unchanged,
        "bad": lead_import.rows_bad,
    }
    data = {**_data(lead_import), **counts}
    tx.emit(events.IMPORT_FINISHED, client_id=lead_import.client_id, data=data, job_id=lead_import.job_id)
    return counts


def fail(tx: Tx, lead_import: LeadImport, error: str) -> None:
    """The import cannot go on; what came in stays."""
    lead_import.error = error[:500]
    _end(tx, lead_import, ImportState.FAILED)
    data = {**_data(lead_import), "error": error[:200]}
    tx.emit(events.IMPORT_FAILED, client_id=lead_import.client_id, data=data, job_id=lead_import.job_id)


def delete_file(tx: Tx, lead_import: LeadImport) -> None:
    """Forget the file. An import that was not started is cancelled by it; one that runs needs its file."""
    if lead_import.state == ImportState.UPLOADED.value:
        cancel(tx, lead_import)
    require(lead_import, ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED)
    parts.drop(tx, lead_import.client_id, lead_import.id)
    lead_import.size_bytes = 0


def require(lead_import: LeadImport, *states: ImportState) -> None:
    """Refuse what cannot be done in the state of an import."""
    if lead_import.state not in {state.value for state in states}:
        raise RapportError(IMPORT_STATE, details={"state": [f"Is {lead_import.state}."]})


def _end(tx: Tx, lead_import: LeadImport, state: ImportState) -> None:
    lead_import.state = state.value
    lead_import.finished_at = tx.now


def _data(lead_import: LeadImport) -> dict[str, Any]:
    return {"name": lead_import.name, "import_id": lead_import.id}


def tidy_options(*, tags: Sequence[str], overwrite: bool) -> dict[str, Any]:
    """Options as they are kept."""
    return {"tags": list(tags), "overwrite": overwrite}
