"""Leads over HTTP: the list, one lead, and what becomes of it."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.events.schemas import EventOut
from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.kernel.errors import (
    CLIENT_ARCHIVED,
    LEAD_ACTIVE,
    LEAD_ALREADY_EXISTS,
    LEAD_ERASED,
    LEAD_MERGED,
    LEADS_NOT_MERGEABLE,
    MERGE_NOT_UNDOABLE,
    NOT_FOUND,
    RapportError,
)
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.leads import erasing, merging, noting, persons, suppression, tagging
from rapport.leads.queries import marks, register
from rapport.leads.schemas.do_not_contact import SuppressIn
from rapport.leads.schemas.leads import (
    CustomFieldsOut,
    ErasedOut,
    EraseIn,
    LeadChange,
    LeadDetailOut,
    LeadIn,
    LeadOut,
    MergeIn,
    OfClientQuery,
    UnmergedOut,
)
from rapport.leads.schemas.noting import NoteIn, NoteOut, TagCountsOut, TagsChange, TagsOut
from rapport.people import clients
from rapport.rules.permissions import Permission

room = Room("leads", "/leads", "Persons, once per client: who they are, what is known and said of them.")

_GONE = (NOT_FOUND, LEAD_MERGED)
_LEAD = "/<id:lead_id>"


@room.get("", may=Permission.READ, out=page_of(LeadOut), listing=register.LEADS, cached=True)
def list_leads(call: Call) -> Page:
    """List leads, without those who were erased or merged into another."""
    found = page(call.reading, register.LEADS, call.asked, *register.LIVE)
    register.tagged(call.reading, found.items)
    return found


@room.post(
    "",
    may=Permission.WRITE,
    body=LeadIn,
    out=LeadDetailOut,
    errors=[NOT_FOUND, CLIENT_ARCHIVED, LEAD_ALREADY_EXISTS, LEAD_ERASED],
)
def add_lead(call: Call) -> dict[str, Any]:
    """Add one lead.

    Somebody who is known already is refused, with the lead they are and every identity that matched.
    """
    client_id, tags, custom, given = _parts(call.body)
    client = clients.get(call.tx, client_id)
    if client.archived_at is not None:
        raise RapportError(CLIENT_ARCHIVED)
    return register.seen(call.tx, persons.add(call.tx, client_id, given=given, custom=custom, tags=tags))


def _parts(body: dict[str, Any]) -> tuple[str, list[str], dict[str, str | None], dict[str, str | None]]:
    given = dict(body)
    return given.pop("client_id", ""), given.pop("tags", []), given.pop("custom"), given


@room.get("/tags", may=Permission.READ, out=TagCountsOut, query=OfClientQuery, cached=True)
def list_tags(call: Call) -> dict[str, Any]:
    """List the tags of leads, the most used first."""
    return {"items": marks.tags(call.reading, call.query.get("client_id"))}


@room.get("/custom-fields", may=Permission.READ, out=CustomFieldsOut, query=OfClientQuery, cached=True)
def list_custom_fields(call: Call) -> dict[str, Any]:
    """List the custom fields of leads."""
    return {"items": marks.custom_fields(call.reading, call.query.get("client_id"))}


@room.get(_LEAD, may=Permission.READ, out=LeadDetailOut, errors=_GONE, cached=True)
def show_lead(call: Call, lead_id: str) -> dict[str, Any]:
    """Show a lead with all that hangs on it.

    Of a lead that was merged into another, `LEAD_MERGED` names the kept one; an erased one is not found.
    """
    return register.seen(call.reading, lead_id)


@room.patch(
    _LEAD,
    may=Permission.WRITE,
    body=LeadChange,
    out=LeadDetailOut,
    errors=[*_GONE, LEAD_ALREADY_EXISTS, LEAD_ERASED],
    if_match=True,
)
def change_lead(call: Call, lead_id: str) -> dict[str, Any]:
    """Change a lead. What an operator says is overwritten by no import.

    An identity that is given takes the place of the one shown; one that another lead has is refused.
    """
    lead = persons.get(call.tx, lead_id, in_turn=True)
    check_unchanged(request, register.seen(call.tx, lead_id))
    _, _, custom, given = _parts(call.body)
    persons.change(call.tx, lead, given=given, custom=custom)
    return register.seen(call.tx, lead_id)


@room.delete(_LEAD, may=Permission.WRITE, errors=[*_GONE, LEAD_ACTIVE], if_match=True)
def remove_lead(call: Call, lead_id: str) -> None:
    """Delete a lead that is and was in no campaign."""
    lead = persons.get(call.tx, lead_id)
    check_unchanged(request, register.seen(call.tx, lead_id))
    persons.remove(call.tx, lead)


@room.post(f"{_LEAD}/tags", may=Permission.WRITE, body=TagsChange, out=TagsOut, status=200, errors=_GONE)
def change_tags(call: Call, lead_id: str) -> dict[str, Any]:
    """Put tags on a lead and take tags off it."""
    lead = persons.get(call.tx, lead_id)
    tagging.untag(call.tx, lead, call.body["remove"])
    tagging.tag(call.tx, lead, call.body["add"])
    return {"tags": marks.tags_of(call.tx, lead_id)}


@room.get(f"{_LEAD}/notes", may=Permission.READ, out=page_of(NoteOut), listing=marks.NOTES, errors=_GONE)
def list_notes(call: Call, lead_id: str) -> Page:
    """List the notes about a lead."""
    register.require(call.reading, lead_id)
    return page(call.reading, marks.NOTES, call.asked, marks.notes_of(lead_id))


@room.post(f"{_LEAD}/notes", may=Permission.WRITE, body=NoteIn, out=NoteOut, errors=_GONE)
def add_note(call: Call, lead_id: str) -> dict[str, Any]:
    """Write a note about a lead."""
    note = noting.add(call.tx, persons.get(call.tx, lead_id), call.body["text"])
    return marks.note_seen(call.tx, note.id)


@room.delete("/notes/<id:note_id>", may=Permission.WRITE, errors=[NOT_FOUND])
def remove_note(call: Call, note_id: str) -> None:
    """Remove a note."""
    noting.remove(call.tx, note_id)


@room.get(f"{_LEAD}/timeline", may=Permission.READ, out=page_of(EventOut), listing=marks.TIMELINE, errors=_GONE)
def list_lead_timeline(call: Call, lead_id: str) -> Page:
    """List what happened to a lead, and to those who were merged into it."""
    register.require(call.reading, lead_id)
    whose = [lead_id, *register.merged_into(call.reading, lead_id)]
    return page(call.reading, marks.TIMELINE, call.asked, marks.about(whose))


@room.post(
    f"{_LEAD}/do-not-contact", may=Permission.WRITE, body=SuppressIn, out=LeadDetailOut, status=200, errors=_GONE
)
def suppress_lead(call: Call, lead_id: str) -> dict[str, Any]:
    """Put a lead on its client's do-not-contact list, by everything that identifies it."""
    lead = persons.get(call.tx, lead_id)
    suppression.add_lead(call.tx, lead, reason=call.body["reason"], created_by=persons.author(call.tx))
    return register.seen(call.tx, lead_id)


