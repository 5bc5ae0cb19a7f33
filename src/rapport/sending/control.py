"""Starting and stopping the sending for every process, and what each process says of itself.

What is wanted stands in the database, so it holds for processes that begin later, too. Stopping lets what was begun
settle and begins nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from rapport.enrollments.lines import DUE
from rapport.kernel.ids import AGENCY
from rapport.kernel.tenancy import Prepared
from rapport.kernel.tx import Reading, Tx
from rapport.sending import events, queries
from rapport.sending.models import THE_ONE, Scheduler, SchedulerProcess
from rapport.sending.states import Wanted

_S = Scheduler.__table__
_P = SchedulerProcess.__table__
GONE = timedelta(minutes=2)
"""A process that said nothing for so long is gone."""
_FORGOTTEN = timedelta(days=1)
_EVENTS = {Wanted.RUNNING: events.STARTED, Wanted.DRAINING: events.DRAINED, Wanted.STOPPED: events.STOPPED}


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a process says of its sending."""

    name: str
    state: str
    threads: int
    in_flight: int
    last_turn_at: datetime | None
    lag_seconds: int
    failures: int
    last_error: str | None


def is_stopped(reading: Reading) -> bool:
    """Whether no call may begin, not even of what is claimed."""
    return _wanted(reading) is Wanted.STOPPED


def _wanted(reading: Reading) -> Wanted:
    return Wanted(reading.rows(_WANTED).scalar() or Wanted.RUNNING)


_WANTED = Prepared(select(_S.c.wanted).where(_S.c.id == THE_ONE), owner=None)


def want(tx: Tx, wanted: Wanted, *, reason: str | None, by: str | None) -> bool:
    """Say what is wanted of every process; answers whether that is new."""
    row = tx.session.get(Scheduler, THE_ONE, with_for_update={"key_share": True})
    before = Wanted.RUNNING if row is None else Wanted(row.wanted)
    if row is None:
        row = Scheduler(id=THE_ONE)
        tx.session.add(row)
    row.wanted, row.wanted_at, row.wanted_by, row.reason = wanted.value, tx.now, by, reason
    if before is wanted:
        return False
    event = _EVENTS[wanted]
    tx.emit(event, client_id=AGENCY, data={"reason": reason or "no reason was given"})
    if wanted is Wanted.RUNNING:
        tx.signal(DUE)
    return True


def beat(tx: Tx, heartbeat: Heartbeat) -> None:
    """Keep what a process says of itself, and forget those that have long been gone."""
    row = tx.session.get(SchedulerProcess, heartbeat.name)
    if row is None:
        row = SchedulerProcess(name=heartbeat.name, started_at=tx.now)
        tx.session.add(row)
    row.seen_at, row.state, row.threads = tx.now, heartbeat.state, heartbeat.threads
    row.in_flight, row.last_turn_at, row.lag_seconds = (
        heartbeat.in_flight,
        heartbeat.last_turn_at,
        heartbeat.lag_seconds,
    )
    row.failures, row.last_error = heartbeat.failures, heartbeat.last_error
    tx.session.execute(delete(SchedulerProcess).where(SchedulerProcess.seen_at < tx.now - _FORGOTTEN))


def leave(tx: Tx, name: str) -> None:
    """A process ends in good order."""
    tx.session.execute(delete(SchedulerProcess).where(SchedulerProcess.name == name))


def status(reading: Reading) -> dict[str, Any]:
    """What is wanted, what each process does, and when each sender's next turn is."""
    row = reading.rows(select(_S).where(_S.c.id == THE_ONE)).first()
    processes = [dict(each._mapping) for each in reading.rows(select(_P).order_by(_P.c.name))]
    for each in processes:
        each["alive"] = each["seen_at"] > reading.now - GONE
    return {
        "wanted": Wanted.RUNNING.value if row is None else row.wanted,
        "wanted_at": None if row is None else row.wanted_at,
        "reason": None if row is None else row.reason,
        "at": reading.now,
        "in_flight": queries.in_flight(reading),
        "uncertain": queries.uncertain(reading),
        "processes": processes,
        "senders": queries.next_turns(reading),
    }
