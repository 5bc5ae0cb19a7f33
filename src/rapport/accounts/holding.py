"""The hold of the whole service: our own key or address is wrong, so no write of any account leaves.

Holding twice keeps the first reason. It stays through restarts until an admin has put right what is wrong and lifts it;
whoever sends asks for it with the facts of the sender, in the transaction that claims.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from rapport.accounts.models import ServiceHold
from rapport.events.titles import title
from rapport.kernel.errors import NOT_HELD, RapportError
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Reading, Tx

HELD = title(
    "service.held", "Nothing is sent for any client: {reason}. An admin puts that right, then lifts the service's hold."
)
LIFTED = title("service.hold_lifted", "The service sends again: the hold ({reason}) was lifted")
_OPEN = "open"
_REASON = 300


def hold(tx: Tx, reason: str) -> bool:
    """Hold the service; answers whether it was not held before."""
    if current(tx) is not None:
        return False
    try:
        with tx.session.begin_nested():
            tx.session.add(ServiceHold(id=tx.new_id(), reason=reason[:_REASON], held_at=tx.now, open_key=_OPEN))
    except IntegrityError:
        return False  # another account met the same wall at the same moment
    tx.emit(HELD, client_id=AGENCY, data={"reason": reason[:_REASON]})
    return True


def lift(tx: Tx) -> None:
    """Let the service send again."""
    held = tx.session.execute(
        select(ServiceHold).where(ServiceHold.open_key == _OPEN).with_for_update(key_share=True)
    ).scalar()
    if held is None:
        raise RapportError(NOT_HELD)
    held.open_key, held.lifted_at = None, tx.now
    held.lifted_by = tx.actor.id or tx.actor.type
    tx.emit(LIFTED, client_id=AGENCY, data={"reason": held.reason})


def current(reading: Reading) -> tuple[str, datetime] | None:
    """The reason of the hold in force, and since when."""
    row = reading.session.execute(
        select(ServiceHold.reason, ServiceHold.held_at).where(ServiceHold.open_key == _OPEN)
    ).first()
    return None if row is None else (row.reason, row.held_at)


def shown(reading: Reading) -> dict[str, Any]:
    """Whether the service is held, and why."""
    found = current(reading)
    reason, held_at = found if found is not None else (None, None)
    return {"held": found is not None, "reason": reason, "held_at": held_at}
