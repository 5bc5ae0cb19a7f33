"""What is sent outside of a campaign's turn: an operator's reply, the withdrawal of an old invitation.

It is written down as ready, and taken when its account has room: counted, claimed, and then carried out as any other.
What finds no room waits for it, and says until when.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from rapport.accounts import usage
from rapport.accounts.facts import of_rows as sender_facts
from rapport.enrollments.lines import DUE
from rapport.kernel.errors import ACTION_STATE, RapportError
from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Tx
from rapport.leads.facts import pending
from rapport.rules.limits import BUDGET_OF, Budget
from rapport.rules.sequences import StepKind
from rapport.rules.slots import next_slot
from rapport.rules.windows import office_hours
from rapport.sending import events, files, queries
from rapport.sending.claimed import Claimed
from rapport.sending.models import Action, in_states
from rapport.sending.states import Origin, State

_A = Action.__table__
_LOOK_AGAIN = timedelta(hours=1)
"""How long an action waits whose account has no room and no time at which it will have any."""


def want(
    tx: Tx,
    *,
    client_id: str,
    account_id: str,
    lead_id: str | None,
    kind: StepKind,
    origin: Origin,
    due_at: datetime,
    body: str = "",
    subject: str = "",
    chat_id: str | None = None,
    recipient: str | None = None,
    invitation_id: str | None = None,
    conversation_id: str | None = None,
    created_by: str | None = None,
    file_ids: Sequence[str] = (),
    retry_of: str | None = None,
) -> str:
    """Write down something to be sent as soon as its account may; answers the action."""
    action = Action(
        id=tx.new_id(),
        client_id=client_id,
        account_id=account_id,
        lead_id=lead_id,
        kind=kind.value,
        origin=origin.value,
        state=State.READY.value,
        subject=subject,
        body=body,
        chat_id=chat_id,
        recipient=recipient,
        invitation_id=invitation_id,
        conversation_id=conversation_id,
        due_at=due_at,
        created_at=tx.now,
        absent_reads=0,
        failed_reads=0,
        created_by=created_by,
        retry_of=retry_of,
    )
    tx.session.add(action)
    tx.session.flush()  # its files point at it
    files.attach(tx, action.id, client_id, file_ids)
    tx.signal(DUE)
    return action.id


def take(tx: Tx, *, limit: int, lease: timedelta) -> list[Claimed]:
    """Take what is due and has room, counted and claimed; at most one action for each account."""
    first = (
        select(_A.c.account_id)
        .where(in_states(State.READY), _A.c.due_at <= tx.now, within(tx.scope, _A.c.client_id))
        .group_by(_A.c.account_id)
        .limit(limit)
    )
    account_ids = list(tx.rows(first).scalars())
    if not account_ids:
        return []
    accounts = usage.lock_free(tx, account_ids)
    taken = []
    for account_id, account in accounts.items():
        claimed = _take_one(tx, account_id, account, lease)
        if claimed is not None:
            taken.append(claimed)
    return taken


def _take_one(tx: Tx, account_id: str, account: Mapping[str, Any], lease: timedelta) -> Claimed | None:
    due = (
        select(_A.c.id)
        .where(
            _A.c.account_id == account_id,
            in_states(State.READY),
            _A.c.due_at <= tx.now,
            within(tx.scope, _A.c.client_id),
        )
        .order_by(_A.c.due_at, _A.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    action_id = tx.rows(due).scalar()
    found = queries.called(tx, action_id) if action_id is not None else None
    if found is None:
        return None
    action, lead, _ = found
    budget = BUDGET_OF[StepKind(action["kind"])]
    said = None
    if action["origin"] == Origin.UPKEEP.value:
        turn = _own_turn(tx, account)
        if turn > tx.now:
            _set(tx, action["id"], {"due_at": turn})
            return None
    if budget is not None:
        waiting = pending(tx, [account_id]).get(account_id, 0) if budget is Budget.INVITES else None
        room = usage.reserve(tx, account_id, budget, action_id=action_id, pending=waiting)
        if isinstance(room, usage.Exhausted):
            _set(tx, action["id"], {"due_at": room.until or tx.now + _LOOK_AGAIN, "code": room.reason.value})
            return None
        said = room.told
    changed = {
        "state": State.CLAIMED.value,
        "owner": secrets.token_hex(12),
        "lease_until": tx.now + lease,
        "claimed_at": tx.now,
        "code": None,
    }
    _set(tx, action["id"], changed)
    row = {**action, **changed}
    lead_name, account_name = queries.names_of(tx, row)
    data = {**queries.about(row, lead=lead_name, account=account_name), "usage": said}
    tx.emit(events.CLAIMED, client_id=row["client_id"], data=data, **queries.subject(row))
    return Claimed(row, lead or _NOBODY, account)


def _own_turn(tx: Tx, account: Mapping[str, Any]) -> datetime:
    """When an account may next do what no campaign and nobody asks of it: in its hours, well apart from all else."""
    sender = sender_facts(tx, [account], pending={})[account["id"]]
    sender = replace(sender, hours=sender.hours or office_hours(sender.zone))
    return next_slot(sender, Budget.OTHER, tx.now).at or tx.now + _LOOK_AGAIN


_NOBODY: dict[str, Any] = {"id": None, "provider_id": None, "public_identifier": None, "member_id": None, "email": None}


def call_off(tx: Tx, action_id: str) -> None:
    """Take back what is ready and has not begun."""
    gone = (
        update(_A)
        .where(_A.c.id == action_id, _A.c.state == State.READY.value, within(tx.scope, _A.c.client_id))
        .values(state=State.CANCELLED.value, settled_at=tx.now, code="called_off")
    )
    done = tx.session.execute(gone, execution_options={SCOPED: True, "synchronize_session": False})
    if not done.rowcount:  # type: ignore[attr-defined]
        state = queries.seen(tx, action_id)["state"]
        raise RapportError(ACTION_STATE, f"The action is {state}; only what has not begun can be called off.")


def _set(tx: Tx, action_id: str, changed: Mapping[str, Any]) -> None:
    statement = update(_A).where(_A.c.id == action_id, within(tx.scope, _A.c.client_id)).values(changed)
    tx.session.execute(statement, execution_options={SCOPED: True, "synchronize_session": False})
    tx.session.expire_all()
