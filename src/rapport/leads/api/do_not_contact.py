"""Do-not-contact lists over HTTP."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import FORBIDDEN, NOT_FOUND, SUPPRESSION_ALREADY_EXISTS, RapportError
from rapport.kernel.ids import AGENCY
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.leads import persons, suppression
from rapport.leads.models import SuppressionKind
from rapport.leads.queries import entries
from rapport.leads.schemas.do_not_contact import EntryIn, EntryOut, LinesIn, LinesOut
from rapport.leads.suppression import UNREADABLE, Line, Listed
from rapport.people import clients
from rapport.rules.permissions import Permission

room = Room("do-not-contact", "/do-not-contact", "Who must not be contacted: persons, companies, domains.")


@room.get("", may=Permission.READ, out=page_of(EntryOut), listing=entries.ENTRIES, cached=True)
def list_do_not_contact(call: Call) -> Page:
    """List the entries. Those that hold for all clients are shown to admins, and on each lead they name."""
    return page(call.reading, entries.ENTRIES, call.asked)


@room.post(
    "", may=Permission.WRITE, body=EntryIn, out=EntryOut, errors=[NOT_FOUND, FORBIDDEN, SUPPRESSION_ALREADY_EXISTS]
)
def add_do_not_contact(call: Call) -> dict[str, Any]:
    """Put a person, a company or a domain on a list. It acts at once."""
    body = call.body
    entry = suppression.add(
        call.tx,
        _owner(call),
        kind=SuppressionKind(body["kind"]),
        value=body["value"],
        reason=body["reason"],
        created_by=persons.author(call.tx),
    )
    return entries.entry_seen(call.tx, entry.id)


@room.post("/bulk", may=Permission.WRITE, body=LinesIn, out=LinesOut, status=200, errors=[NOT_FOUND, FORBIDDEN])
def add_many_do_not_contact(call: Call) -> dict[str, Any]:
    """Put up to 1,000 entries on a list; says line by line what became of each."""
    lines = [Line(SuppressionKind(each["kind"]), each["value"], each["reason"]) for each in call.body["lines"]]
    results = suppression.add_many(call.tx, _owner(call), lines, created_by=persons.author(call.tx))
    counts = Counter(results)
    return {
        **{each.value: counts[each] for each in Listed},
        "lines": [
            {
                "line": number,
                "kind": line.kind.value,
                "value": line.value,
                "result": result.value,
                "problem": UNREADABLE[line.kind] if result is Listed.UNREADABLE else None,
            }
            for number, (line, result) in enumerate(zip(lines, results, strict=True), start=1)
        ],
    }


@room.delete("/<id:entry_id>", may=Permission.WRITE, errors=[NOT_FOUND])
def remove_do_not_contact(call: Call, entry_id: str) -> None:
    """Take an entry off its list. What keeps an erased person from being contacted stays."""
    suppression.remove(call.tx, entry_id)


def _owner(call: Call) -> str:
    """Whose list is meant; the one that holds for all is the admins'."""
    client_id = call.body["client_id"]
    if client_id is None:
        if not call.principal.scope.allows(AGENCY) or not call.principal.is_admin:
            raise RapportError(FORBIDDEN)
        return AGENCY
    return clients.get(call.tx, client_id).id
