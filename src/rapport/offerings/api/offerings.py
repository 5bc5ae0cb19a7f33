"""What clients offer, over HTTP."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.kernel.errors import NOT_FOUND, OFFERING_ALREADY_EXISTS
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.offerings import keeping, queries
from rapport.offerings.schemas import OfferingChange, OfferingDetailOut, OfferingIn, OfferingOut
from rapport.people import clients
from rapport.rules.permissions import Permission

room = Room("offerings", "/offerings", "What clients offer: what people write is looked at for it.")

_ONE = "/<id:offering_id>"


@room.get("", may=Permission.READ, out=page_of(OfferingOut), listing=queries.OFFERINGS)
def list_offerings(call: Call) -> Page:
    """List offerings."""
    return page(call.reading, queries.OFFERINGS, call.asked)


@room.post(
    "",
    may=Permission.WRITE,
    body=OfferingIn,
    out=OfferingDetailOut,
    errors=[NOT_FOUND, OFFERING_ALREADY_EXISTS],
)
def create_offering(call: Call) -> dict[str, Any]:
    """Add an offering.

    Messages that come from now on are looked at for it, older ones by the job `offerings.link_again`.
    """
    given = dict(call.body)
    return queries.seen(call.tx, keeping.create(call.tx, clients.get(call.tx, given.pop("client_id")).id, given))


@room.get(_ONE, may=Permission.READ, out=OfferingDetailOut, errors=[NOT_FOUND])
def show_offering(call: Call, offering_id: str) -> dict[str, Any]:
    """Show an offering, and how many messages are about it."""
    return queries.seen(call.reading, offering_id)


@room.patch(
    _ONE,
    may=Permission.WRITE,
    body=OfferingChange,
    out=OfferingDetailOut,
    errors=[NOT_FOUND, OFFERING_ALREADY_EXISTS],
    if_match=True,
)
def change_offering(call: Call, offering_id: str) -> dict[str, Any]:
    """Change an offering, or put it away."""
    offering = keeping.get(call.tx, offering_id)
    check_unchanged(request, queries.seen(call.tx, offering_id))
    keeping.change(call.tx, offering, call.body)
    return queries.seen(call.tx, offering_id)
