"""Replies over HTTP: what nobody is known for, how accounts are listened to, and what became of what was told."""

from __future__ import annotations

from typing import Any

from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import LEAD_MERGED, NOT_FOUND
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.replies import by_hand, queries
from rapport.replies.schemas import DiagnosticsOut, DiagnosticsQuery, HeardOut, ListeningOut, MatchIn, UnmatchedOut
from rapport.rules.permissions import Permission

room = Room("replies", "/replies", "What people wrote: whom it is from, and how it was found.")


@room.get("/unmatched", may=Permission.READ, out=page_of(UnmatchedOut), listing=queries.UNMATCHED)
def list_unmatched_messages(call: Call) -> Page:
    """List messages whose writer is nobody we know, with what was tried. They are looked at again by themselves."""
    return page(call.reading, queries.UNMATCHED, call.asked)


@room.post(
    "/unmatched/<id:message_id>/match",
    may=Permission.WRITE,
    body=MatchIn,
    out=HeardOut,
    status=200,
    errors=[NOT_FOUND, LEAD_MERGED],
)
def match_message(call: Call, message_id: str) -> dict[str, Any]:
    """Say who wrote a message. What follows is as if it had been recognised: whatever is automatic stops."""
    return by_hand.match(call.tx, message_id, call.body["lead_id"])


@room.get("/listening", may=Permission.READ, out=ListeningOut)
def show_listening(call: Call) -> dict[str, Any]:
    """Show how each account is listened to: when a webhook last told of it, when it was read, what was missed."""
    return {"items": queries.watched(call.reading)}


@room.get("/diagnostics", may=Permission.MANAGE, query=DiagnosticsQuery, out=DiagnosticsOut, no_store=True)
def diagnose_replies(call: Call) -> dict[str, Any]:
    """Show the last deliveries, messages and events of a lead, a chat or an account, with the decision for each.

    A delivery is looked at again with `reprocessDelivery`.
    """
    return queries.diagnosed(call.reading, **call.query)
