"""Broadcasts over HTTP."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.broadcasts import keeping, queries
from rapport.broadcasts.preview import preview
from rapport.broadcasts.schemas import (
    BroadcastChange,
    BroadcastDetailOut,
    BroadcastIn,
    BroadcastMailOut,
    BroadcastOut,
    BroadcastPreviewIn,
    BroadcastPreviewOut,
    CampaignStatusIn,
    DispatchedOut,
)
from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.http.transaction import reading
from rapport.kernel.errors import BROADCAST_STATE, CLIENT_ARCHIVED, NOT_FOUND, RapportError
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.people import clients
from rapport.rules.permissions import Permission

room = Room("broadcasts", "", "One mail to an audience, each address once.")

_ALL = "/broadcasts"
_ONE = f"{_ALL}/<id:broadcast_id>"
_REFUSALS = [NOT_FOUND, BROADCAST_STATE]


@room.get(_ALL, may=Permission.READ, out=page_of(BroadcastOut), listing=queries.BROADCASTS)
def list_broadcasts(call: Call) -> Page:
    """List broadcasts."""
    return page(call.reading, queries.BROADCASTS, call.asked)


@room.post(_ALL, may=Permission.WRITE, body=BroadcastIn, out=BroadcastDetailOut, errors=[NOT_FOUND, CLIENT_ARCHIVED])
def create_broadcast(call: Call) -> dict[str, Any]:
    """Write a broadcast. Its audience is a filter of the list of leads; nothing leaves before it is sent off."""
    given = dict(call.body)
    client = clients.get(call.tx, given.pop("client_id"))
    if client.archived_at is not None:
        raise RapportError(CLIENT_ARCHIVED)
    return queries.broadcast(call.tx, keeping.create(call.tx, client.id, given))


@room.post(
    f"{_ALL}/preview",
    may=Permission.WRITE,
    body=BroadcastPreviewIn,
    out=BroadcastPreviewOut,
    status=200,
    once=False,
    own=True,
    errors=[NOT_FOUND],
)
def preview_broadcast(call: Call) -> dict[str, Any]:
    """Count who would get it, say why others would not, and show what some of them would read."""
    with reading(call.service, call.principal) as opened:
        return preview(opened, call.body["client_id"], call.body["audience"], call.body["variants"])


@room.get(_ONE, may=Permission.READ, out=BroadcastDetailOut, errors=[NOT_FOUND])
def show_broadcast(call: Call, broadcast_id: str) -> dict[str, Any]:
    """Show a broadcast with its numbers."""
    return queries.broadcast(call.reading, broadcast_id)


@room.patch(_ONE, may=Permission.WRITE, body=BroadcastChange, out=BroadcastDetailOut, errors=_REFUSALS, if_match=True)
def change_broadcast(call: Call, broadcast_id: str) -> dict[str, Any]:
    """Change a broadcast that has not been sent off."""
    broadcast = keeping.get(call.tx, broadcast_id)
    check_unchanged(request, queries.broadcast(call.tx, broadcast_id))
    keeping.change(call.tx, broadcast, call.body)
    return queries.broadcast(call.tx, broadcast_id)


@room.get(
    f"{_ONE}/mails", may=Permission.READ, out=page_of(BroadcastMailOut), listing=queries.MAILS, errors=[NOT_FOUND]
)
def list_broadcast_mails(call: Call, broadcast_id: str) -> Page:
    """List the mails of a broadcast: who got it, who did not and why, and what was told of each."""
    queries.status_of(call.reading, broadcast_id)
    return page(call.reading, queries.MAILS, call.asked, queries.of(broadcast_id))


@room.post(
    "/campaigns/<id:broadcast_id>/dispatch", may=Permission.WRITE, out=DispatchedOut, status=202, errors=_REFUSALS
)
def dispatch_broadcast(call: Call, broadcast_id: str) -> dict[str, str]:
    """Send a broadcast off: its audience is frozen, and leaves in batches by a job."""
    return {"job_id": keeping.dispatch(call.tx, keeping.get(call.tx, broadcast_id))}


@room.post(f"{_ONE}/pause", may=Permission.WRITE, out=BroadcastDetailOut, status=200, errors=_REFUSALS)
def pause_broadcast(call: Call, broadcast_id: str) -> dict[str, Any]:
    """Let nothing more of it leave."""
    keeping.pause(call.tx, keeping.get(call.tx, broadcast_id))
    return _shown(call, broadcast_id)


@room.post(f"{_ONE}/resume", may=Permission.WRITE, out=DispatchedOut, status=202, errors=_REFUSALS)
def resume_broadcast(call: Call, broadcast_id: str) -> dict[str, str]:
    """Let it go on where it was."""
    return {"job_id": keeping.resume(call.tx, keeping.get(call.tx, broadcast_id))}


@room.post(f"{_ONE}/cancel", may=Permission.WRITE, out=BroadcastDetailOut, status=200, errors=_REFUSALS)
def cancel_broadcast(call: Call, broadcast_id: str) -> dict[str, Any]:
    """End it: whoever has no mail yet gets none."""
    keeping.cancel(call.tx, keeping.get(call.tx, broadcast_id))
    return _shown(call, broadcast_id)


@room.post(
    "/callbacks/campaign-status",
    may=Permission.CALLBACKS,
    body=CampaignStatusIn,
    out=BroadcastDetailOut,
    status=200,
    once=False,
    errors=[NOT_FOUND],
)
def take_campaign_status(call: Call) -> dict[str, Any]:
    """Take what the outside says of a broadcast: kept as its claim, beside what we know; a difference is shown."""
    keeping.claimed(call.tx, keeping.get(call.tx, call.body["campaign_id"]), call.body)
    return _shown(call, call.body["campaign_id"])


def _shown(call: Call, broadcast_id: str) -> dict[str, Any]:
    call.tx.session.flush()  # what is shown is read by statements on bare tables
    return queries.broadcast(call.tx, broadcast_id)
