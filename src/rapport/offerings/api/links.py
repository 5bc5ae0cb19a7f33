"""What messages are about, over HTTP."""

from __future__ import annotations

from typing import Any

from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import NOT_FOUND
from rapport.offerings import linking, queries
from rapport.offerings.schemas import LinkDecisionIn, MessageLinksOut
from rapport.rules.linking.offered import LinkStatus
from rapport.rules.permissions import Permission

room = Room("message-offerings", "/messages", "What messages are about.")

_ONE = "/<id:message_id>/offerings"


@room.get(_ONE, may=Permission.READ, out=MessageLinksOut, errors=[NOT_FOUND])
def list_message_offerings(call: Call, message_id: str) -> dict[str, Any]:
    """List what a message is about, with the rule that found it, how sure that is, and the evidence."""
    return queries.shown_links(call.reading, message_id)


@room.patch(_ONE, may=Permission.WRITE, body=LinkDecisionIn, out=MessageLinksOut, errors=[NOT_FOUND])
def decide_message_offering(call: Call, message_id: str) -> dict[str, Any]:
    """Say that a message is about an offering, or is not. No rule says otherwise afterwards."""
    is_about = call.body["status"] == LinkStatus.CONFIRMED.value
    linking.decide(call.tx, message_id, call.body["offering_id"], is_about=is_about)
    return queries.shown_links(call.tx, message_id)
