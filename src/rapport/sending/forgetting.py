"""Forgetting what was written to a person who asked to be erased: the texts and files of actions, not the actions."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select, update

from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.sending.models import Action, ActionFile
from rapport.sending.states import OPEN, State

_A, _F = Action.__table__, ActionFile.__table__
_OPTIONS = {SCOPED: True, "synchronize_session": False}


def of_leads(tx: Tx, client_id: str, lead_ids: Iterable[str]) -> int:
    """Empty every action for these leads, and call off what waits; answers how many were emptied.

    What is under way keeps its words until it is settled: by them it is looked for at the provider.
    """
    mine = (_A.c.client_id == client_id, _A.c.lead_id.in_(sorted(lead_ids)))
    tx.session.execute(
        update(_A)
        .where(*mine, _A.c.state == State.READY.value)
        .values(state=State.CANCELLED.value, settled_at=tx.now, code="erased"),
        execution_options=_OPTIONS,
    )
    settled = (*mine, _A.c.state.not_in([state.value for state in OPEN]))
    files = select(_A.c.id).where(*settled)
    tx.session.execute(
        delete(_F).where(_F.c.client_id == client_id, _F.c.action_id.in_(files)), execution_options=_OPTIONS
    )
    blank = {"subject": "", "body": "", "recipient": None, "detail": None}
    gone = tx.session.execute(update(_A).where(*settled).values(blank), execution_options=_OPTIONS)
    tx.touch(client_id)
    return int(gone.rowcount)  # type: ignore[attr-defined]
