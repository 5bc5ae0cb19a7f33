"""Senders SIGKILLed at random while they send, against a provider with faults; the judge reads what came of it.

    python -m tests.faults.carnage --database postgresql --steps 10000 --kills 200

PostgreSQL has four processes, SQLite its one. Provider and product live on one clock that runs fast: an account's
pauses and hours stay what they are. Of a hundred calls five time out after their effect, five are answered 5xx and
two are cut, with the effect and without it, and the provider's lists are behind.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from rapport.rules import cooldowns
from scripts.servers import PostgreSQL
from tests.databases import KINDS, Database, fresh_database
from tests.faults.field import Field, Terms
from tests.faults.sender_victim import PHASES
from tests.proof import evidence

CHECKER = Path(__file__).parent.parent / "proof" / "checker.py"
_LATE = "23:15"
"""What began just before a window's end arrives a moment later; on the fast clock that moment is minutes."""


@dataclass(kw_only=True)
class Plan(Terms):
    """What is done to whom: of the steps four in ten are invitations, the others two messages each."""

    kills: int
    steps: int
    seed: int
    least_by_phase: int = 0
    patience: float = 120.0
    """Real seconds without anything sent after which everything should be done; the longest rest of an account that
    was refused too often comes on top.
    """

    def __post_init__(self) -> None:
        self.patience += cooldowns.MOST / timedelta(seconds=self.speed)
        self.invited = self.steps * 4 // 10
        self.written, self.messages = (self.steps - self.invited) // 2, 2


@dataclass
class Found:
    """What came of it."""

    seed: int
    kills: int = 0
    by_phase: Counter[str] = field(default_factory=Counter)
    actions: dict[str, int] = field(default_factory=dict)
    settled_by: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    effects: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    broken: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    verdict: int = -1
    seconds: float = 0.0

    def wrong(self, plan: Plan) -> list[str]:
        """Every promise that was broken."""
        left = {state: n for state, n in self.actions.items() if state in ("claimed", "calling", "uncertain")}
        few = [phase for phase in PHASES[1:] if self.by_phase[phase] < plan.least_by_phase]
        checks = {
            f"the judge: {self.broken}": self.verdict == 0,
            f"{self.kills} of {plan.kills} kills": self.kills == plan.kills,
            f"{self.effects} effects of {plan.steps}": self.effects == plan.steps,
            f"left: {left}": not left,
            f"ended as {self.statuses}": self.statuses == {"completed": plan.invited + plan.written},
            f"hit less than {plan.least_by_phase} times: {few}": not few,
        }
        return [said for said, holds in checks.items() if not holds]


def carnage(database: Database, plan: Plan) -> Found:
    """Carry a plan out."""
    chance, found = random.Random(plan.seed), Found(plan.seed)
    with ExitStack() as stack:
        where = Field(database, plan, stack)
        began = time.monotonic()
        where.go()
        span = plan.steps * 0.9
        for number, moment in enumerate(sorted(chance.uniform(0.01, 1) * span for _ in range(plan.kills))):
            deadline = time.monotonic() + plan.patience
            while time.monotonic() < deadline and where.sent() < moment:
                time.sleep(0.1)
            time.sleep(chance.expovariate(10))
            slot = _take_aim(where, found, chance, at_the_rarest=bool(number % 2))
            for phase in where.kill(slot):
                found.by_phase[PHASES[phase]] += 1
            found.kills += 1
            where.begin(slot)
        where.wait(patience=plan.patience)
        where.end()
        found.seconds = round(time.monotonic() - began, 1)
        judge(where, found)
    return found


def _take_aim(where: Field, found: Found, chance: random.Random, *, at_the_rarest: bool) -> int:
    """Whoever is in the phase that was hit least, or anybody."""
    if at_the_rarest:
        rarest = min(range(1, len(PHASES)), key=lambda phase: found.by_phase[PHASES[phase]])
        until = time.monotonic() + 3
        while time.monotonic() < until:
            for slot in where.slots:
                if max(where.phases_of(slot)) == rarest:
                    return slot
            time.sleep(0.0005)
    return chance.choice(where.slots)


def judge(where: Field, found: Found) -> None:
    """Have the ledger and the tables read by the program that knows nothing of the product."""
    stage, home, speed = where.stage, where.database.home, where.terms.speed
    with stage.reading() as reading:
        connection = reading.session.connection()
        for column, into in (("state", found.actions), ("settled_by", found.settled_by)):
            statement = text(f"SELECT coalesce({column}, '-'), count(*) FROM action GROUP BY 1")  # nosec B608
            into.update({str(word): int(count) for word, count in connection.execute(statement)})
        ended = text("SELECT status, count(*) FROM enrollment GROUP BY 1")
        found.statuses = {str(word): int(count) for word, count in connection.execute(ended)}
    lines = [json.loads(line) for line in where.world.ledger.read_text().splitlines()]
    found.effects = sum(bool(line.get("effect")) and line.get("person") is not None for line in lines)
    found.faults = Counter(str(line["fault"]) for line in lines if line.get("fault"))
    dump = home / "dump.jsonl"
    evidence.write(
        stage.service, dump, windows=[["00:00", _LATE]], within_s=30 * speed, nonce="company", kills=found.kills
    )
    command = [sys.executable, str(CHECKER), "--ledger", str(where.world.ledger), "--dump", str(dump), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # nosec B603
    found.verdict = done.returncode
    try:
        laws = json.loads(done.stdout)["laws"]
    except ValueError:
        found.broken = {"evidence": [done.stdout[:500] + done.stderr[-500:]]}
        return
    found.notes = [str(note) for said in laws.values() for note in said.get("notes", ())]
    found.broken = {
        law: [str(each["says"]) for each in said["violations"][:3]] for law, said in laws.items() if said["violations"]
    }


def place(kind: str, stack: ExitStack) -> Database:
    """A database for a long form that is run as a program."""
    if kind == "postgresql" and "TEST_POSTGRESQL_URL" not in os.environ:
        server = PostgreSQL(durable=True).start()
        stack.callback(server.remove)
        os.environ["TEST_POSTGRESQL_URL"] = server.url()
    home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
    home.mkdir()
    return stack.enter_context(fresh_database(kind, home))


def main() -> int:
    """The long form, as a program: status 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description="Kill senders while they send.")
    parser.add_argument("--database", choices=KINDS, default="postgresql")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--speed", type=float, default=300)
    parser.add_argument("--least-by-phase", type=int, default=20)
    parser.add_argument("--reckless", action="store_true", help="the control: send again whatever got no answer")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    given = parser.parse_args()
    plan = Plan(
        kills=given.kills,
        steps=given.steps,
        seed=given.seed,
        accounts=given.accounts,
        speed=given.speed,
        least_by_phase=given.least_by_phase,
        is_reckless=given.reckless,
        messages_per_day=100,
        invites_per_day=60,
    )
    with ExitStack() as stack:
        found = carnage(place(given.database, stack), plan)
    wrong = found.wrong(plan)
    sys.stdout.write(json.dumps({"database": given.database, **vars(found), "wrong": wrong}) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
