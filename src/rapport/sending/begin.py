"""Beginning a call: the last instant at which an action can still be held back.

What was claimed a moment ago may have been overtaken: the person replied, an operator paused, the window closed, the
lease ran out. Only an action for which nothing of this is so is marked as being called, and only its owner may do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rapport.kernel.tx import Tx
from rapport.leads.forbidden import NOTHING, Looked
from rapport.sending import control, queries, settle
from rapport.sending.claimed import Claimed
from rapport.sending.prepare import Ready
from rapport.sending.states import Origin, State

_MARGIN = timedelta(seconds=1)
"""So long before a window closes nothing begins: the call itself takes a moment."""


def begin(tx: Tx, claimed: Claimed, ready: Ready, *, lease: timedelta) -> bool:
    """Mark an action as being called; False when it must not be, and then it is given back."""
    row = settle.hold(tx, claimed.action["id"], State.CLAIMED, owner=claimed.action["owner"])
    if row is None:
        return False
    held_by = overtaken_by(tx, row)
    if held_by is not None:
        settle.cancelled(tx, row, code=held_by)
        return False
    mark(tx, row, ready, lease=lease)
    return True


def mark(tx: Tx, row: Mapping[str, Any], ready: Ready, *, lease: timedelta) -> None:
    """Mark what is held, and not overtaken, as being called."""
    changed = {
        "state": State.CALLING.value,
        "calling_at": tx.now,
        "lease_until": tx.now + lease,
        "recipient": ready.recipient or row["recipient"],
        "chat_id": ready.chat_id or row["chat_id"],
        "invitation_id": ready.invitation_id or row["invitation_id"],
    }
    settle.change(tx, row["id"], changed)


def overtaken_by(tx: Tx, row: Mapping[str, Any], *, looked: Looked = NOTHING) -> str | None:
    """What forbids the call now, in a word."""
    if row["lease_until"] is not None and row["lease_until"] <= tx.now:
        return "lease_over"
    if row["call_before"] is not None and row["call_before"] - _MARGIN <= tx.now:
        return "window_closed"
    if row["origin"] == Origin.CAMPAIGN.value:
        return queries.why_not_now(tx, row, looked=looked)
    return "sending_stopped" if control.is_stopped(tx) else None
