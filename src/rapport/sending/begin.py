"""Beginning a call: the last instant at which an action can still be held back.

What was claimed a moment ago may have been overtaken: the person replied, an operator paused, the window closed, the
lease ran out. Only an action for which nothing of this is so is marked as being called, and only its owner may do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Tx
from rapport.sending import control, queries, settle
from rapport.sending.models import Action
from rapport.sending.prepare import Ready
from rapport.sending.states import Origin, State

_A = Action.__table__
_MARGIN = timedelta(seconds=1)
"""So long before a window closes nothing begins: the call itself takes a moment."""


def begin(tx: Tx, action_id: str, ready: Ready, *, owner: str, lease: timedelta) -> bool:
    """Mark an action as being called; False when it must not be, and then it is given back."""
    row = settle.hold(tx, action_id, State.CLAIMED, owner=owner)
    if row is None:
        return False
    held_by = _overtaken_by(tx, row)
    if held_by is not None:
        settle.cancelled(tx, row, code=held_by)
        return False
    statement = (
        update(_A)
        .where(_A.c.id == action_id, within(tx.scope, _A.c.client_id))
        .values(
            state=State.CALLING.value,
            calling_at=tx.now,
            lease_until=tx.now + lease,
            recipient=ready.recipient or row["recipient"],
            chat_id=ready.chat_id or row["chat_id"],
            invitation_id=ready.invitation_id or row["invitation_id"],
        )
    )
    tx.session.execute(statement, execution_options={SCOPED: True, "synchronize_session": False})
    return True


def _overtaken_by(tx: Tx, row: Mapping[str, Any]) -> str | None:
    """What forbids the call now, in a word."""
    if row["lease_until"] is not None and row["lease_until"] <= tx.now:
        return "lease_over"
    if row["call_before"] is not None and row["call_before"] - _MARGIN <= tx.now:
        return "window_closed"
    if control.is_stopped(tx):
        return "sending_stopped"
    if row["origin"] == Origin.CAMPAIGN.value:
        return queries.why_not_now(tx, row)
    return None
