"""A worker process that is made to be killed: the product's supervisor, and one kind of job that leaves a mark.

What it is doing at each moment it writes into memory shared with whoever kills it, so that every kill knows
the phase it hit. The mark is a row: inside the handler's transaction, or (the broken worker of the control)
outside of it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event, text

from rapport.assembly import Service, assemble, measure_clock
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.clock import Stop
from rapport.kernel.log import configure_log
from rapport.kernel.settings import read_settings
from rapport.kernel.tx import Tx
from rapport.runtime.alone import Alone
from rapport.runtime.supervisor import Supervisor

PHASES = ("between", "claiming", "claimed", "handling", "marked", "committing")
BETWEEN, CLAIMING, CLAIMED, HANDLING, MARKED, COMMITTING = range(len(PHASES))
TYPE = "test.mark"
MARKS = "CREATE TABLE IF NOT EXISTS mark (job_id VARCHAR(36) NOT NULL, attempt INTEGER NOT NULL)"
_MARK = "INSERT INTO mark (job_id, attempt) VALUES ({0}, {0})"


@dataclass(frozen=True)
class Orders:
    """What a victim needs to know."""

    environment: Mapping[str, str]
    mark_inside: bool
    slot: int
    threads: int


def live(orders: Orders, phases: Any, done: Any, up: Any) -> None:
    """Work until killed."""
    configure_log("error")
    settings = read_settings(orders.environment, None)
    if settings.on_sqlite:
        Alone(settings.home).take()  # free again the moment the one before is dead, however it died
    tell = _Teller(phases, done, orders)
    mark = mark_inside if orders.mark_inside else _mark_outside(settings.database, settings.home)
    service = assemble(settings, more_job_types=[mark_job(mark, tell)])
    measure_clock(service)
    tell.listen(service)
    Supervisor(service).start()
    up[orders.slot] = service.clock.monotonic()
    threading.Event().wait()


def mark_job(mark: Callable[[Tx, Job], None], tell: _Teller | None = None) -> JobType:
    """The kind of job: a little work, a mark, a little work."""
    never: Stop = threading.Event()

    def handle(tx: Tx, job: Job) -> dict[str, Any]:
        attempt, pause = job.attempts, job.payload["seconds"]
        if tell is not None:
            tell.phase(HANDLING)
        never.wait(pause)
        mark(tx, job)
        if tell is not None:
            tell.phase(MARKED)
        never.wait(pause)
        return {"attempt": attempt}

    return JobType(
        TYPE, "Leaves a mark.", handler=handle, max_retries=200, waits=(timedelta(seconds=0.1),), on_request=True
    )


def mark_inside(tx: Tx, job: Job) -> None:
    """The right way: the mark and the job's end are one commit."""
    tx.session.connection().execute(text(_MARK.format(":a").replace(":a)", ":b)")), {"a": job.id, "b": job.attempts})


def _mark_outside(database: str, home: Path) -> Callable[[Tx, Job], None]:
    """The broken way: the mark is committed by itself, before the job's end is."""

    def mark(_tx: Tx, job: Job) -> None:
        if database.startswith("sqlite"):
            with sqlite3.connect(home / "outside.db") as beside:
                beside.execute(MARKS)
                beside.execute(_MARK.format("?"), (job.id, job.attempts))
        else:
            with psycopg.connect(database.replace("+psycopg", "")) as beside:
                beside.execute(_MARK.format("%s"), (job.id, job.attempts))

    return mark


class _Teller:
    """Writes each job thread's phase into the shared memory, and counts jobs as their commits return."""

    def __init__(self, phases: Any, done: Any, orders: Orders) -> None:
        self._phases, self._done = phases, done
        self._first, self._slot = orders.slot * orders.threads, orders.slot
        self._own = threading.local()

    def phase(self, phase: int) -> None:
        name = threading.current_thread().name
        if name.startswith("rapport-jobs-"):
            self._own.phase = phase
            self._phases[self._first + int(name.rpartition("-")[2]) - 1] = phase

    def listen(self, service: Service) -> None:
        def before_statement(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("UPDATE job SET status") and self._now() == BETWEEN:
                self.phase(CLAIMING)

        def before_commit(_connection: Any) -> None:
            if self._now() == MARKED:
                self.phase(COMMITTING)

        def after_return(_connection: Any, _record: Any) -> None:
            now = self._now()
            if now == COMMITTING:
                with self._done.get_lock():
                    self._done[self._slot] += 1
            self.phase(CLAIMED if now == CLAIMING else BETWEEN)

        event.listen(service.engine, "before_cursor_execute", before_statement)
        event.listen(service.engine, "commit", before_commit)
        event.listen(service.engine, "checkin", after_return)

    def _now(self) -> int:
        return getattr(self._own, "phase", BETWEEN)
