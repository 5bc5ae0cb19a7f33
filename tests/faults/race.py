"""Two workers at one account in the same instant, again and again: each day's limit is reached and never passed.

    python -m tests.faults.race --database postgresql --days 100

An account may write 40 messages a day, and on every day at least 400 people are due. Two processes take a turn at
once at every instant at which something is due, so all they send they take from each other. A day is one race.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rapport.assembly import assemble
from rapport.kernel.clock import Stop
from rapport.kernel.log import configure_log
from rapport.kernel.settings import read_settings
from rapport.sending import turn as sending
from tests.databases import KINDS, Database
from tests.faults.carnage import place
from tests.outreach import ALWAYS, Outreach
from tests.rooms.campaigns.world import accepted, message
from tests.sandboxes import WorldClock, sandbox_server, settings_for
from tests.stage import Stage

LIMIT, WAITING, WORKERS = 40, 400, 2
_TOGETHER = 60.0
"""Real seconds in which all must come to the line."""


class _Told:
    """A clock that shows what somebody else set."""

    def __init__(self, instant: Any) -> None:
        self._instant = instant

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._instant.value, UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def wait_until(self, instant: datetime, stop: Stop) -> bool:
        return stop.is_set()


def _work(environment: Mapping[str, str], instant: Any, line: Any, taken: Any, number: int) -> None:
    """Take a turn whenever all are at the line, until there is no more line."""
    configure_log("error", io.BytesIO())
    service = assemble(read_settings(environment, None), clock=_Told(instant))
    pace = sending.Pace()
    while True:
        line.wait(_TOGETHER)
        if instant.value == 0:
            break
        sending.turn(service, pace, stopping=lambda: False)
        taken[number] = pace.done.get("sent", 0)
        line.wait(_TOGETHER)
    service.close()


@dataclass
class Raced:
    """How many messages reached people on each day, and how many each worker sent."""

    days: int
    by_day: Counter[date] = field(default_factory=Counter)
    by_worker: list[int] = field(default_factory=list)
    waiting: int = 0
    """How many were still due at the end."""
    seconds: float = 0.0

    def wrong(self) -> list[str]:
        """Every day on which it was not exactly the limit."""
        other = {str(day): count for day, count in self.by_day.items() if count != LIMIT}
        checks = {
            f"{len(self.by_day)} days of {self.days}": len(self.by_day) == self.days,
            f"not exactly {LIMIT}: {other}": not other,
            f"only {self.waiting} left": self.waiting >= WAITING,
            f"one did it all: {self.by_worker}": min(self.by_worker) > 0,
        }
        return [said for said, holds in checks.items() if not holds]


def race(database: Database, *, days: int) -> Raced:
    """Let so many days pass."""
    raced, people = Raced(days), WAITING + LIMIT * days
    context = multiprocessing.get_context("forkserver")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))  # the forkserver looks nowhere else
    context.set_forkserver_preload(["rapport.app"])
    instant, line, taken = context.Value("d", 1.0), context.Barrier(WORKERS + 1), context.Array("i", WORKERS)
    with ExitStack() as stack:
        server = stack.enter_context(sandbox_server(people=people + 20, accounts=1, relations=0))
        given = settings_for(server)
        stage = Stage(database, settings=given, clock=WorldClock(server.sandbox))
        stack.callback(stage.close)
        it = Outreach(stage, server)
        sender = it.sender(messages_per_day=LIMIT)
        leads = [it.person() for _ in range(people)]
        for lead_id in leads:
            it.befriend(lead_id, sender)
        campaign = it.campaign(steps=[accepted(), message()], schedule=ALWAYS)
        for begin in range(0, people, 200):
            it.enroll(campaign, leads[begin : begin + 200])
        it.settle()
        it.clock.advance(timedelta(days=1) - timedelta(seconds=it.now.timestamp() % 86400))
        environment = {
            "PATH": os.environ["PATH"],
            "RAPPORT_HOME": str(database.home),
            "DATABASE_URL": database.url,
            "SECRET_KEY": "a test's secret key, long enough to be one",
            **given,
        }
        zone = ZoneInfo(sender.timezone)  # whose midnight begins a day, in spring an hour sooner

        def day(at: datetime) -> date:
            return at.astimezone(zone).date()

        began, first = time.monotonic(), day(it.now)
        workers = [
            context.Process(target=_work, args=(environment, instant, line, taken, number), daemon=True)
            for number in range(WORKERS)
        ]
        for worker in workers:
            stack.callback(worker.kill)
            worker.start()
        while day(it.now) < first + timedelta(days=days):
            instant.value = it.now.timestamp()
            line.wait(_TOGETHER)
            line.wait(_TOGETHER)
            it.to_the_next()
        instant.value = 0
        line.wait(_TOGETHER)
        for worker in workers:
            worker.join(_TOGETHER)
        raced.seconds, raced.by_worker = round(time.monotonic() - began, 1), list(taken)
        raced.by_day.update(day(it.at(entry)) for entry in it.arrived("message"))
        with stage.reading() as reading:
            left = "SELECT count(*) FROM enrollment WHERE ended_at IS NULL"
            raced.waiting = int(reading.session.connection().exec_driver_sql(left).scalar_one())
    return raced


def main() -> int:
    """The long form, as a program: status 1 when it was once not exactly the limit."""
    parser = argparse.ArgumentParser(description="Let two workers race for the same account.")
    parser.add_argument("--database", choices=KINDS, default="postgresql")
    parser.add_argument("--days", type=int, default=100)
    given = parser.parse_args()
    with ExitStack() as stack:
        raced = race(place(given.database, stack), days=given.days)
    said = {"database": given.database, "races": len(raced.by_day), "sent": dict(Counter(raced.by_day.values()))}
    said |= {"by_worker": raced.by_worker, "waiting": raced.waiting, "seconds": raced.seconds, "wrong": raced.wrong()}
    sys.stdout.write(json.dumps(said) + "\n")
    return 1 if raced.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())
