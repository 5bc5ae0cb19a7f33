"""Leads about whom nothing can be decided because something is broken: tried again, then set aside, in nobody's way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from rapport.enrollments import events, lines
from rapport.enrollments.facts import Gathered, of_rows
from rapport.enrollments.models import Enrollment
from rapport.kernel.log import get_log
from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Tx
from rapport.rules.facts import SenderFacts
from rapport.rules.reasons import Reason

_E = Enrollment.__table__
_log = get_log("parking")
WAITS = (timedelta(minutes=1), timedelta(minutes=5))
"""Before the second and the third try; after that a person must look."""


def gathered(
    tx: Tx, rows: Sequence[Mapping[str, Any]], *, senders: Mapping[str, SenderFacts]
) -> tuple[Gathered, frozenset[str]]:
    """The facts of enrollments whose rows are locked, and the ids of those whose facts cannot be had."""
    try:
        return of_rows(tx, rows, senders=senders), frozenset()
    except SQLAlchemyError:
        raise  # the database's trouble is nobody's in particular
    except Exception:  # noqa: BLE001 - whatever is broken in one must not keep the others
        return _one_by_one(tx, rows, senders)


def _one_by_one(
    tx: Tx, rows: Sequence[Mapping[str, Any]], senders: Mapping[str, SenderFacts]
) -> tuple[Gathered, frozenset[str]]:
    good: list[Mapping[str, Any]] = []
    bad: set[str] = set()
    for row in rows:
        try:
            of_rows(tx, [row], senders=senders)
        except SQLAlchemyError:
            raise
        except Exception as failure:  # noqa: BLE001 - see above
            bad.add(row["id"])
            _set_aside(tx, row, failure)
        else:
            good.append(row)
    return of_rows(tx, good, senders=senders), frozenset(bad)


def _set_aside(tx: Tx, row: Mapping[str, Any], failure: Exception) -> None:
    """Let the lead wait for another try, or after the last one until a person has looked."""
    tries = row["failures"] + 1
    error = f"{type(failure).__name__}: {failure}"[:200]
    _log.error("lead_cannot_be_decided", enrollment_id=row["id"], tries=tries, exc_info=failure)
    changed: dict[str, Any] = {"failures": tries, "version": row["version"] + 1}
    if tries <= len(WAITS):
        changed["next_at"] = tx.now + WAITS[tries - 1]
    else:
        reason = f"Set aside after {tries} failed tries: {error}"[:300]
        changed |= {"line": None, "next_at": None, "paused_at": tx.now, "pause_reason": reason, "failures": 0}
        changed |= {"reason": Reason.PAUSED.value, "details": {}}
        tx.emit(
            events.PARKED,
            client_id=row["client_id"],
            data={"lead": row["lead_id"], "tries": tries, "error": error},
            enrollment_id=row["id"],
            lead_id=row["lead_id"],
            campaign_id=row["campaign_id"],
            account_id=row["account_id"],
        )
    statement = update(_E).where(_E.c.id == row["id"], within(tx.scope, _E.c.client_id)).values(changed)
    tx.session.execute(statement, execution_options={SCOPED: True, "synchronize_session": False})
    tx.touch(row["client_id"])
    if changed.get("next_at") is not None:
        key = (row["account_id"], row["campaign_id"], row["line"])
        lines.wake(tx, {key: (row["client_id"], changed["next_at"])})
