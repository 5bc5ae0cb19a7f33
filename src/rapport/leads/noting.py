"""What somebody writes down about a lead."""

from __future__ import annotations

from sqlalchemy import select

from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.tx import Tx
from rapport.leads import events, persons
from rapport.leads.models import Lead, LeadNote


def add(tx: Tx, lead: Lead, text: str) -> LeadNote:
    """Write a note. The log tells that there is one, not what it says."""
    note = LeadNote(
        id=tx.new_id(),
        client_id=lead.client_id,
        lead_id=lead.id,
        text=text,
        author_id=persons.author(tx),
        created_at=tx.now,
    )
    tx.session.add(note)
    persons.tell(tx, events.NOTED, lead, note_id=note.id)
    return note


def remove(tx: Tx, note_id: str) -> None:
    """Take a note away."""
    note = tx.session.execute(select(LeadNote).where(LeadNote.id == note_id)).scalar()
    if note is None:
        raise RapportError(NOT_FOUND)
    lead = persons.get(tx, note.lead_id)
    tx.session.delete(note)
    persons.tell(tx, events.NOTE_REMOVED, lead, note_id=note_id)
