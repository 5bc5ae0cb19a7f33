"""Enrollments wait while an action of theirs is under way, and go on when it is settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update

from rapport.enrollments import unchanged
from rapport.enrollments.facts import Gathered
from rapport.enrollments.models import Enrollment
from rapport.enrollments.placing import place_one
from rapport.kernel.once import Once
from rapport.kernel.tx import Tx
from rapport.leads.forbidden import NOTHING, Looked
from rapport.rules.outcomes import Outcome
from rapport.rules.reasons import Reason
from rapport.rules.statuses import Unsettled

_E = Enrollment.__table__
_UNDER_WAY: dict[str, Any] = {
    "unsettled": Unsettled.IN_FLIGHT.value,
    "reason": Reason.IN_FLIGHT.value,
    "details": {},
    "line": None,
    "next_at": None,
    "failures": 0,
}
_BEGIN = Once(update(_E).where(_E.c.id == bindparam("_id")).values(version=_E.c.version + 1, **_UNDER_WAY))


def begin(tx: Tx, enrollment_ids: Sequence[str]) -> None:
    """An action of each, which the caller has locked, is about to be done."""
    tx.write(_BEGIN, *({"_id": each} for each in enrollment_ids))


def doubt(tx: Tx, enrollment_id: str) -> None:
    """Nobody knows whether the action was done: the enrollment waits, and says so."""
    place_one(tx, enrollment_id, None, unsettled=Unsettled.UNCERTAIN, facts=_gathered_anew)


def end(
    tx: Tx,
    enrollment_id: str,
    outcome: Outcome | None,
    *,
    known: Gathered | None = None,
    invited_at: datetime | None = None,
    looked: Looked = NOTHING,
) -> None:
    """The action is settled: the enrollment goes on from what happened. `known` are its facts as they were when the
    action was claimed, before the caller noted that the lead was `invited_at`; they are used if they still hold.
    """

    def facts(row: Mapping[str, Any]) -> Gathered | None:
        if known is None or row["id"] not in known.rows:
            return None
        written = _UNDER_WAY | {"version": known.rows[row["id"]]["version"] + 1}
        return unchanged.again(tx, known, row, but=written, invited_at=invited_at, looked=looked)

    place_one(tx, enrollment_id, outcome, unsettled=None, facts=facts)


def _gathered_anew(_row: Mapping[str, Any]) -> Gathered | None:
    return None
