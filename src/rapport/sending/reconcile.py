"""Finding the actions of the dead, and settling what nobody knows by reading the provider.

An action whose lease ran out before its call was not sent: it is given back. One whose lease ran out during the call is
uncertain. Uncertain ones are read by one process at a time, and settled as the rule says.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import func, select, update

from rapport.kernel.tenancy import SCOPED, Prepared, within
from rapport.kernel.tx import Reading, Tx
from rapport.leads import relating
from rapport.ports.outcomes import Ids
from rapport.rules import outcomes
from rapport.rules.sequences import StepKind
from rapport.rules.settling import AskAPerson, DidNotHappen, Happened, ReadAgain, Sight, verdict
from rapport.sending import events, queries, settle
from rapport.sending.models import Action, in_states
from rapport.sending.read_back import Seen
from rapport.sending.states import SettledBy, State

_A = Action.__table__
BATCH = 50
GAVE_BACK = "worker_died"
DIED_CALLING = "died_while_calling"


@dataclass(frozen=True, slots=True)
class ToRead:
    """An action to be looked for at the provider, by whoever holds `owner`."""

    action: Mapping[str, Any]
    lead: Mapping[str, Any]
    account: Mapping[str, Any]
    owner: str


def next_due(reading: Reading) -> datetime | None:
    """When the next lease runs out or the next reading is due."""
    found = reading.rows(_NEXT_DUE).one()
    return min((at for at in (found.lease, found.reading) if at is not None), default=None)


_NEXT_DUE = Prepared(
    select(
        select(func.min(_A.c.lease_until, type_=_A.c.lease_until.type))
        .where(in_states(State.CLAIMED, State.CALLING))
        .scalar_subquery()
        .label("lease"),
        select(func.min(_A.c.read_at, type_=_A.c.read_at.type))
        .where(in_states(State.UNCERTAIN))
        .scalar_subquery()
        .label("reading"),
    ),
    owner=None,
)
"""Of all clients, as the sweep is."""


def sweep(tx: Tx) -> int:
    """Give back what was claimed and never begun, and doubt what was begun and never settled; answers how many."""
    statement = (
        select(_A)
        .where(
            in_states(State.CLAIMED, State.CALLING),
            _A.c.lease_until <= tx.now,
            within(tx.scope, _A.c.client_id),
        )
        .order_by(_A.c.lease_until, _A.c.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
    )
    rows = [row._mapping for row in tx.rows(statement)]
    for row in rows:
        if row["state"] == State.CLAIMED.value:
            settle.cancelled(tx, row, code=GAVE_BACK)
        else:
            settle.died(tx, row, code=DIED_CALLING)
    return len(rows)


def take(tx: Tx, *, limit: int, lease: timedelta) -> list[ToRead]:
    """Uncertain actions whose reading is due, taken so that for so long no other process reads them."""
    statement = (
        select(_A.c.id)
        .where(in_states(State.UNCERTAIN), _A.c.read_at <= tx.now, within(tx.scope, _A.c.client_id))
        .order_by(_A.c.read_at, _A.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    taken = []
    for action_id in list(tx.rows(statement).scalars()):
        owner = secrets.token_hex(12)
        _set(tx, action_id, {"read_at": tx.now + lease, "owner": owner})
        found = queries.called(tx, action_id)
        if found is not None:
            taken.append(ToRead(*found, owner=owner))
    return taken


def judge(tx: Tx, action_id: str, seen: Seen, *, owner: str, lag: timedelta) -> str:
    """Write what a reading showed, and what follows; answers it in a word."""
    row = settle.hold(tx, action_id, State.UNCERTAIN, owner=owner)
    if row is None:
        return "not_ours"
    absent = row["absent_reads"] + (seen.sight is Sight.ABSENT)
    failed = row["failed_reads"] + 1 if seen.sight is Sight.UNREADABLE else 0
    follows = verdict(
        seen.sight,
        called_at=row["calling_at"] or row["created_at"],
        absent_reads=absent,
        failed_reads=failed,
        now=tx.now,
        lag=lag,
    )
    counts = {"absent_reads": absent, "failed_reads": failed}
    match follows:
        case Happened():
            happened(tx, row, seen.ids, by=SettledBy.READING, is_connected=seen.is_connected)
            return "sent"
        case DidNotHappen():
            settle.cancelled(tx, row, code="not_found_at_provider", by=SettledBy.READING)
            return "cancelled"
        case ReadAgain(at=at):
            _set(tx, row["id"], {**counts, "read_at": at, "detail": (seen.why or row["detail"] or "")[:500] or None})
            return "read_again"
        case AskAPerson():
            _set(tx, row["id"], {**counts, "read_at": None})
            lead, account = queries.names_of(tx, row)
            data = queries.about(row, lead=lead, account=account)
            tx.emit(events.NEEDS_A_PERSON, client_id=row["client_id"], data=data, **queries.subject(row))
            return "needs_a_person"
        case _:
            assert_never(follows)


def happened(tx: Tx, row: Mapping[str, Any], ids: Ids, *, by: SettledBy, is_connected: bool) -> None:
    """An uncertain action, which is held, did reach the person; an invitation may have been accepted already."""
    settle.sent(tx, row, ids=ids, by=by)
    if is_connected and row["kind"] == StepKind.INVITE.value:
        relating.connected(tx, row["client_id"], row["account_id"], [(row["lead_id"], tx.now)])
        settle.place_others(tx, row, outcomes.Accepted(tx.now))


def _set(tx: Tx, action_id: str, changed: Mapping[str, Any]) -> None:
    statement = update(_A).where(_A.c.id == action_id, within(tx.scope, _A.c.client_id)).values(changed)
    tx.session.execute(statement, execution_options={SCOPED: True, "synchronize_session": False})
