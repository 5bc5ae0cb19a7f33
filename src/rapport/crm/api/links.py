"""How leads stand to CRMs, over HTTP: pushed, seen, decided."""

from __future__ import annotations

from typing import Any

from rapport.crm import asking, queries, resolving, telling
from rapport.crm.schemas import (
    CrmDecisionIn,
    CrmLinkDetailOut,
    CrmLinkOut,
    CrmPushIn,
    CrmPushOut,
    LeadSyncIn,
    LeadSyncOut,
)
from rapport.crm.words import Choice
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import CONFLICT, CONNECTION_STATE, NOT_FOUND, RapportError
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.people import clients
from rapport.rules.permissions import Permission

room = Room("crm", "", "How leads stand to clients' CRMs.")

_ONE = "/crm/links/<id:crm_link_id>"


@room.post(
    "/crm/push",
    may=Permission.WRITE,
    body=CrmPushIn,
    out=CrmPushOut,
    status=202,
    errors=[NOT_FOUND, CONNECTION_STATE],
)
def push_leads(call: Call) -> dict[str, Any]:
    """Push leads to the client's CRMs, by jobs: each lead is one contact there, however often it is pushed."""
    client = clients.get(call.tx, call.body["client_id"])
    wanted = sorted(set(call.body["lead_ids"]))
    if queries.live_leads(call.tx, client.id, wanted) != wanted:
        raise RapportError(NOT_FOUND)
    found = queries.targets(call.tx, client.id, call.body["connection_ids"])
    if not found:
        raise RapportError(CONNECTION_STATE, "The client has no CRM connected.")
    links = [asking.ask(call.tx, each, wanted, force=call.body["force"]) for each in found]
    return {"link_ids": [each for some in links for each in some]}


@room.get("/crm/links", may=Permission.READ, out=page_of(CrmLinkOut), listing=queries.LINKS)
def list_crm_links(call: Call) -> Page:
    """List how leads stand to CRMs: of a lead, of a connection, by status."""
    return page(call.reading, queries.LINKS, call.asked)


@room.get(_ONE, may=Permission.READ, out=CrmLinkDetailOut, errors=[NOT_FOUND])
def show_crm_link(call: Call, crm_link_id: str) -> dict[str, Any]:
    """Show how a lead stands to a CRM, with the notes that went along."""
    return queries.link(call.reading, crm_link_id)


@room.post(
    f"{_ONE}/decide",
    may=Permission.WRITE,
    body=CrmDecisionIn,
    out=CrmLinkDetailOut,
    status=200,
    errors=[NOT_FOUND, CONFLICT],
)
def decide_crm_link(call: Call, crm_link_id: str) -> dict[str, Any]:
    """Decide a conflict: make the contact again that is gone there, say which one it is, or leave the lead out."""
    resolving.decide(call.tx, crm_link_id, Choice(call.body["choice"]), call.body["external_id"])
    call.tx.session.flush()
    return queries.link(call.tx, crm_link_id)


@room.post(
    "/callbacks/lead-sync",
    may=Permission.CALLBACKS,
    body=LeadSyncIn,
    out=LeadSyncOut,
    status=200,
    once=False,
    errors=[NOT_FOUND],
)
def take_lead_sync(call: Call) -> dict[str, str]:
    """Take what n8n tells of a lead that it pushed.

    The same again changes nothing, and neither does what is older than what is known.
    """
    return {"link_id": telling.told(call.tx, call.body)}
