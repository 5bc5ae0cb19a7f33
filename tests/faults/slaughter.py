"""Kills workers while they work, replaces them, and counts what came of their jobs."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from typing import Any

from sqlalchemy import Integer, text

from rapport.admin import bootstrap
from rapport.assembly import Service, assemble
from rapport.jobs.enqueue import enqueue
from rapport.jobs.registry import JobType
from rapport.kernel.db import Instant
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.people import clients
from tests.databases import Database
from tests.faults import victim
from tests.faults.victim import PHASES, Orders

THREADS = 2
_TICK = 0.002
_LOOK = 0.1
_LOCK_WAIT = 5.0
"""The longest a sweep may wait for a lock before it gives up: on SQLite the job threads hold the writer's."""
_OPEN = text(
    "SELECT count(*) AS open, min(lease_expires_at) AS ends FROM job"
    " WHERE status IN ('pending', 'processing') AND type = :type"
).columns(open=Integer, ends=Instant)


@dataclass
class Plan:
    """What is done to whom."""

    kills: int
    jobs: int
    seed: int
    workers: int = 3
    lease: float = 1.5
    sweep: float = 0.3
    job_seconds: float = 0.004
    mark_inside: bool = True
    aim: int | None = None
    """Kill in this phase only; None kills whenever the moment comes."""
    patience: float = 60.0
    """Longest time the jobs may take after the last kill."""


@dataclass
class Found:
    """What came of it."""

    seed: int
    kills: int = 0
    by_phase: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    marks: Counter[int] = field(default_factory=Counter)
    """How many jobs have so many marks."""
    most_attempts: int = 0
    retried: int = 0
    latest: float = 0.0
    """The longest that a lease was over before the sweep found it."""
    longest_away: float = 0.0
    """The longest time without any worker at work, after kills and before replacements: jobs wait for that too."""
    seconds: float = 0.0

    def wrong(self, plan: Plan) -> list[str]:
        """Every promise that was broken."""
        longest = plan.sweep + self.longest_away + _LOCK_WAIT
        checks = {
            f"{self.kills} of {plan.kills} kills": self.kills == plan.kills,
            f"jobs ended as {dict(self.statuses)}": self.statuses == {"completed": plan.jobs},
            f"marks by job {dict(self.marks)}": self.marks == {1: plan.jobs},
            f"a lease was over for {self.latest:.2f} s": self.latest <= longest,
        }
        return [said for said, holds in checks.items() if not holds]


