"""Settling a step of a push: written under the link's lock, in one commit with the job that goes on or ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from sqlalchemy import select

from rapport.crm import events, queries
from rapport.crm.models import CrmLink, CrmNote, CrmTerms
from rapport.crm.pushing import Begin, Disputed, Linked, Noted, NotYet, Parked, Prepared, Pushed, Skipped
from rapport.crm.words import LinkStatus, NoteStatus
from rapport.jobs.registry import Again
from rapport.kernel.tx import Tx
from rapport.outbox import connections, health

Result = Mapping[str, Any] | Again


def settle(tx: Tx, link_id: str, pushed: Pushed) -> Result:
    """What becomes of the link, and what the job does next."""
    link = hold(tx, link_id)
    if link is None:
        return {"status": LinkStatus.SKIPPED.value, "error": "link_removed"}
    connection = connections.find(tx, link.connection_id)
    if connection is None:
        return end(tx, link, LinkStatus.SKIPPED, "connection_removed")
    return _settled(tx, link, connection, pushed)


def _settled(tx: Tx, link: CrmLink, connection: Any, pushed: Pushed) -> Result:
    match pushed.outcome:
        case Prepared(field=field):
            tx.session.get_one(CrmTerms, link.connection_id).field = field
            result: Result = Again({"step": "look"})
        case Begin() as begin:
            result = _begin(tx, link, begin)
        case NotYet(until=until):
            result = Again({"step": "look"}, at=until)
        case Parked() as parked:
            _park(tx, link, connection, parked)
            result = Again({"step": "wait"}, at=parked.until)
        case Disputed(error=error):
            result = end(tx, link, LinkStatus.CONFLICT, error)
        case Skipped(reason=reason):
            result = end(tx, link, LinkStatus.SKIPPED, reason)
        case Linked() as linked:
            health.succeeded(connection, tx.now)
            result = _linked(tx, link, linked, pushed)
        case Noted() as noted:
            result = _noted(tx, link, noted, pushed)
        case _:
            assert_never(pushed.outcome)
    return result


def _begin(tx: Tx, link: CrmLink, begin: Begin) -> Again:
    """Write the intent down: only who comes back with it may make without looking."""
    intent = tx.new_id()
    if begin.event_id is None:
        link.intent, link.intent_at = intent, tx.now
        return Again({"step": "make", "intent": intent})
    note = tx.session.get_one(CrmNote, (link.id, begin.event_id))
    note.intent, note.intent_at = intent, tx.now
    return Again({"step": "note", "note": begin.event_id, "intent": intent})


def hold(tx: Tx, link_id: str) -> CrmLink | None:
    """A link, locked."""
    return tx.session.execute(
        select(CrmLink)
        .where(CrmLink.id == link_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).scalar()


def end(tx: Tx, link: CrmLink, status: LinkStatus, error: str) -> dict[str, Any]:
    """The push ends here, for this reason."""
    link.status, link.error, link.updated_at = status.value, error[:200], tx.now
    link.force = link.recreate = False
    told = {
        LinkStatus.CONFLICT: events.CONFLICT,
        LinkStatus.SKIPPED: events.SKIPPED,
        LinkStatus.FAILED: events.FAILED,
    }
    tell(tx, link, told[status], error=error[:200])
    return {"status": status.value, "error": link.error}


def tell(tx: Tx, link: CrmLink, event_type: str, **data: Any) -> None:
    """Say in the log what became of a lead at a CRM."""
    name = queries.names_of(tx, [link.lead_id])[link.lead_id]
    crm = queries.name_of(tx, link.connection_id)
    shown = {"name": name, "crm": crm, "link_id": link.id, "connection_id": link.connection_id, **data}
    tx.emit(event_type, client_id=link.client_id, data=shown, lead_id=link.lead_id)


def linked_to(tx: Tx, link: CrmLink, external_id: str) -> CrmLink | None:
    """The other lead that is this contact already."""
    return tx.session.execute(
        select(CrmLink).where(
            CrmLink.connection_id == link.connection_id,
            CrmLink.external_id == external_id,
            CrmLink.id != link.id,
        )
    ).scalar()


def _linked(tx: Tx, link: CrmLink, linked: Linked, pushed: Pushed) -> Result:
    other = linked_to(tx, link, linked.external_id)
    if other is not None:
        return end(tx, link, LinkStatus.CONFLICT, f"other_lead {other.lead_id}")
    link.external_id, link.last_hash, link.differs = linked.external_id, linked.told, list(linked.differs)
    link.intent = link.intent_at = None
    link.status, link.error, link.synced_at, link.updated_at = LinkStatus.SYNCED.value, None, tx.now, tx.now
    if linked.how != "unchanged":
        tell(tx, link, events.SYNCED, how=linked.how, external_id=linked.external_id)
    return _next(tx, link, pushed, {"how": linked.how, "external_id": linked.external_id})


def _noted(tx: Tx, link: CrmLink, noted: Noted, pushed: Pushed) -> Result:
    note = tx.session.get(CrmNote, (link.id, noted.event_id))
    if note is not None and note.status == NoteStatus.PENDING.value:
        note.status = (NoteStatus.SYNCED if noted.is_written else NoteStatus.SKIPPED).value
        note.synced_at = tx.now if noted.is_written else None
        if noted.is_written:
            tell(tx, link, events.NOTED, event_id=noted.event_id)
    tx.session.flush()
    return _next(tx, link, pushed, {"external_id": link.external_id})


def _next(tx: Tx, link: CrmLink, pushed: Pushed, done: Mapping[str, Any]) -> Result:
    """Look again where somebody asked meanwhile; then the notes; then it is done."""
    if pushed.asked_at is not None and link.asked_at > pushed.asked_at:
        return Again({"step": "look"})
    link.force = link.recreate = False
    waiting = queries.notes_of(tx, link.id)
    if waiting:
        return Again({"step": "note", "note": waiting[0].event_id})
    return {"status": LinkStatus.SYNCED.value, **done}


def _park(tx: Tx, link: CrmLink, connection: Any, parked: Parked) -> None:
    """Nothing goes to this CRM before the instant; what a person must see to is told once a day."""
    terms = tx.session.get_one(CrmTerms, link.connection_id)
    if terms.free_at is not None and terms.free_at >= parked.until:
        return
    terms.free_at, terms.free_reason = parked.until, parked.code
    link.error = parked.code
    if parked.alarming:
        connection.last_error = parked.code
        tx.emit(
            events.PARKED,
            client_id=link.client_id,
            data={
                "crm": connection.name,
                "connection_id": connection.id,
                "error": parked.code,
                "until": parked.until.isoformat(),
            },
            dedupe_key=f"crm.parked:{connection.id}:{parked.code}:{tx.now:%Y-%m-%d}",
        )
