"""How long people wait: each wait has its end, one warning before it and one breach after it, however it is looked at.

A wait is one of a conversation, told by its number. It is followed from the log, and due by what its client promises
people of that temperature. Two who look at once meet at the row: whoever marks it first tells of it, and a second
telling is forbidden by the log as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from rapport.inbox import events
from rapport.inbox.models import Wait, WaitTerms
from rapport.inbox.waits import queries
from rapport.inbox.waits.hours import schedule, stored
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.people.queries import client as client_of
from rapport.rules import waiting
from rapport.rules.waiting import DEFAULTS, UNSCORED

_W = Wait.__table__
_OPTIONS = {SCOPED: True, "synchronize_session": False}
AT_ONCE = 500


def follow(tx: Tx, thread: Mapping[str, Any]) -> None:
    """Bring the waits of a conversation to what it is now: `thread` names its client, number, beginning, warmth."""
    mine = (Wait.conversation_id == thread["id"], Wait.client_id == thread["client_id"])
    rows = tx.session.execute(select(Wait).where(*mine, Wait.ended_at.is_(None))).scalars().all()
    is_waiting = thread["waiting_since"] is not None
    for each in rows:
        if not is_waiting or each.number != thread["wait_number"]:
            each.ended_at = tx.now
    if not is_waiting:
        return
    current = next((each for each in rows if each.number == thread["wait_number"]), None)
    if current is None and tx.session.get(Wait, (thread["id"], thread["wait_number"])) is not None:
        return  # it ended, and what is read here is older than that
    is_new = current is None
    if current is None:
        ids = {"conversation_id": thread["id"], "client_id": thread["client_id"]}
        current = Wait(number=thread["wait_number"], **ids)
    _set(tx, current, thread["waiting_since"], thread["temperature"])
    if is_new:
        tx.session.add(current)


def promise(tx: Tx, client_id: str, given: Mapping[str, Any]) -> None:
    """Say how long a client lets people wait; whoever waits now is reckoned anew."""
    terms = tx.session.get(WaitTerms, client_id)
    if terms is None:
        terms = WaitTerms(client_id=client_id)
        tx.session.add(terms)
    for name in ("hot_s", "warm_s", "cold_s", "unscored_s"):
        setattr(terms, name, given[name])
    terms.hours = stored(given["hours"])
    tx.emit(events.WAIT_TERMS_CHANGED, client_id=client_id)
    temperatures = queries.temperatures(tx, client_id)
    mine = (Wait.client_id == client_id, Wait.ended_at.is_(None))
    rows = tx.session.execute(select(Wait).where(*mine)).scalars().all()
    for each in rows:
        _set(tx, each, each.since, temperatures.get(each.conversation_id))


def _set(tx: Tx, wait: Wait, since: datetime, temperature: str | None) -> None:
    """When it is due. What has been warned of and breached stays so."""
    terms = tx.session.get(WaitTerms, wait.client_id)
    name = temperature or UNSCORED
    target = timedelta(seconds=getattr(terms, f"{name}_s")) if terms is not None else DEFAULTS[name]
    hours = None
    if terms is not None and terms.hours is not None:
        hours = schedule(terms.hours, client_of(tx, wait.client_id)["timezone"])
    found = waiting.due(since, target, hours)
    wait.since, wait.target_s = since, int(target.total_seconds())
    wait.warn_at, wait.due_at = found.warn_at, found.due_at


def sweep(tx: Tx) -> dict[str, int]:
    """Warn of what is nearly over, and tell of what is."""
    warned = _mark(tx, "warned_at", _W.c.warn_at, events.WAIT_NEARLY_OVER, "warning")
    breached = _mark(tx, "breached_at", _W.c.due_at, events.WAIT_OVER, "breach")
    return {"warned": warned, "breached": breached}


def _mark(tx: Tx, mark: str, when: Any, event: str, word: str) -> int:
    due = (_W.c.ended_at.is_(None), _W.c[mark].is_(None), when <= tx.now, queries.STANDS)
    first = select(_W.c.conversation_id, _W.c.number).where(*due).order_by(when).limit(AT_ONCE)
    keys = tx.session.execute(first, execution_options=_OPTIONS).all()
    if not keys:
        return 0
    marked = tx.session.execute(
        update(_W)
        .where(*due, _W.c.conversation_id.in_([key.conversation_id for key in keys]))
        .values({mark: tx.now})
        .returning(_W.c.client_id, _W.c.conversation_id, _W.c.number, _W.c.since, _W.c.due_at, _W.c.target_s),
        execution_options=_OPTIONS,
    ).all()
    known = queries.about(tx, [row.conversation_id for row in marked])
    for row in sorted(marked, key=lambda each: (each.client_id, each.conversation_id)):
        thread = known[row.conversation_id]
        data = {"due_at": row.due_at.isoformat(), "waiting_since": row.since.isoformat(), "minutes": row.target_s // 60}
        told = {name: thread[name] for name in ("lead", "temperature", "assignee_id")}
        tx.emit(
            event,
            client_id=row.client_id,
            data=data | told,
            dedupe_key=f"sla.{word}:{row.conversation_id}:{row.number}",
            conversation_id=row.conversation_id,
            lead_id=thread["lead_id"],
            account_id=thread["account_id"],
            campaign_id=thread["campaign_id"],
        )
        tx.touch(row.client_id)
    return len(marked)
