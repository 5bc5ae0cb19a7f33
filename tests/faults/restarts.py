"""Senders told to stop and started again, over and over under load: no thread stays, and no lease outlives its term.

python -m tests.faults.restarts --database postgresql --times 100
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import text

from rapport.assembly import assemble
from rapport.kernel.log import configure_log
from rapport.kernel.settings import read_settings
from rapport.runtime.supervisor import Supervisor
from tests.databases import KINDS, Database
from tests.faults.carnage import Found, Plan, judge, place
from tests.faults.field import LEASE, Field


@dataclass
class Restarted:
    """What came of it."""

    found: Found
    times: int = 0
    left_behind: list[str] = field(default_factory=list)
    longest_stop: float = 0.0
    overdue: int = 0
    """Leases of stopped senders that were still held when twice their term was over."""

    def wrong(self, plan: Plan, times: int) -> list[str]:
        checks = {
            f"{self.times} of {times} times": self.times == times,
            f"left behind: {self.left_behind}": not self.left_behind,
            f"{self.overdue} leases": not self.overdue,
        }
        return [*self.found.wrong(plan), *(said for said, holds in checks.items() if not holds)]


def restarts(database: Database, plan: Plan, *, times: int) -> Restarted:
    """Start and stop a process's loops so often, in this process, where its threads can be seen."""
    chance = random.Random(plan.seed)
    with ExitStack() as stack:
        where = Field(database, plan, stack)
        seen = Restarted(Found(plan.seed))
        where.go(begin=False)
        began = time.monotonic()
        is_over = False
        while not is_over:
            is_over = seen.times == times
            service = assemble(read_settings(where.environment, None))
            supervisor = Supervisor(service)
            supervisor.start()
            if is_over:
                where.wait(patience=plan.patience)
            else:
                time.sleep(chance.uniform(0.05, 0.6))
                seen.times += 1
            told = time.monotonic()
            supervisor.stop(within=10)
            seen.longest_stop = max(seen.longest_stop, round(time.monotonic() - told, 2))
            service.close()
            seen.left_behind += [each.name for each in threading.enumerate() if each.name.startswith("rapport-")]
            seen.overdue = max(seen.overdue, _overdue(where))
        where.end()
        seen.found.seconds = round(time.monotonic() - began, 1)
        judge(where, seen.found)
        return seen


def _overdue(where: Field) -> int:
    """Leases whose term was over a term ago: the running senders had every chance to find them."""
    before = where.clock.now() - timedelta(seconds=LEASE * where.terms.speed)
    with where.stage.reading() as reading:
        statement = text("SELECT count(*) FROM action WHERE state IN ('claimed', 'calling') AND lease_until < :before")
        return int(reading.session.connection().execute(statement, {"before": before}).scalar_one())


def main() -> int:
    """The long form, as a program: status 1 when something stayed."""
    parser = argparse.ArgumentParser(description="Start and stop senders while they send.")
    parser.add_argument("--database", choices=KINDS, default="postgresql")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--steps", type=int, default=1000)
    given = parser.parse_args()
    configure_log("error", io.BytesIO())  # provider faults are meant: they are counted, not read
    plan = Plan(kills=0, steps=given.steps, seed=1, accounts=20)
    with ExitStack() as stack:
        seen = restarts(place(given.database, stack), plan, times=given.times)
    wrong = seen.wrong(plan, given.times)
    said = {"database": given.database, "times": seen.times, "longest stop": seen.longest_stop}
    said |= {"left behind": seen.left_behind, "overdue": seen.overdue, **vars(seen.found), "wrong": wrong}
    sys.stdout.write(json.dumps(said) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
