"""Clients and their members over HTTP."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.kernel.errors import CLIENT_ALREADY_EXISTS, NOT_FOUND, field_error
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.people import clients, queries, users
from rapport.people.schemas import ClientChange, ClientIn, ClientOut, MemberOut
from rapport.rules.permissions import Permission

room = Room("clients", "/clients", "The agency's clients and who works for them.")


@room.get("", may=Permission.READ, out=page_of(ClientOut), listing=queries.CLIENTS, cached=True)
def list_clients(call: Call) -> Page:
    """List the clients the caller may see."""
    return page(call.reading, queries.CLIENTS, call.asked)


@room.post("", may=Permission.MANAGE, body=ClientIn, out=ClientOut, errors=[CLIENT_ALREADY_EXISTS])
def create_client(call: Call) -> dict[str, Any]:
    """Add a client."""
    client = clients.create(call.tx, **call.body)
    return queries.client(call.tx, client.id)


@room.get("/<id:client_id>", may=Permission.READ, out=ClientOut, errors=[NOT_FOUND], cached=True)
def show_client(call: Call, client_id: str) -> dict[str, Any]:
    """Show a client."""
    return queries.client(call.reading, client_id)


@room.patch(
    "/<id:client_id>",
    may=Permission.WRITE,
    body=ClientChange,
    out=ClientOut,
    errors=[NOT_FOUND, CLIENT_ALREADY_EXISTS],
    if_match=True,
)
def change_client(call: Call, client_id: str) -> dict[str, Any]:
    """Change a client. Preferences are merged field by field.

    The slug is for admins to change: that one is taken would tell others of a client they may not see.
    """
    if "slug" in call.body and not call.principal.is_admin:
        raise field_error("slug", "Only admins change it.")
    client = clients.get(call.tx, client_id)
    check_unchanged(request, queries.client(call.tx, client_id))
    clients.change(call.tx, client, call.body)
    return queries.client(call.tx, client_id)


@room.post("/<id:client_id>/archive", may=Permission.MANAGE, out=ClientOut, status=200, errors=[NOT_FOUND])
def archive_client(call: Call, client_id: str) -> dict[str, Any]:
    """Archive a client: its data stays, nothing of it runs."""
    clients.archive(call.tx, clients.get(call.tx, client_id))
    return queries.client(call.tx, client_id)


@room.post("/<id:client_id>/restore", may=Permission.MANAGE, out=ClientOut, status=200, errors=[NOT_FOUND])
def restore_client(call: Call, client_id: str) -> dict[str, Any]:
    """Take an archived client back."""
    clients.restore(call.tx, clients.get(call.tx, client_id))
    return queries.client(call.tx, client_id)


@room.get(
    "/<id:client_id>/members", may=Permission.READ, out=page_of(MemberOut), listing=queries.MEMBERS, errors=[NOT_FOUND]
)
def list_members(call: Call, client_id: str) -> Page:
    """List who works for a client."""
    queries.client(call.reading, client_id)
    return page(call.reading, queries.MEMBERS, call.asked, queries.members_of(client_id))


@room.put("/<id:client_id>/members/<id:user_id>", may=Permission.MANAGE, out=MemberOut, errors=[NOT_FOUND])
def add_member(call: Call, client_id: str, user_id: str) -> dict[str, Any]:
    """Let a user work for a client."""
    clients.add_member(call.tx, clients.get(call.tx, client_id), users.get(call.tx, user_id))
    return queries.member(call.tx, client_id, user_id)


@room.delete("/<id:client_id>/members/<id:user_id>", may=Permission.MANAGE, errors=[NOT_FOUND])
def remove_member(call: Call, client_id: str, user_id: str) -> None:
    """End a membership."""
    clients.remove_member(call.tx, clients.get(call.tx, client_id), users.get(call.tx, user_id))
