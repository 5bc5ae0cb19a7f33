"""What a push finds out and does at a CRM, while no transaction is open; settled by `settling.py`.

A lead's contact is looked for by its id there, then by our key, then by the lead's address; only when it is nowhere is
it made. Where making is not by a key that the CRM keeps unique, the intent is committed first (`Begin`): a try that
finds an intent it did not just write itself looks again, for as long as a CRM may hide what was made, before it makes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rapport.crm import queries
from rapport.crm.queries import MARK, Note, Subject
from rapport.flags.names import Feature
from rapport.flags.queries import is_on
from rapport.jobs.registry import CannotHealError
from rapport.kernel.crypto import Keys
from rapport.kernel.tx import Reading
from rapport.outbox.claim import open_secret
from rapport.outbox.words import ConnectionStatus
from rapport.ports.crm import Access, Contact, Crm, Crms, ParkedError, RefusedError, TakenError
from rapport.rules import crm_contacts

GRACE = timedelta(minutes=2)
"""How long a CRM may hide from a search what was made: far more than any says."""


@dataclass(frozen=True, slots=True)
class Linked:
    """The lead is this contact, and says there what we know."""

    external_id: str
    how: str
    told: str
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the CRM calls the field of our key."""

    field: str


@dataclass(frozen=True, slots=True)
class Begin:
    """Something is to be made that the CRM would make twice: the intent must be written down before."""

    event_id: str | None = None
    """Of a note."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """It may have been made and not be found yet."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Noted:
    """The note stands there, or is none any more."""

    event_id: str
    is_written: bool


@dataclass(frozen=True, slots=True)
class Disputed:
    """The CRM says something that a person must decide."""

    error: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing is said there, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Parked:
    """The CRM takes nothing before an instant."""

    code: str
    until: datetime
    alarming: bool


Outcome = Linked | Prepared | Begin | NotYet | Noted | Disputed | Skipped | Parked


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of it, and as of which asking."""

    outcome: Outcome
    asked_at: datetime | None


def push(
    reading: Reading, link_id: str, progress: dict[str, Any], *, crms: Crms, keys: Keys, off: Collection[str]
) -> Pushed:
    """Do the next thing for a link. What cannot heal and what may be tried again is raised."""
    subject = queries.subject(reading, link_id)
    if subject is None:
        return Pushed(Skipped("connection_removed"), None)
    asked_at: datetime = subject.link["asked_at"]
    kept_back = _kept_back(reading, subject, off)
    if kept_back is not None:
        return Pushed(kept_back, asked_at)
    try:
        return Pushed(_at_the_crm(reading, subject, progress, crms, keys), asked_at)
    except ParkedError as parked:
        return Pushed(Parked(parked.code, parked.until, parked.alarming), asked_at)
    except TakenError as taken:
        return Pushed(Disputed(_word(taken.code, taken.contact_id)), asked_at)
    except RefusedError as refused:
        error = str(refused)
    raise CannotHealError(error)


def access_to(connection: Any, terms: Any, keys: Keys, now: datetime) -> Access:
    """How a connection's CRM is opened."""
    return Access(connection.kind, open_secret(connection, keys, now), terms["object"], terms["field"])


def _kept_back(reading: Reading, subject: Subject, off: Collection[str]) -> Skipped | Parked | None:
    if subject.is_gone is not None:
        return Skipped(subject.is_gone)
    if subject.connection.status == ConnectionStatus.DISABLED.value:
        return Skipped("connection_disabled")
    if not is_on(reading, Feature.CRM, subject.link["client_id"], off=off):
        return Skipped(f"flag {Feature.CRM.value}")
    free_at = subject.terms["free_at"]
    if free_at is not None and free_at > reading.now:
        return Parked(subject.terms["free_reason"] or "parked", free_at, alarming=False)
    return None


def _at_the_crm(reading: Reading, subject: Subject, progress: dict[str, Any], crms: Crms, keys: Keys) -> Outcome:
    crm = crms.open(access_to(subject.connection, subject.terms, keys, reading.now), now=reading.now)
    if subject.terms["field"] is None:
        return Prepared(crm.prepare())
    if "note" in progress:
        note = next((each for each in subject.notes if each.event_id == progress["note"]), None)
        if note is None:
            return Noted(progress["note"], is_written=False)
        return _note(reading, crm, subject, note, fresh=progress.get("intent"))
    return _contact(crm, subject, reading.now, fresh=progress.get("intent"))


