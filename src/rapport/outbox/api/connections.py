"""Connections over HTTP."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.kernel.errors import CLIENT_ARCHIVED, CONNECTION_STATE, NOT_FOUND, RapportError
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.outbox import connections, queries, replay, trying
from rapport.outbox.schemas import (
    ConnectionChange,
    ConnectionIn,
    ConnectionOut,
    NewConnectionOut,
    OutgoingDetailOut,
    RecoverIn,
    ReplayedOut,
)
from rapport.outbox.words import Channel
from rapport.people import clients
from rapport.rules.permissions import Permission

room = Room("connections", "/connections", "Outside parties: webhook endpoints, Slack channels, Telegram chats.")


@room.get("", may=Permission.READ, out=page_of(ConnectionOut), listing=queries.CONNECTIONS)
def list_connections(call: Call) -> Page:
    """List connections with how each does."""
    return page(call.reading, queries.CONNECTIONS, call.asked, queries.NOT_REMOVED)


@room.post(
    "",
    may=Permission.WRITE,
    body=ConnectionIn,
    out=NewConnectionOut,
    errors=[NOT_FOUND, CLIENT_ARCHIVED],
    no_store=True,
)
def add_connection(call: Call) -> dict[str, Any]:
    """Add a connection. A webhook endpoint's secret is in this answer and never shown again.

    An endpoint is told what happens from now on. Its address must be public and by HTTPS; it is resolved and judged at
    each attempt, redirects are not followed, and 2xx alone counts as taken.
    """
    body = dict(call.body)
    client = clients.get(call.tx, body.pop("client_id"))
    if client.archived_at is not None:
        raise RapportError(CLIENT_ARCHIVED)
    kind, name = Channel(body.pop("kind")), body.pop("name")
    insecure = call.service.settings.allow_insecure_webhooks
    made, secret = connections.add(
        call.tx, call.service.keys, client_id=client.id, kind=kind, name=name, given=body, insecure=insecure
    )
    call.tx.session.flush()
    return {**queries.connection(call.tx, made.id), "secret": secret}


@room.get("/<id:connection_id>", may=Permission.READ, out=ConnectionOut, errors=[NOT_FOUND])
def show_connection(call: Call, connection_id: str) -> dict[str, Any]:
    """Show a connection; what opens it is never shown."""
    return queries.connection(call.reading, connection_id)


@room.patch(
    "/<id:connection_id>",
    may=Permission.WRITE,
    body=ConnectionChange,
    out=ConnectionOut,
    errors=[NOT_FOUND, CONNECTION_STATE],
    if_match=True,
)
def change_connection(call: Call, connection_id: str) -> dict[str, Any]:
    """Change a connection, or switch it off and on."""
    connection = connections.get(call.tx, connection_id)
    check_unchanged(request, queries.connection(call.tx, connection_id))
    insecure = call.service.settings.allow_insecure_webhooks
    connections.change(call.tx, call.service.keys, connection, call.body, insecure=insecure)
    return queries.connection(call.tx, connection_id)


@room.delete("/<id:connection_id>", may=Permission.WRITE, errors=[NOT_FOUND])
def remove_connection(call: Call, connection_id: str) -> None:
    """Remove a connection. Its deliveries stay to be read; what still waited is kept as skipped."""
    connections.remove(call.tx, connections.get(call.tx, connection_id))


@room.post(
    "/<id:connection_id>/test",
    may=Permission.WRITE,
    out=OutgoingDetailOut,
    status=202,
    errors=[NOT_FOUND, CONNECTION_STATE],
)
def test_connection(call: Call, connection_id: str) -> dict[str, Any]:
    """Send a test on the way that every delivery takes; how it went is read at the delivery."""
    delivery_id = trying.send_test(call.tx, connections.get(call.tx, connection_id))
    return queries.delivery(call.tx, delivery_id)


@room.post(
    "/<id:connection_id>/rotate-secret",
    may=Permission.WRITE,
    out=NewConnectionOut,
    status=200,
    errors=[NOT_FOUND, CONNECTION_STATE],
    no_store=True,
)
def rotate_secret(call: Call, connection_id: str) -> dict[str, Any]:
    """Give a webhook endpoint a new secret, shown here once; for a day the one before signs as well."""
    secret = connections.rotate(call.tx, call.service.keys, connections.get(call.tx, connection_id))
    return {**queries.connection(call.tx, connection_id), "secret": secret}


@room.post(
    "/<id:connection_id>/recover",
    may=Permission.WRITE,
    body=RecoverIn,
    out=ReplayedOut,
    status=200,
    errors=[NOT_FOUND],
)
def recover_connection(call: Call, connection_id: str) -> dict[str, Any]:
    """Say that a failing connection takes deliveries again, and send its dead letters since an instant."""
    connections.recover(call.tx, connections.get(call.tx, connection_id))
    call.tx.session.flush()
    since = call.body["since"]
    if since is None:
        return {"replayed": 0, "more": False}
    replayed, more = replay.many(call.tx, {"connection_id": connection_id, "since": since})
    return {"replayed": replayed, "more": more}
