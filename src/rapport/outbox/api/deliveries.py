"""Deliveries over HTTP."""

from __future__ import annotations

from typing import Any

from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import DELIVERY_STATE, NOT_FOUND
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.outbox import queries, replay
from rapport.outbox.dismissing import dismiss
from rapport.outbox.schemas import (
    DeliveryAttemptsOut,
    DismissalIn,
    OutgoingCountsOut,
    OutgoingCountsQuery,
    OutgoingDetailOut,
    OutgoingOut,
    ReplayCountOut,
    ReplayedOut,
    ReplayManyIn,
)
from rapport.rules.permissions import Permission

room = Room("deliveries", "/deliveries", "What is told to others: every delivery with every attempt.")


@room.get("", may=Permission.READ, out=page_of(OutgoingOut), listing=queries.DELIVERIES)
def list_outgoing(call: Call) -> Page:
    """List deliveries: of an event, a conversation, a connection, a channel, a status."""
    return page(call.reading, queries.DELIVERIES, call.asked)


@room.get("/dead", may=Permission.READ, out=page_of(OutgoingOut), listing=queries.DELIVERIES)
def list_dead_letters(call: Call) -> Page:
    """List dead letters: what could not be delivered and waits to be sent again."""
    return page(call.reading, queries.DELIVERIES, call.asked, queries.DEAD)


@room.get("/counts", may=Permission.READ, out=OutgoingCountsOut, query=OutgoingCountsQuery)
def count_outgoing(call: Call) -> dict[str, int]:
    """Count deliveries by where they stand."""
    return queries.counts(call.reading, call.query.get("client_id"))


@room.post("/replay/count", may=Permission.READ, body=ReplayManyIn, out=ReplayCountOut, status=200, once=False)
def count_replay(call: Call) -> dict[str, int]:
    """Count the dead letters that a replay of these would send again. Nothing is sent."""
    return {"count": replay.count(call.reading, call.body)}


@room.post("/replay", may=Permission.WRITE, body=ReplayManyIn, out=ReplayedOut, status=200)
def replay_many(call: Call) -> dict[str, Any]:
    """Send dead letters again, the oldest first; each under its own id, so that a receiver knows what it has."""
    replayed, more = replay.many(call.tx, call.body)
    return {"replayed": replayed, "more": more}


@room.get("/<id:outgoing_id>", may=Permission.READ, out=OutgoingDetailOut, errors=[NOT_FOUND])
def show_outgoing(call: Call, outgoing_id: str) -> dict[str, Any]:
    """Show a delivery with what it says and every attempt."""
    return queries.delivery(call.reading, outgoing_id)


@room.get("/<id:outgoing_id>/attempts", may=Permission.READ, out=DeliveryAttemptsOut, errors=[NOT_FOUND])
def list_attempts(call: Call, outgoing_id: str) -> dict[str, Any]:
    """List the attempts of a delivery."""
    return {"items": queries.delivery(call.reading, outgoing_id)["attempts_made"]}


@room.post(
    "/<id:outgoing_id>/replay",
    may=Permission.WRITE,
    out=OutgoingDetailOut,
    status=200,
    errors=[NOT_FOUND, DELIVERY_STATE],
)
def replay_one(call: Call, outgoing_id: str) -> dict[str, Any]:
    """Send a dead letter again, under the same id."""
    replay.one(call.tx, outgoing_id)
    return queries.delivery(call.tx, outgoing_id)


@room.post(
    "/<id:outgoing_id>/dismiss",
    may=Permission.WRITE,
    body=DismissalIn,
    out=OutgoingDetailOut,
    status=200,
    errors=[NOT_FOUND, DELIVERY_STATE],
)
def dismiss_outgoing(call: Call, outgoing_id: str) -> dict[str, Any]:
    """Put a dead letter away: it counts as skipped, with this reason, and is not sent again."""
    dismiss(call.tx, outgoing_id, reason=call.body["reason"])
    return queries.delivery(call.tx, outgoing_id)