def _contact(crm: Crm, subject: Subject, now: datetime, *, fresh: str | None) -> Outcome:
    link = subject.link
    values = crm_contacts.told(
        subject.facts, holds=crm.holds, needs=crm.needs, unknown=bool(subject.terms["unknown_names"])
    )
    missing = crm_contacts.missing(values, crm.needs)
    told = crm_contacts.fingerprint(values, overwrite=bool(subject.terms["overwrite"]))
    if missing is None and link["external_id"] is not None and link["last_hash"] == told and not link["force"]:
        return Linked(link["external_id"], "unchanged", told, tuple(link["differs"]))
    return (
        Skipped(f"missing {missing}") if missing is not None else _found_or_made(crm, subject, now, values, told, fresh)
    )


def _found_or_made(
    crm: Crm, subject: Subject, now: datetime, values: dict[str, str], told: str, fresh: str | None
) -> Outcome:
    link = subject.link
    is_fresh = fresh is not None and fresh == link["intent"]
    there = None if is_fresh else _there(crm, subject)
    if isinstance(there, Disputed):
        return there
    if there is not None:
        return _write(crm, subject, there, values, told)
    if link["external_id"] is not None and not link["recreate"]:
        return Disputed(_word("deleted_there", link["external_id"]))
    return _create(crm, subject, values, told) if crm.creates_once or is_fresh else _first(link, now)


def _first(link: Mapping[str, Any], now: datetime) -> Begin | NotYet:
    """What comes before a contact is made where making twice makes two."""
    until = link["intent_at"] + GRACE if link["intent"] is not None else now
    return NotYet(until) if now < until else Begin()


def _there(crm: Crm, subject: Subject) -> Contact | Disputed | None:
    """The contact that is this lead, by whatever it is known."""
    if subject.link["external_id"] is not None:
        known = crm.by_id(subject.link["external_id"])
        if known is not None:
            return known
    for lead_id in subject.lead_ids:
        found = crm.by_key(lead_id)
        if len(found) > 1:
            return Disputed(_word("several_contacts", " ".join(each.id for each in found)))
        if found:
            return found[0]
    email = subject.facts["email"]
    found = crm.by_email(email) if email else []
    if len(found) > 1:
        return Disputed(_word("several_contacts", " ".join(each.id for each in found)))
    return found[0] if found else None


def _write(crm: Crm, subject: Subject, there: Contact, values: dict[str, str], told: str) -> Outcome:
    """Say there what we know, and our key where it does not stand."""
    lead_id = subject.link["lead_id"]
    if there.key is not None and there.key not in subject.lead_ids:
        return Disputed(_word("other_lead", there.key))
    writing = crm_contacts.writing(values, there.values, overwrite=bool(subject.terms["overwrite"]))
    key = lead_id if there.key != lead_id else None
    if writing.fill or key is not None:
        crm.update(there.id, writing.fill, key=key)
    how = "adopted" if there.key is None else "updated" if writing.fill or key else "found"
    return Linked(there.id, how, told, writing.differs)


def _create(crm: Crm, subject: Subject, values: dict[str, str], told: str) -> Outcome:
    try:
        return Linked(crm.create(subject.link["lead_id"], values), "created", told)
    except TakenError as taken:
        there = crm.by_id(taken.contact_id) if taken.contact_id is not None else None
        if there is None:
            raise
    return _write(crm, subject, there, values, told)


def _note(reading: Reading, crm: Crm, subject: Subject, note: Note, *, fresh: str | None) -> Outcome:
    contact_id, mark = subject.link["external_id"], MARK.format(note.event_id)
    text = queries.written(reading, note.message_id)
    if contact_id is None or text is None:
        return Noted(note.event_id, is_written=False)
    if fresh is None or fresh != note.intent:
        if note.intent is not None and note.intent_at is not None:
            if crm.has_note(contact_id, mark):
                return Noted(note.event_id, is_written=True)
            if reading.now < note.intent_at + GRACE:
                return NotYet(note.intent_at + GRACE)
        return Begin(note.event_id)
    crm.add_note(contact_id, text, mark=mark, at=note.at)
    return Noted(note.event_id, is_written=True)


def _word(code: str, about: str | None) -> str:
    return f"{code} {about}"[:200] if about else code
