"""Senders SIGKILLed at random while they send, against a provider with faults; the judge reads what came of it.

    python -m tests.faults.carnage --database postgresql --steps 10000 --kills 200

PostgreSQL has four processes, SQLite its one. Provider and product live on one clock that runs fast: an account's
pauses and hours stay what they are. Of a hundred calls five time out after their effect, five are answered 5xx and
two are cut, with the effect and without it, and the provider's lists are behind.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import text

from rapport.accounts import health, senders
from rapport.accounts.models import AccountStatus
from rapport.kernel.clock import ScaledClock, SystemClock
from rapport.leads import persons, relating
from rapport_sandbox.options import Options
from rapport_sandbox.sandbox import Sandbox
from scripts.servers import PostgreSQL
from tests.databases import KINDS, Database, fresh_database
from tests.faults import sender_victim
from tests.faults.sender_victim import PHASES, Orders
from tests.proof import evidence
from tests.rooms.campaigns.world import accepted, invite, message
from tests.stage import Stage

CHECKER = Path(__file__).parent.parent / "proof" / "checker.py"
HOURS = [["00:00", "23:00"]]
_LATE = "23:15"
"""What began just before a window's end arrives a moment later; on the fast clock that moment is minutes."""
LEASE, LIST_LAG, CALL = 2.0, 0.3, 0.7
"""Real seconds."""
_NO_DELAY = {"amount": 0, "unit": "minutes"}
_SECRET = "a test's secret key, long enough to be one"  # nosec B105 - opens nothing


@dataclass
class Plan:
    """What is done to whom."""

    kills: int
    steps: int
    seed: int
    accounts: int = 50
    workers: int = 4
    threads: int = 2
    speed: float = 300.0
    invites_per_day: int = 100
    messages_per_day: int = 150
    least_by_phase: int = 0
    is_reckless: bool = False
    faults: float = 1.0
    """How many times as many faults as there are by default."""
    patience: float = 120.0
    """Real seconds after the last kill within which everything is done."""

    @property
    def leads(self) -> tuple[int, int]:
        """How many are invited, and how many are written to twice."""
        invited = self.steps * 4 // 10
        return invited, (self.steps - invited) // 2


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
            f"ended as {self.statuses}": self.statuses == {"completed": sum(plan.leads)},
            f"hit less than {plan.least_by_phase} times: {few}": not few,
        }
        return [said for said, holds in checks.items() if not holds]


