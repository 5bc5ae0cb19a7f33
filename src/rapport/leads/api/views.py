"""Ways to look at leads over HTTP: kept by each person for themselves, or shared within the client."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.kernel.errors import LEAD_VIEW_ALREADY_EXISTS, NOT_FOUND
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.leads import views
from rapport.leads.queries import views as queries
from rapport.leads.schemas.views import LeadViewChange, LeadViewIn, LeadViewOut
from rapport.people import clients
from rapport.rules.permissions import Permission

room = Room("lead-views", "/leads/views", "Ways to look at leads: filters, order and columns under a name.")

_ONE = "/<id:view_id>"


@room.get("", may=Permission.SELF, out=page_of(LeadViewOut), listing=queries.LEAD_VIEWS)
def list_lead_views(call: Call) -> Page:
    """List one's own views and those that colleagues share."""
    return page(call.reading, queries.LEAD_VIEWS, call.asked, queries.seen_by(call.principal.actor.id))


@room.post("", may=Permission.SELF, body=LeadViewIn, out=LeadViewOut, errors=[NOT_FOUND, LEAD_VIEW_ALREADY_EXISTS])
def create_lead_view(call: Call) -> dict[str, Any]:
    """Keep a view. Who may only read keeps it for themselves."""
    given = dict(call.body)
    made = views.create(call.tx, clients.get(call.tx, given.pop("client_id")).id, call.principal, given)
    return queries.view(call.tx, made)


@room.get(_ONE, may=Permission.SELF, out=LeadViewOut, errors=[NOT_FOUND])
def show_lead_view(call: Call, view_id: str) -> dict[str, Any]:
    """Show a view."""
    return queries.view(call.reading, view_id, queries.seen_by(call.principal.actor.id))


@room.patch(
    _ONE,
    may=Permission.SELF,
    body=LeadViewChange,
    out=LeadViewOut,
    errors=[NOT_FOUND, LEAD_VIEW_ALREADY_EXISTS],
    if_match=True,
)
def change_lead_view(call: Call, view_id: str) -> dict[str, Any]:
    """Change a view: its owner may, and an admin one that is shared."""
    row = views.get(call.tx, view_id, call.principal)
    check_unchanged(request, queries.view(call.tx, view_id))
    views.change(call.tx, row, call.principal, call.body)
    call.tx.session.flush()  # what is shown is read by a statement on bare tables
    return queries.view(call.tx, view_id)


@room.delete(_ONE, may=Permission.SELF, errors=[NOT_FOUND], if_match=True)
def remove_lead_view(call: Call, view_id: str) -> None:
    """Remove a view. The leads stay as they are."""
    row = views.get(call.tx, view_id, call.principal)
    check_unchanged(request, queries.view(call.tx, view_id))
    views.remove(call.tx, row)
