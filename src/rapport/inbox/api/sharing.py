"""Whose conversations are, over HTTP: counts, queues, and dealing out in turn."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.inbox import sharing
from rapport.inbox.queries import queues
from rapport.inbox.schemas.sharing import (
    CountersOut,
    InboxQueueChange,
    InboxQueueIn,
    InboxQueueOut,
    InboxQueuesOut,
    OfInboxQuery,
    OneInboxQuery,
    SharingIn,
    SharingOut,
)
from rapport.kernel.errors import NOT_FOUND, QUEUE_ALREADY_EXISTS, QUEUE_IN_USE
from rapport.people import clients
from rapport.people.queries import client as shown_client
from rapport.rules.permissions import Permission

room = Room("inbox_sharing", "/inbox", "Whose conversations are: counts, queues, and dealing out in turn.")

_QUEUE = "/queues/<id:queue_id>"


@room.get("/counters", may=Permission.READ, query=OfInboxQuery, out=CountersOut, cached=True)
def show_counters(call: Call) -> dict[str, Any]:
    """Show how many conversations are open, snoozed, closed, unread and waiting, by queue and assignee."""
    items = queues.counts(call.reading, call.query.get("client_id"))
    mine = [each for each in items if each["assignee_id"] == call.principal.actor.id]
    return {"items": items, "total": _sum(items), "mine": _sum(mine)}


def _sum(items: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(each[name] for each in items) for name in queues.NUMBERS}


@room.get("/queues", may=Permission.READ, query=OfInboxQuery, out=InboxQueuesOut, cached=True)
def list_inbox_queues(call: Call) -> dict[str, Any]:
    """List queues."""
    return {"items": queues.queues(call.reading, call.query.get("client_id"))}


@room.post(
    "/queues", may=Permission.WRITE, body=InboxQueueIn, out=InboxQueueOut, errors=[NOT_FOUND, QUEUE_ALREADY_EXISTS]
)
def create_inbox_queue(call: Call) -> dict[str, Any]:
    """Add a queue."""
    client = clients.get(call.tx, call.body["client_id"])
    return queues.queue(call.tx, sharing.make_queue(call.tx, client.id, call.body["name"]))


@room.get(_QUEUE, may=Permission.READ, out=InboxQueueOut, errors=[NOT_FOUND], cached=True)
def show_inbox_queue(call: Call, queue_id: str) -> dict[str, Any]:
    """Show a queue."""
    return queues.queue(call.reading, queue_id)


@room.patch(
    _QUEUE,
    may=Permission.WRITE,
    body=InboxQueueChange,
    out=InboxQueueOut,
    errors=[NOT_FOUND, QUEUE_ALREADY_EXISTS],
    if_match=True,
)
def rename_inbox_queue(call: Call, queue_id: str) -> dict[str, Any]:
    """Call a queue otherwise."""
    row = sharing.queue(call.tx, queue_id)
    check_unchanged(request, queues.queue(call.tx, queue_id))
    sharing.rename_queue(call.tx, row, call.body["name"])
    return queues.queue(call.tx, queue_id)


@room.delete(_QUEUE, may=Permission.WRITE, errors=[NOT_FOUND, QUEUE_IN_USE], if_match=True)
def remove_inbox_queue(call: Call, queue_id: str) -> None:
    """Remove a queue that holds no conversation."""
    row = sharing.queue(call.tx, queue_id)
    check_unchanged(request, queues.queue(call.tx, queue_id))
    sharing.remove_queue(call.tx, row)


@room.get("/sharing", may=Permission.READ, query=OneInboxQuery, out=SharingOut, errors=[NOT_FOUND])
def show_sharing(call: Call) -> dict[str, Any]:
    """Show how a client's conversations are dealt out, and how many each person has."""
    client = shown_client(call.reading, call.query["client_id"])
    return queues.sharing(call.reading, client["id"])


@room.put("/sharing", may=Permission.WRITE, body=SharingIn, out=SharingOut, errors=[NOT_FOUND], if_match=True)
def set_sharing(call: Call) -> dict[str, Any]:
    """Say whether conversations that nobody has are dealt out in turn, to whom, and how many each takes."""
    body = call.body
    client = clients.get(call.tx, body["client_id"])
    check_unchanged(request, queues.sharing(call.tx, client.id))
    sharing.arrange(call.tx, client.id, in_turn=body["in_turn"], capacity=body["capacity"], takers=body["takers"])
    return queues.sharing(call.tx, client.id)
