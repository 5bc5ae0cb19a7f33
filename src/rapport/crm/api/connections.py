"""Connections to CRMs over HTTP."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.crm import connecting, queries
from rapport.crm.schemas import CrmConnectionChange, CrmConnectionIn, CrmConnectionOut, CrmTestOut
from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.kernel.errors import CLIENT_ARCHIVED, CONNECTION_STATE, NOT_FOUND, RapportError
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.outbox.words import CrmKind
from rapport.people import clients
from rapport.rules.permissions import Permission

room = Room("crm-connections", "/crm/connections", "Clients' CRMs: HubSpot, Pipedrive, Salesforce, or n8n.")

_ONE = "/<id:crm_connection_id>"


@room.get("", may=Permission.READ, out=page_of(CrmConnectionOut), listing=queries.CRM_CONNECTIONS)
def list_crm_connections(call: Call) -> Page:
    """List connections to CRMs with how each does."""
    return page(call.reading, queries.CRM_CONNECTIONS, call.asked, queries.NOT_REMOVED)


@room.post("", may=Permission.WRITE, body=CrmConnectionIn, out=CrmConnectionOut, errors=[NOT_FOUND, CLIENT_ARCHIVED])
def add_crm_connection(call: Call) -> dict[str, Any]:
    """Connect a client's CRM. What opens it is sealed and shown to nobody; a job tries it out at once.

    In HubSpot and Pipedrive the job makes a field for our lead's id, by which a contact is known for good. In
    Salesforce an administrator makes it: `Outreach_Lead_Id__c`, marked External ID and Unique.
    """
    given = dict(call.body)
    client = clients.get(call.tx, given.pop("client_id"))
    if client.archived_at is not None:
        raise RapportError(CLIENT_ARCHIVED)
    kind, name = CrmKind(given.pop("kind")), given.pop("name")
    made = connecting.connect(call.tx, call.service.keys, client_id=client.id, kind=kind, name=name, given=given)
    return queries.connection(call.tx, made)


@room.get(_ONE, may=Permission.READ, out=CrmConnectionOut, errors=[NOT_FOUND])
def show_crm_connection(call: Call, crm_connection_id: str) -> dict[str, Any]:
    """Show a connection to a CRM."""
    return queries.connection(call.reading, crm_connection_id)


@room.patch(
    _ONE, may=Permission.WRITE, body=CrmConnectionChange, out=CrmConnectionOut, errors=[NOT_FOUND], if_match=True
)
def change_crm_connection(call: Call, crm_connection_id: str) -> dict[str, Any]:
    """Change how leads go there, or how it is opened; switch it off and on."""
    check_unchanged(request, queries.connection(call.tx, crm_connection_id))
    connecting.change(call.tx, call.service.keys, crm_connection_id, call.body)
    call.tx.session.flush()
    return queries.connection(call.tx, crm_connection_id)


@room.delete(_ONE, may=Permission.WRITE, errors=[NOT_FOUND])
def remove_crm_connection(call: Call, crm_connection_id: str) -> None:
    """Forget how it is opened. The links stay to be read; the contacts stay where they are."""
    connecting.remove(call.tx, crm_connection_id)


@room.post(f"{_ONE}/test", may=Permission.WRITE, out=CrmTestOut, status=202, errors=[NOT_FOUND, CONNECTION_STATE])
def test_crm_connection(call: Call, crm_connection_id: str) -> dict[str, str]:
    """Ask the CRM whether it lets us in: the job says, and `last_ok_at` or `last_error` of the connection."""
    return {"job_id": connecting.test(call.tx, crm_connection_id)}
