"""Waits for an answer over HTTP: who waits and until when, and what a client promises.

What can be done about one is done with its conversation: answer, reassign, snooze, close.
"""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.inbox.schemas.sharing import OneInboxQuery
from rapport.inbox.waits import keeping, queries
from rapport.inbox.waits.schemas import WaitOut, WaitTermsIn, WaitTermsOut
from rapport.kernel.errors import NOT_FOUND
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.people import clients
from rapport.people.queries import client as shown_client
from rapport.rules.permissions import Permission

room = Room("inbox_waits", "/inbox/sla", "How long people wait for an answer, and what was promised them.")


@room.get("", may=Permission.READ, out=page_of(WaitOut), listing=queries.OPEN)
def list_waits(call: Call) -> Page:
    """List who waits for an answer, the next due first: `filter[near]` and `filter[past]` pick what is urgent."""
    return page(call.reading, queries.OPEN, call.asked)


@room.get("/terms", may=Permission.READ, query=OneInboxQuery, out=WaitTermsOut, errors=[NOT_FOUND])
def show_wait_terms(call: Call) -> dict[str, Any]:
    """Show how long a client lets people wait, by how warm they are."""
    return queries.terms(call.reading, shown_client(call.reading, call.query["client_id"])["id"])


@room.put("/terms", may=Permission.WRITE, body=WaitTermsIn, out=WaitTermsOut, errors=[NOT_FOUND], if_match=True)
def set_wait_terms(call: Call) -> dict[str, Any]:
    """Say how long a client lets people wait. Whoever waits now is reckoned anew; a breach is never undone."""
    client = clients.get(call.tx, call.body["client_id"])
    check_unchanged(request, queries.terms(call.tx, client.id))
    keeping.promise(call.tx, client.id, call.body)
    return queries.terms(call.tx, client.id)
