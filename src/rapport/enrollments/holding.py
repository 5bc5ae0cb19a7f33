"""Enrollments wait while an action of theirs is under way, and go on when it is settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, update

from rapport.enrollments import unchanged
from rapport.enrollments.facts import Gathered
from rapport.enrollments.models import Enrollment
from rapport.enrollments.placing import locked, place_one
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
_BEGIN = Once(update(_E).where(_E.c.id == bindparam("_id")).values(version=_E.c.version + 1, **_UNDER_WAY), row="_id")


@dataclass(frozen=True, slots=True)
class Held:
    """The locked row of an enrollment whose action is being settled, and its facts if they are known."""

    row: Mapping[str, Any]
    facts: Gathered | None


def begin(tx: Tx, enrollment_ids: Sequence[str]) -> None:
    """An action of each, which the caller has locked, is about to be done."""
    tx.write(_BEGIN, *({"_id": each} for each in enrollment_ids))


def doubt(tx: Tx, enrollment_id: str) -> None:
    """Nobody knows whether the action was done: the enrollment waits, and says so."""
    row = locked(tx, enrollment_id)
    if row is not None:
        place_one(tx, row, None, unsettled=Unsettled.UNCERTAIN, facts=None)


def hold(tx: Tx, enrollment_id: str, *, known: Gathered | None = None, looked: Looked = NOTHING) -> Held | None:
    """Lock an enrollment whose action is about to be settled, before anything is written of it. `known` are its facts
    as they were when the action was claimed; they are used if they still hold.
    """
    row = locked(tx, enrollment_id)
    if row is None:
        return None
    if known is None or enrollment_id not in known.rows:
        return Held(row, None)
    written = _UNDER_WAY | {"version": known.rows[enrollment_id]["version"] + 1}
    return Held(row, unchanged.again(tx, known, row, but=written, looked=looked))


def go_on(tx: Tx, held: Held, outcome: Outcome | None) -> None:
    """The action is settled: the enrollment goes on from what happened."""
    place_one(tx, held.row, outcome, unsettled=None, facts=held.facts)


def end(tx: Tx, enrollment_id: str, outcome: Outcome | None) -> None:
    """Both at once, for whoever has written already what is to be known of the action."""
    held = hold(tx, enrollment_id)
    if held is not None:
        go_on(tx, held, outcome)
