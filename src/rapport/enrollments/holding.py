"""Enrollments wait while an action of theirs is under way, and go on when it is settled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, update

from rapport.enrollments.models import Enrollment
from rapport.enrollments.placing import place
from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Tx
from rapport.rules.outcomes import Outcome
from rapport.rules.reasons import Reason
from rapport.rules.statuses import Unsettled

_E = Enrollment.__table__


def begin(tx: Tx, enrollment_ids: Sequence[str]) -> None:
    """An action of each, which the caller has locked, is about to be done."""
    statement = (
        update(_E)
        .where(_E.c.id == bindparam("_id"))
        .values(
            unsettled=Unsettled.IN_FLIGHT.value,
            reason=Reason.IN_FLIGHT.value,
            details={},
            line=None,
            next_at=None,
            failures=0,
            version=_E.c.version + 1,
        )
    )
    tx.session.connection().execute(statement, [{"_id": each} for each in enrollment_ids])


def doubt(tx: Tx, enrollment_id: str) -> None:
    """Nobody knows whether the action was done: the enrollment waits, and says so."""
    _mark(tx, enrollment_id, Unsettled.UNCERTAIN)
    place(tx, [enrollment_id])


def end(tx: Tx, enrollment_id: str, outcome: Outcome | None) -> None:
    """The action is settled: the enrollment goes on from what happened."""
    _mark(tx, enrollment_id, None)
    place(tx, [enrollment_id], happened=lambda _: outcome)


def _mark(tx: Tx, enrollment_id: str, unsettled: Unsettled | None) -> None:
    values: dict[str, Any] = {"unsettled": unsettled.value if unsettled else None, "version": _E.c.version + 1}
    statement = update(_E).where(_E.c.id == enrollment_id, within(tx.scope, _E.c.client_id)).values(values)
    tx.session.execute(statement, execution_options={SCOPED: True, "synchronize_session": False})
