"""Taking in what a source found out: the newest word of each source is kept, and fields go where they may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from rapport.enrichment import events
from rapport.enrichment.models import LeadEnrichment
from rapport.enrichment.queries import client_of
from rapport.kernel import locks
from rapport.kernel.errors import VALIDATION_FAILED, RapportError, field_error
from rapport.kernel.tx import Tx
from rapport.leads import enriching
from rapport.leads.facts import leads
from rapport.leads.naming import shown_name
from rapport.rules.lead_fields import KNOWN, Person, cleaned

STALE, REPEATED = "stale", "repeated"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a word: whether it was newer than the last of its source, and which fields hold by it."""

    applied: bool
    reason: str | None = None
    fields: tuple[str, ...] = ()


def take(
    tx: Tx,
    lead_id: str,
    *,
    source: str,
    fields: Mapping[str, Any],
    brief: str | None,
    said_at: datetime,
    job_id: str | None = None,
) -> Taken:
    """Take a word of a source in. What is older than its last changes nothing, and what is no lead's field is kept."""
    if said_at > tx.now:
        raise field_error("last_updated", "Must not be in the future.")
    client_id = client_of(tx, lead_id)
    locks.take(tx, "leads", client_id)
    given = {name: value for name, value in fields.items() if name in KNOWN and isinstance(value, str)}
    person = _good(cleaned(given))
    row = tx.session.execute(
        select(LeadEnrichment).where(LeadEnrichment.lead_id == lead_id, LeadEnrichment.source == source)
    ).scalar()
    if row is not None and row.said_at >= said_at:
        return Taken(applied=False, reason=REPEATED if row.said_at == said_at else STALE)
    if row is None:
        row = LeadEnrichment(lead_id=lead_id, source=source, client_id=client_id)
        tx.session.add(row)
    row.fields, row.data = given, {name: value for name, value in fields.items() if name not in given}
    row.brief, row.said_at, row.fetched_at, row.job_id = brief, said_at, tx.now, job_id
    held = enriching.enrich(tx, lead_id, person, at=said_at)
    tx.session.flush()  # the lead's name is read by a statement on bare tables
    data = {
        "name": shown_name(leads(tx, [lead_id])[lead_id].row),
        "source": source,
        "fields": ", ".join(held) or "nothing new",
    }
    tx.emit(events.ENRICHED, client_id=client_id, data=data, lead_id=lead_id, job_id=job_id)
    tx.touch(client_id)
    return Taken(applied=True, fields=held)


def forget(tx: Tx, lead_ids: Sequence[str]) -> None:
    """Nothing of what was found out about these leads is kept."""
    tx.session.execute(delete(LeadEnrichment).where(LeadEnrichment.lead_id.in_(list(lead_ids))))


def _good(found: Any) -> Person:
    if isinstance(found, Person):
        return found
    details: dict[str, list[str]] = {}
    for refusal in found:
        details.setdefault(f"fields.{refusal.column}", []).append(refusal.reason)
    raise RapportError(VALIDATION_FAILED, details=details)
