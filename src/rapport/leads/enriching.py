"""What others found out about a lead: written where nobody heavier, or later, said something else."""

from __future__ import annotations

from datetime import datetime

from rapport.kernel.tx import Tx
from rapport.leads import events, knowing, persons
from rapport.rules.lead_fields import Person
from rapport.rules.said import ENRICHMENT, said, weight


def enrich(tx: Tx, lead_id: str, person: Person, *, at: datetime) -> tuple[str, ...]:
    """Give a lead what was found, as of `at`; answers the fields that hold now. What an operator typed stays."""
    lead = persons.get(tx, lead_id)
    note = said(ENRICHMENT, at)
    told = []
    for name, value in person.fields.items():
        current = getattr(lead, name)
        if current is not None and weight(lead.field_sources.get(name)) > weight(note):
            continue
        if current != value:
            setattr(lead, name, value)
            told.append(name)
        lead.field_sources = lead.field_sources | {name: note}
    if told:
        persons.derive(lead)
        lead.updated_at = tx.now
        persons.tell(tx, events.CHANGED, lead, fields=", ".join(sorted(told)))
    return (*sorted(told), *knowing.learn(tx, lead_id, person.identities))