@room.post(
    f"{_LEAD}/merge",
    may=Permission.WRITE,
    body=MergeIn,
    out=LeadDetailOut,
    status=200,
    errors=[*_GONE, LEADS_NOT_MERGEABLE],
)
def merge_leads(call: Call, lead_id: str) -> dict[str, Any]:
    """Merge another lead into this one: they are one person.

    Identities, tags, notes and relations come to this lead; of each field the heavier word holds (an operator's,
    then a profile's, then an import's), and of equal ones the newer.
    """
    merging.merge(call.tx, lead_id, call.body["other_id"])
    return register.seen(call.tx, lead_id)


@room.post(f"{_LEAD}/unmerge", may=Permission.WRITE, out=UnmergedOut, status=200, errors=[*_GONE, MERGE_NOT_UNDOABLE])
def unmerge_leads(call: Call, lead_id: str) -> dict[str, Any]:
    """Undo the last merge into this lead, as long as nothing contradicts."""
    return {"lead_id": lead_id, "merged_id": merging.unmerge(call.tx, lead_id)}


@room.post(f"{_LEAD}/erase", may=Permission.WRITE, body=EraseIn, out=ErasedOut, status=200, errors=_GONE)
def erase_lead(call: Call, lead_id: str) -> dict[str, Any]:
    """Erase a person for good: only a hash stays, which keeps them from being contacted or added again."""
    done = erasing.erase(call.tx, persons.get(call.tx, lead_id, in_turn=True), confirm=call.body["confirm"])
    return {"lead_id": lead_id, "identities": done.identities, "events": done.events}