class Slaughter:
    """The one who kills, replaces and counts."""

    def __init__(self, database: Database, plan: Plan) -> None:
        self._plan = plan
        self._chance = random.Random(plan.seed)
        self._environment = {
            "RAPPORT_HOME": str(database.home),
            "DATABASE_URL": database.url,
            "SECRET_KEY": "a test's secret key, long enough to be one",
            "JOB_LEASE_SECONDS": str(plan.lease),
            "JOB_SWEEP_SECONDS": str(plan.sweep),
            "JOB_THREADS": str(THREADS),
            "DB_WAIT_SECONDS": str(_LOCK_WAIT),
            "DB_POOL_SIZE": "6",
        }
        self._database = database
        self._workers = plan.workers if database.kind == "postgresql" else 1
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))  # the forkserver looks nowhere else
        self._context.set_forkserver_preload(["tests.faults.slaughter"])
        self._phases = self._context.Array("b", self._workers * THREADS, lock=False)
        self._done = self._context.Array("l", self._workers)
        self._up = self._context.Array("d", self._workers, lock=False)
        self._processes: list[Any] = [None] * self._workers
        self._born = [0.0] * self._workers
        self._away_since: float | None = None
        self._looked = 0.0
        self._service: Service = assemble(database.settings())
        self.found = Found(plan.seed)

    def run(self) -> Found:
        began = time.monotonic()
        self._ask_for_work()
        try:
            for slot in range(self._workers):
                self._begin(slot)
            self._kill_at_random()
            self._wait_for_the_rest()
        finally:
            for process in self._processes:
                if process is not None:
                    process.kill()
                    process.join()
        self._count()
        self._service.close()
        self.found.seconds = round(time.monotonic() - began, 1)
        return self.found

    def _ask_for_work(self) -> None:
        kind = JobType(victim.TYPE, "", handler=lambda _tx, _job: None, max_retries=200)
        with self._service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            bootstrap.prepare(tx, self._database.home)
            tx.session.connection().execute(text(victim.MARKS))
            client = clients.create(tx, name="Acme", timezone="UTC")
        for begin in range(0, self._plan.jobs, 500):
            with self._service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
                for _ in range(begin, min(begin + 500, self._plan.jobs)):
                    seconds = self._chance.random() * 2 * self._plan.job_seconds
                    enqueue(tx, kind, client_id=client.id, payload={"seconds": seconds})

    def _begin(self, slot: int) -> None:
        self._born[slot] = time.monotonic()
        for thread in range(THREADS):
            self._phases[slot * THREADS + thread] = victim.BETWEEN
        orders = Orders(self._environment, self._plan.mark_inside, slot, THREADS)
        shared = (self._phases, self._done, self._up)
        process = self._context.Process(target=victim.live, args=(orders, *shared), daemon=True)
        process.start()
        self._processes[slot] = process

    def _kill_at_random(self) -> None:
        span = self._plan.jobs * 0.9
        moments = sorted(self._chance.uniform(0.01, 1) * span for _ in range(self._plan.kills))
        for moment in moments:
            while sum(self._done) < moment and not self._over():
                time.sleep(_TICK)
            time.sleep(self._chance.random() * 0.03)
            self._kill(self._take_aim())

    def _take_aim(self) -> int:
        """Whom to kill: anybody, or the first who is seen in the phase aimed at."""
        until = time.monotonic() + 5
        while self._plan.aim is not None and time.monotonic() < until:
            for slot in range(self._workers):
                if self._plan.aim in self._of(slot):
                    return slot
            time.sleep(0.0005)
        return self._chance.randrange(self._workers)

    def _of(self, slot: int) -> list[int]:
        return list(self._phases[slot * THREADS : (slot + 1) * THREADS])

    def _kill(self, slot: int) -> None:
        process = self._processes[slot]
        self._note_absence()
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        self.found.kills += 1
        self.found.by_phase[PHASES[max(self._of(slot))]] += 1
        self._begin(slot)
        self._note_absence()

    def _wait_for_the_rest(self) -> None:
        until = time.monotonic() + self._plan.patience
        while not self._over() and time.monotonic() < until:
            time.sleep(0.05)

    def _note_absence(self) -> None:
        arrived = [up for up, born in zip(self._up, self._born, strict=True) if up > born]
        if not arrived:
            self._away_since = self._away_since or time.monotonic()
        elif self._away_since is not None:
            self.found.longest_away = max(self.found.longest_away, min(arrived) - self._away_since)
            self._away_since = None

    def _over(self) -> bool:
        """Whether no job is open any more; on the way, how long the oldest lease has been over.

        It is looked at now and then, for it costs a query.
        """
        if time.monotonic() < self._looked + _LOOK:
            return False
        self._looked = time.monotonic()
        self._note_absence()
        with self._service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
            count, ends = reading.session.connection().execute(_OPEN, {"type": victim.TYPE}).one()
        if ends is not None:
            self.found.latest = max(self.found.latest, (self._service.clock.now() - ends).total_seconds())
        return count == 0

    def _count(self) -> None:
        with self._service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
            rows = (
                reading.session.connection()
                .execute(text("SELECT id, status, attempts FROM job WHERE type = :type"), {"type": victim.TYPE})
                .all()
            )
            marked = Counter(reading.session.connection().execute(text("SELECT job_id FROM mark")).scalars())
        outside = self._database.home / "outside.db"
        if outside.exists():
            with sqlite3.connect(outside) as beside:
                marked.update(row[0] for row in beside.execute("SELECT job_id FROM mark"))
        self.found.statuses = Counter(row.status for row in rows)
        self.found.marks = Counter(marked[row.id] for row in rows)
        self.found.most_attempts = max(row.attempts for row in rows)
        self.found.retried = sum(row.attempts > 1 for row in rows)


def slaughter(database: Database, plan: Plan) -> Found:
    """Carry a plan out."""
    return Slaughter(database, plan).run()