class World:
    """The provider as a process of its own, on a port of this machine."""

    def __init__(self, plan: Plan, home: Path, stack: ExitStack) -> None:
        self._plan = plan
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)  # what is built now is due by then
        start = datetime.combine(tomorrow, datetime.min.time(), UTC) + timedelta(minutes=1)
        size = ["--people", str(sum(plan.leads)), "--accounts", str(plan.accounts), "--relations", "0"]
        lag = f"list_lag={LIST_LAG * plan.speed}"
        command = [sys.executable, "-m", "rapport_sandbox", "--attached", "--home", str(home), "--still", *size]
        command += ["--seed", "1", "--quirks", "calm", "--switch", lag, "--speed", "1", "--start", start.isoformat()]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # nosec B603
        stack.callback(self._end)
        line = self._process.stdout.readline() if self._process.stdout else ""
        self.port = int(line.partition(" (")[0].rsplit(":", 1)[1])
        self._session = requests.Session()
        self.ledger = home / "ledger.jsonl"

    def say(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._session.post(f"http://127.0.0.1:{self.port}/sandbox/{what}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()  # type: ignore[no-any-return]

    def go(self) -> datetime:
        """Run fast from now on; answers the instant at which both clocks would have agreed."""
        for what, share, effect, more in (
            ("timeout", 0.05, True, {"seconds": CALL * 2}),
            ("status", 0.025, True, {"status": 500}),
            ("status", 0.025, False, {"status": 502}),
            ("reset", 0.01, True, {}),
            ("reset", 0.01, False, {}),
        ):
            self.say(
                "faults",
                {
                    "what": what,
                    "on": "*",
                    "probability": share * self._plan.faults,
                    "count": None,
                    "effect": effect,
                    **more,
                },
            )
        now = self.say("clock", {"speed": self._plan.speed})["unix"]
        real, speed = time.time(), self._plan.speed
        return datetime.fromtimestamp((now - real * speed) / (1 - speed), UTC)

    def _end(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)


class Carnage:
    """The one who builds, kills, replaces and has it judged."""

    def __init__(self, database: Database, plan: Plan, stack: ExitStack) -> None:
        self._database, self._plan, self._stack = database, plan, stack
        self._chance = random.Random(plan.seed)
        self._context = multiprocessing.get_context("forkserver")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))  # the forkserver looks nowhere else
        self._context.set_forkserver_preload(["tests.faults.sender_victim", "rapport.app"])
        self._workers = plan.workers if database.kind == "postgresql" else 1
        self._threads = plan.threads if database.kind == "postgresql" else plan.threads * 2
        self._phases = self._context.Array("b", self._workers * self._threads, lock=False)
        self._processes: list[Any] = [None] * self._workers
        self.found = Found(plan.seed)

    def run(self) -> Found:
        began = time.monotonic()
        world = World(self._plan, self._database.home / "world", self._stack)
        stage = Stage(self._database, clock=SystemClock(), settings={"SANDBOX_PORT": str(world.port)})
        self._stack.callback(stage.close)
        self._build(stage, world)
        since = world.go()
        self._environment = self._settings(world, since)
        began = time.monotonic()
        try:
            for slot in range(self._workers):
                self._begin(slot)
            self._kill_at_random(stage)
            self._wait_for_the_rest(stage)
        finally:
            for process in self._processes:
                if process is not None:
                    process.kill()
                    process.join()
        self.found.seconds = round(time.monotonic() - began, 1)
        stage.service.clock = ScaledClock(SystemClock(), speed=self._plan.speed, since=since)
        self._judge(stage, world)
        return self.found

    def _settings(self, world: World, since: datetime) -> dict[str, str]:
        speed = self._plan.speed
        return {
            "RAPPORT_HOME": str(self._database.home),
            "DATABASE_URL": self._database.url,
            "SECRET_KEY": _SECRET,
            "SANDBOX_PORT": str(world.port),
            "RAPPORT_SPEED": str(speed),
            "RAPPORT_SPEED_SINCE": since.isoformat(),
            "ACTION_LEASE_SECONDS": str(LEASE * speed),
            "UNIPILE_LIST_LAG_SECONDS": str((LIST_LAG + CALL + 1) * speed),
            "UNIPILE_CALL_SECONDS": str(CALL),
            "SENDER_THREADS": str(self._threads),
            "JOB_THREADS": "1",
            "DB_POOL_SIZE": "8",
        }

    def _build(self, stage: Stage, world: World) -> None:
        """Accounts, people, and two campaigns: one invites, the other writes twice to connections."""
        plan = self._plan
        twin = Sandbox(Options(people=sum(plan.leads), accounts=plan.accounts, relations=0, spontaneous=False))
        state = twin.world.state
        limits = {"invites_per_day": plan.invites_per_day, "messages_per_day": plan.messages_per_day}
        accounts = []
        with stage.tx() as tx:
            for number in range(plan.accounts):
                seen = state.account(number)
                more = {"unipile_account_id": seen.id, "warmup": False, "timezone": "UTC"}
                row = senders.add(tx, client_id=stage.acme.id, name=f"{seen.owner.name} {number}", **more)
                row.provider_id = seen.owner.provider_id
                for name, value in (limits | {"invites_per_week": 200}).items():
                    setattr(row, name, value)
                health.set_status(tx, row, AccountStatus.OK, detail=None)
                accounts.append(row.id)
        taken = {state.account(number).owner.number for number in range(plan.accounts)}
        people = [number for number in range(state.people.size) if number not in taken]
        invited, connected = plan.leads
        strangers = self._people(stage, state, people[:invited])
        friends = self._people(stage, state, people[invited : invited + connected])
        with stage.tx() as tx:
            for position, (lead_id, person) in enumerate(friends):
                account = position % plan.accounts
                relating.connected(tx, stage.acme.id, accounts[account], [(lead_id, tx.now)])
                world.say("acts", {"act": "connects", "person": person, "account": account})
        again = message("again", "Dear {{ first_name }} of {{ company }}.", delay=_NO_DELAY)
        self._campaign(stage, accounts, [invite(note="Hello {{ company }}")], strangers)
        self._campaign(stage, accounts, [accepted(), message(body="Hi {{ company }}", delay=_NO_DELAY), again], friends)
        twin.close()

    @staticmethod
    def _people(stage: Stage, state: Any, numbers: list[int]) -> list[tuple[str, str]]:
        made = []
        for begin in range(0, len(numbers), 500):
            with stage.tx() as tx:
                for number in numbers[begin : begin + 500]:
                    someone = state.people[number]
                    given = {"first_name": someone.first_name, "last_name": someone.last_name}
                    given |= {"provider_id": someone.provider_id, "company": f"Works-{number:06d}"}
                    made.append((persons.add(tx, stage.acme.id, given=given, custom={}, tags=()), someone.provider_id))
        return made

    @staticmethod
    def _campaign(stage: Stage, accounts: list[str], steps: list[Any], leads: list[tuple[str, str]]) -> None:
        week = {day: [{"opens": opens, "closes": closes} for opens, closes in HOURS] for day in _WEEK}
        body = {"client_id": stage.acme.id, "name": f"Campaign {stage.number()}", "steps": steps}
        body |= {"account_ids": accounts, "schedule": {"timezone": "UTC", "week": week, "weekend": []}}
        made = stage.alice.post("/campaigns", body)
        assert made.status_code == 201, made.json
        for begin in range(0, len(leads), 200):
            ids = [lead_id for lead_id, _ in leads[begin : begin + 200]]
            answer = stage.alice.post(f"/campaigns/{made.json['id']}/enrollments", {"lead_ids": ids})
            assert not answer.json["refused"], answer.json
        started = stage.alice.post(f"/campaigns/{made.json['id']}/start", {"accept": []})
        assert started.status_code == 200, started.json
        stage.run_consumers()
        stage.run_due_jobs()

    def _begin(self, slot: int) -> None:
        for thread in range(self._threads):
            self._phases[slot * self._threads + thread] = sender_victim.BETWEEN
        orders = Orders(self._environment, slot, self._threads, is_reckless=self._plan.is_reckless)
        process = self._context.Process(target=sender_victim.live, args=(orders, self._phases), daemon=True)
        process.start()
        self._processes[slot] = process

    def _kill_at_random(self, stage: Stage) -> None:
        """Kill after a random time each; every other time whoever is in a phase that was hit least."""
        span = self._plan.steps * 0.9
        for number, moment in enumerate(sorted(self._chance.uniform(0.01, 1) * span for _ in range(self._plan.kills))):
            deadline = time.monotonic() + self._plan.patience
            while time.monotonic() < deadline and self._done(stage) < moment:
                time.sleep(0.1)
            time.sleep(self._chance.expovariate(10))
            self._kill(self._take_aim(number))

    def _take_aim(self, number: int) -> int:
        slots = list(range(self._workers))
        if number % 2:
            rarest = min(range(1, len(PHASES)), key=lambda phase: self.found.by_phase[PHASES[phase]])
            until = time.monotonic() + 3
            while time.monotonic() < until:
                for slot in slots:
                    if max(self._of(slot)) == rarest:
                        return slot
                time.sleep(0.0005)
        return self._chance.choice(slots)

    def _of(self, slot: int) -> list[int]:
        return list(self._phases[slot * self._threads : (slot + 1) * self._threads])

    def _kill(self, slot: int) -> None:
        process = self._processes[slot]
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        self.found.kills += 1
        for phase in {phase for phase in self._of(slot) if phase} or {sender_victim.BETWEEN}:
            self.found.by_phase[PHASES[phase]] += 1
        self._begin(slot)

    def _wait_for_the_rest(self, stage: Stage) -> None:
        until = time.monotonic() + self._plan.patience
        while time.monotonic() < until:
            before = self._done(stage)
            if self._count(stage, "SELECT count(*) FROM enrollment WHERE ended_at IS NULL") == 0:
                return
            time.sleep(0.2)
            if self._done(stage) > before:
                until = time.monotonic() + self._plan.patience

    def _done(self, stage: Stage) -> int:
        return self._count(stage, "SELECT count(*) FROM action WHERE state = 'sent'")

    @staticmethod
    def _count(stage: Stage, statement: str) -> int:
        with stage.reading() as reading:
            return int(reading.session.connection().exec_driver_sql(statement).scalar_one())

    def _judge(self, stage: Stage, world: World) -> None:
        found, home = self.found, self._database.home
        with stage.reading() as reading:
            connection = reading.session.connection()
            for column, into in (("state", found.actions), ("settled_by", found.settled_by)):
                statement = text(f"SELECT coalesce({column}, '-'), count(*) FROM action GROUP BY 1")  # nosec B608
                into.update({str(word): int(count) for word, count in connection.execute(statement)})
            ended = text("SELECT status, count(*) FROM enrollment GROUP BY 1")
            found.statuses = {str(word): int(count) for word, count in connection.execute(ended)}
        lines = [json.loads(line) for line in world.ledger.read_text().splitlines()]
        found.effects = sum(bool(line.get("effect")) and line.get("person") is not None for line in lines)
        found.faults = Counter(str(line["fault"]) for line in lines if line.get("fault"))
        dump = home / "dump.jsonl"
        speed = self._plan.speed
        hours = [[opens, _LATE] for opens, _ in HOURS]
        evidence.write(stage.service, dump, windows=hours, within_s=30 * speed, nonce="company")
        command = [sys.executable, str(CHECKER), "--ledger", str(world.ledger), "--dump", str(dump), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # nosec B603
        found.verdict = done.returncode
        try:
            laws = json.loads(done.stdout)["laws"]
        except ValueError:
            found.broken = {"evidence": [done.stdout[:500] + done.stderr[-500:]]}
            return
        found.broken = {
            law: [str(each["says"]) for each in said["violations"][:3]]
            for law, said in laws.items()
            if said["violations"]
        }


_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def carnage(database: Database, plan: Plan) -> Found:
    """Carry a plan out."""
    with ExitStack() as stack:
        return Carnage(database, plan, stack).run()


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
        if given.database == "postgresql" and "TEST_POSTGRESQL_URL" not in os.environ:
            server = PostgreSQL(durable=True).start()
            stack.callback(server.remove)
            os.environ["TEST_POSTGRESQL_URL"] = server.url()
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        home.mkdir()
        found = carnage(stack.enter_context(fresh_database(given.database, home)), plan)
    wrong = found.wrong(plan)
    sys.stdout.write(json.dumps({"database": given.database, **vars(found), "wrong": wrong}) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
