"""What a person says of an action that is uncertain, having looked: it was sent, or it was not."""

from __future__ import annotations

from sqlalchemy import select

from rapport.kernel.errors import ACTION_STATE, NOT_FOUND, RapportError
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Tx
from rapport.ports.outcomes import Ids
from rapport.sending import settle
from rapport.sending.models import Action
from rapport.sending.states import SettledBy, State

_A = Action.__table__


def confirm(tx: Tx, action_id: str, *, was_sent: bool) -> None:
    """Settle an uncertain action by a person's word. What was not sent may be tried again."""
    row = settle.hold(tx, action_id, State.UNCERTAIN)
    if row is None:
        state = tx.rows(select(_A.c.state).where(_A.c.id == action_id, within(tx.scope, _A.c.client_id))).scalar()
        if state is None:
            raise RapportError(NOT_FOUND)
        raise RapportError(ACTION_STATE, f"The action is {state}; only what is uncertain can be confirmed.")
    if was_sent:
        settle.sent(tx, row, ids=Ids(), by=SettledBy.PERSON)
    else:
        settle.cancelled(tx, row, code="not_sent", by=SettledBy.PERSON)
