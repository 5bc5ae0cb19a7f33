"""The database away while senders send: nobody crashes, nobody sends twice, and work goes on soon after.

    python -m tests.faults.sending_outage --seconds 20

PostgreSQL is stopped in the middle of the work, and crashed in the middle of it another time.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from scripts.servers import PostgreSQL
from tests.databases import Database
from tests.faults.carnage import Found, Plan, judge
from tests.faults.field import Field

RESUMED = 5.0
"""Seconds after the server's return within which something is sent again."""


@dataclass
class Away:
    """What came of it."""

    found: Found
    sent_before: int = 0
    resumed_in: float = float("inf")
    crashed: list[str] = field(default_factory=list)

    def wrong(self, plan: Plan) -> list[str]:
        checks = {
            f"crashed: {self.crashed}": not self.crashed,
            f"nothing was sent for {self.resumed_in:.1f} s after its return": self.resumed_in <= RESUMED,
            "it was not in the middle": 0 < self.sent_before < plan.steps,
        }
        return [*self.found.wrong(plan), *(said for said, holds in checks.items() if not holds)]


def away(server: PostgreSQL, folder: Path, plan: Plan, *, seconds: float, how: signal.Signals) -> Away:
    """Take the server away for so long when a third is sent."""
    with ExitStack() as stack:
        database = Database("postgresql", server.url(), folder)
        database.migrate()
        where = Field(database, plan, stack)
        seen = Away(Found(plan.seed))
        began = time.monotonic()
        where.go()
        while where.sent() < plan.steps / 3:
            time.sleep(0.1)
        seen.sent_before = where.sent()
        server.stop(how)
        time.sleep(seconds)
        if not where.all_live():
            seen.crashed.append("while it was away")
        server.start()
        back, lines = time.monotonic(), where.world.arrived()
        while where.world.arrived() == lines and time.monotonic() < back + 60:
            time.sleep(0.02)
        seen.resumed_in = round(time.monotonic() - back, 2)
        where.wait(patience=plan.patience)
        if not where.all_live():
            seen.crashed.append("after its return")
        where.end()
        seen.found.seconds = round(time.monotonic() - began, 1)
        judge(where, seen.found)
        return seen


def main() -> int:
    """The long form, as a program: status 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description="Take the database away while senders send.")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--steps", type=int, default=1000)
    given = parser.parse_args()
    worst = 0
    for how in (signal.SIGINT, signal.SIGQUIT):
        plan = Plan(kills=0, steps=given.steps, seed=1, accounts=20)
        server = PostgreSQL(durable=True).start()
        try:
            with tempfile.TemporaryDirectory() as folder:
                seen = away(server, Path(folder), plan, seconds=given.seconds, how=how)
        finally:
            server.remove()
        said = {"stopped by": how.name, "sent before": seen.sent_before, "resumed in": seen.resumed_in}
        said |= {"crashed": seen.crashed, **vars(seen.found), "wrong": seen.wrong(plan)}
        sys.stdout.write(json.dumps(said) + "\n")
        worst = max(worst, bool(said["wrong"]))
    return worst


if __name__ == "__main__":
    sys.exit(main())
