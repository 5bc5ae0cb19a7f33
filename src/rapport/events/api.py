"""The log over HTTP: onward for integrators, filtered for people."""

from __future__ import annotations

from typing import Any

from rapport.events import queries
from rapport.events.schemas import EventOut, EventsAfterOut, EventsAfterQuery, EventTypesOut
from rapport.events.titles import known_types
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.ids import AGENCY
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.rules.permissions import Permission

room = Room("events", "/events", "What happened: the log that timeline, audit and integrations read.")


@room.get("", may=Permission.READ, out=EventsAfterOut, query=EventsAfterQuery, errors=[NOT_FOUND])
def read_events(call: Call) -> dict[str, Any]:
    """Read a client's log onward from a number.

    Whoever keeps `next_after` and asks again misses nothing and sees nothing twice, however long it was away.
    """
    client_id = call.query.get("client_id", AGENCY)
    if not call.principal.scope.allows(client_id) or not queries.has_stream(call.reading, client_id):
        raise RapportError(NOT_FOUND)
    types = [each for each in call.query.get("types", "").split(",") if each]
    limit = call.query["limit"]
    events, next_after = queries.after(call.reading, client_id, call.query["after"], types=types, limit=limit)
    return {"items": events, "next_after": next_after, "more": len(events) == limit}


@room.get("/timeline", may=Permission.READ, out=page_of(EventOut), listing=queries.TIMELINE)
def list_timeline(call: Call) -> Page:
    """List events of the caller's clients, newest first, with filters."""
    return page(call.reading, queries.TIMELINE, call.asked)


@room.get("/types", may=Permission.READ, out=EventTypesOut)
def list_event_types(_call: Call) -> dict[str, Any]:
    """List the types of event with the sentence each is shown by."""
    return {"items": known_types()}
