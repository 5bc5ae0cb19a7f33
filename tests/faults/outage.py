"""A PostgreSQL that goes away under load and comes back: what callers saw, and what the database holds after.

    python -m tests.faults.outage --seconds 10

Callers create clients and read them, workers run jobs, the server is stopped and started again. Nothing of
the service is restarted.
"""

from __future__ import annotations

import argparse
import io
import json
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from rapport.admin import migrations
from rapport.app import create_app
from rapport.assembly import Service, assemble, measure_clock
from rapport.events.models import Event
from rapport.jobs.enqueue import enqueue
from rapport.kernel.ids import AGENCY
from rapport.kernel.log import configure_log
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.people.models import Client
from rapport.runtime.supervisor import Supervisor
from scripts.servers import PostgreSQL
from tests.databases import Database
from tests.faults.victim import MARKS, TYPE, mark_inside, mark_job
from tests.stage import CHEAP, Stage

_CALLERS = 3
_JOBS = 300
_PATIENCE = 120


@dataclass
class Seen:
    """What came of an outage."""

    answers: Counter[str] = field(default_factory=Counter)
    undocumented: list[str] = field(default_factory=list)
    """Answers that were neither a success nor a 503 with its code and Retry-After."""
    away: Counter[str] = field(default_factory=Counter)
    """Answers while the server was stopped."""
    half_written: list[str] = field(default_factory=list)
    created: int = 0
    lost: int = 0
    """Clients whose creation was answered with 201 and that are not there."""
    marks: Counter[int] = field(default_factory=Counter)
    recovered_in: float = 0.0
    """Seconds from the server's return to the first success of every caller."""

    def wrong(self) -> list[str]:
        checks = {
            f"undocumented answers: {self.undocumented[:3]}": not self.undocumented,
            f"half written: {self.half_written[:3]}": not self.half_written,
            f"{self.lost} clients lost": self.lost == 0,
            f"marks by job {dict(self.marks)}": self.marks == {1: _JOBS},
            "nothing failed while the server was away": self.away["503"] > 0,
        }
        return [said for said, holds in checks.items() if not holds]


class Outage:
    """One service, its callers and its workers, around one server that is stopped and started."""

    def __init__(self, server: PostgreSQL, folder: Path, *, how: signal.Signals) -> None:
        self._server, self._how = server, how
        database = Database("postgresql", server.url(), folder)
        kind = mark_job(mark_inside)
        self._settings = database.settings(
            JOB_LEASE_SECONDS="2", JOB_SWEEP_SECONDS="0.5", DB_WAIT_SECONDS="2", DB_POOL_SIZE="8"
        )
        self._service: Service = assemble(self._settings, hasher=CHEAP, more_job_types=[kind])
        migrations.bring_to(self._service.engine, "head")
        measure_clock(self._service)
        with self._service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            tx.session.connection().execute(text(MARKS))
        self._root = Stage(database, service=self._service).root
        self._app = create_app(self._service)  # once: routes are compiled, which threads must not do side by side
        with self._service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            for _ in range(_JOBS):
                enqueue(tx, kind, client_id=AGENCY, payload={"seconds": 0.01})
        self._over, self._is_away = threading.Event(), threading.Event()
        self._back_at = float("inf")
        self._first_success: dict[int, float] = {}
        self._promised: set[str] = set()
        self.seen = Seen()

    def run(self, seconds: float) -> Seen:
        supervisor = Supervisor(self._service)
        callers = [threading.Thread(target=self._call, args=(number,)) for number in range(_CALLERS)]
        supervisor.start()
        for caller in callers:
            caller.start()
        pause = threading.Event().wait
        pause(0.5)
        self._server.stop(self._how)
        self._is_away.set()
        pause(seconds)
        self._is_away.clear()
        self._server.start()
        self._back_at = time.monotonic()
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and not (self._all_done() and len(self._first_success) == _CALLERS):
            pause(0.1)
        self._over.set()
        for caller in callers:
            caller.join()
        supervisor.stop(within=_PATIENCE)
        self._count()
        self._service.close()
        return self.seen

    def _call(self, number: int) -> None:
        http = self._app.test_client()
        headers = {"Authorization": f"Bearer {self._root.credential}"}
        for turn in range(1_000_000):
            if self._over.is_set():
                return
            away = self._is_away.is_set()
            slug = f"c-{number}-{turn}"
            body = {"name": slug, "slug": slug, "timezone": "UTC"}
            made = http.post("/api/v1/clients", json=body, headers=headers)
            listed = http.get("/api/v1/clients?limit=5", headers=headers)
            if made.status_code == 201:
                self._promised.add(slug)
            for answer in (made, listed):
                self._judge(answer, away=away and self._is_away.is_set())
            if made.status_code == 201 and listed.status_code == 200 and time.monotonic() > self._back_at:
                self._first_success.setdefault(number, time.monotonic())
            self._over.wait(0.02)

    def _judge(self, answer: Any, *, away: bool) -> None:
        status = str(answer.status_code)
        self.seen.answers[status] += 1
        if away:
            self.seen.away[status] += 1
        documented = answer.status_code in (200, 201) or (
            answer.status_code == 503
            and answer.json["code"] == "UNAVAILABLE"
            and int(answer.headers.get("Retry-After", "0")) > 0
        )
        if not documented:
            self.seen.undocumented.append(f"{status} {answer.text[:200]}")

    def _all_done(self) -> bool:
        with self._service.engine.connect() as connection:
            left = "SELECT count(*) FROM job WHERE type = :type AND status <> 'completed'"
            return connection.execute(text(left), {"type": TYPE}).scalar_one() == 0

    def _count(self) -> None:
        with self._service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
            slugs = {row.id: row.slug for row in reading.session.execute(select(Client)).scalars()}
            told = Counter(
                reading.session.execute(select(Event.client_id).where(Event.type == "client.created")).scalars()
            )
            done = Counter(reading.session.connection().execute(text("SELECT job_id FROM mark")).scalars())
            gaps = (
                reading.session.connection()
                .execute(text("SELECT client_id FROM event GROUP BY client_id HAVING max(seq) <> count(*)"))
                .scalars()
            )
            self.seen.half_written = [f"gap in {each}" for each in gaps]
        self.seen.created = len(slugs)
        self.seen.half_written += [slug for each, slug in slugs.items() if told[each] != 1]
        self.seen.lost = len(self._promised - set(slugs.values()))
        self.seen.marks = Counter(done.values())
        if self._first_success:
            self.seen.recovered_in = round(max(self._first_success.values()) - self._back_at, 2)


def outage(server: PostgreSQL, folder: Path, *, seconds: float, how: signal.Signals) -> Seen:
    """Take the server away for so long."""
    return Outage(server, folder, how=how).run(seconds)


def main() -> int:
    """The long form, as a program: status 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description="Take the database away under load.")
    parser.add_argument("--seconds", type=float, default=10)
    given = parser.parse_args()
    worst = 0
    configure_log("error", io.BytesIO())  # the failures are meant: they are counted, not read
    for how in (signal.SIGINT, signal.SIGQUIT):
        server = PostgreSQL(durable=True).start()
        try:
            with tempfile.TemporaryDirectory() as folder:
                seen = outage(server, Path(folder), seconds=given.seconds, how=how)
        finally:
            server.remove()
        wrong = seen.wrong()
        sys.stdout.write(json.dumps({"stopped by": how.name, **vars(seen), "wrong": wrong}) + "\n")
        worst = max(worst, bool(wrong))
    return worst


if __name__ == "__main__":
    sys.exit(main())
