"""Replies on channels that others carry for us: handed over once, and settled by what is told of them.

No account counts them and nobody here calls anybody. What was handed over and is not told of is uncertain, and a person
says what became of it; what certainly did not arrive may be tried again, as on LinkedIn.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from rapport.kernel.db import is_one_of
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading, Tx
from rapport.ports.outcomes import Ids, LeadEffect, Refused
from rapport.sending import events, queries, settle
from rapport.sending.models import Action
from rapport.sending.settle import Row
from rapport.sending.states import SettledBy, State

_A = Action.__table__
_OPEN = (State.READY, State.CALLING, State.UNCERTAIN)


def hand_over(tx: Tx, action_id: str) -> Row | None:
    """The reply, to be carried by somebody else from now on; None when it was called off or handed over before."""
    row = settle.hold(tx, action_id, State.READY)
    if row is None or row["account_id"] is not None:
        return None
    settle.change(tx, action_id, {"state": State.CALLING.value, "claimed_at": tx.now, "calling_at": tx.now})
    tx.touch(row["client_id"])
    return {**row, "state": State.CALLING.value, "claimed_at": tx.now, "calling_at": tx.now}


def arrived(tx: Tx, action_id: str, *, message_id: str | None) -> Row | None:
    """It reached the person; None when that was known, or it is not anybody's to say."""
    row = _held(tx, action_id)
    if row is not None:
        settle.sent(tx, row, ids=Ids(message_id=message_id), by=SettledBy.NOTICE)
    return row


def did_not(tx: Tx, action_id: str, *, code: str, detail: str | None) -> Row | None:
    """It certainly did not arrive; None when something else is known of it."""
    row = _held(tx, action_id)
    if row is not None:
        settle.refused(tx, row, Refused(code, LeadEffect.WAITS, detail=detail))
    return row


def unclear(tx: Tx, action_id: str, *, code: str) -> Row | None:
    """It may have arrived, and nobody can be asked: a person must say."""
    row = settle.hold(tx, action_id, State.CALLING)
    if row is None or row["account_id"] is not None:
        return None
    settle.uncertain(tx, row, code=code)
    settle.change(tx, action_id, {"read_at": None})
    lead, account = queries.names_of(tx, row)
    data = queries.about(row, lead=lead, account=account)
    tx.emit(events.NEEDS_A_PERSON, client_id=row["client_id"], data=data, **queries.subject(row))
    return row


def silent(reading: Reading, *, longer_than: timedelta, limit: int) -> list[str]:
    """What was handed over so long ago and has not been told of."""
    statement = (
        select(_A.c.id)
        .where(is_one_of(_A.c.state, State.CALLING.value), _A.c.account_id.is_(None))
        .where(_A.c.calling_at <= reading.now - longer_than, within(reading.scope, _A.c.client_id))
        .order_by(_A.c.calling_at, _A.c.id)
        .limit(limit)
    )
    return list(reading.rows(statement).scalars())


def _held(tx: Tx, action_id: str) -> Row | None:
    row = settle.hold(tx, action_id, *_OPEN)
    return row if row is not None and row["account_id"] is None else None
