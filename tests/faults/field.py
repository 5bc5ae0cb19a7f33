"""A field of senders: the provider as a process, accounts and people on both sides, and processes that send.

Both live on one clock that runs fast. What is done to them is said elsewhere.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from sqlalchemy.exc import DBAPIError

from rapport.accounts import health, senders
from rapport.accounts.models import AccountStatus
from rapport.kernel.clock import Clock, ScaledClock, SystemClock
from rapport.leads import persons, relating
from rapport_sandbox.options import Options
from rapport_sandbox.sandbox import Sandbox
from tests.databases import Database
from tests.faults import sender_victim
from tests.faults.sender_victim import Orders
from tests.outreach import ALWAYS
from tests.rooms.campaigns.world import accepted, invite, message
from tests.stage import Stage

LEASE, LIST_LAG, CALL = 2.0, 0.3, 0.7
"""Real seconds."""
_NO_DELAY = {"amount": 0, "unit": "minutes"}
_SECRET = "a test's secret key, long enough to be one"  # nosec B105 - opens nothing


@dataclass(kw_only=True)
class Terms:
    """How many of whom, and how fast."""

    invited: int = 0
    """Strangers, who are invited."""
    written: int = 0
    """Connections, who are written to."""
    messages: int = 1
    """How many messages each of them gets."""
    accounts: int = 50
    workers: int = 4
    threads: int = 2
    speed: float = 300.0
    invites_per_day: int = 100
    messages_per_day: int = 150
    is_reckless: bool = False
    faults: float = 1.0
    """How many times as many faults as there are by default."""


class World:
    """The provider as a process of its own, on a port of this machine."""

    def __init__(self, terms: Terms, home: Path, stack: ExitStack) -> None:
        self._terms = terms
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)  # what is built now is due by then
        start = datetime.combine(tomorrow, datetime.min.time(), UTC) + timedelta(minutes=1)
        size = ["--people", str(terms.invited + terms.written), "--accounts", str(terms.accounts), "--relations", "0"]
        lag = f"list_lag={LIST_LAG * terms.speed}"
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
                    "probability": share * self._terms.faults,
                    "count": None,
                    "effect": effect,
                    **more,
                },
            )
        now = self.say("clock", {"speed": self._terms.speed})["unix"]
        real, speed = time.time(), self._terms.speed
        return datetime.fromtimestamp((now - real * speed) / (1 - speed), UTC)

    def arrived(self) -> int:
        """How many calls are in the ledger."""
        return self.ledger.read_bytes().count(b"\n")

    def _end(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)


class Field:
    """Both sides, and the processes that send."""

    def __init__(self, database: Database, terms: Terms, stack: ExitStack) -> None:
        self.database, self.terms = database, terms
        self.world = World(terms, database.home / "world", stack)
        self.stage = Stage(database, clock=SystemClock(), settings={"SANDBOX_PORT": str(self.world.port)})
        stack.callback(self.stage.close)
        self._build()
        self.clock: Clock = SystemClock()
        self.environment: dict[str, str] = {}
        on_postgresql = database.kind == "postgresql"
        self.slots = range(terms.workers if on_postgresql else 1)
        self.threads = terms.threads if on_postgresql else terms.threads * 2
        self._context = multiprocessing.get_context("forkserver")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))  # the forkserver looks nowhere else
        self._context.set_forkserver_preload(["tests.faults.sender_victim", "rapport.app"])
        self._phases = self._context.Array("b", len(self.slots) * self.threads, lock=False)
        self._processes: list[Any] = [None] * len(self.slots)
        stack.callback(self._end)

    def go(self, *, begin: bool = True) -> None:
        """Let both clocks run fast, and begin to send unless somebody else does."""
        since = self.world.go()
        self.clock = ScaledClock(SystemClock(), speed=self.terms.speed, since=since)
        self.environment = self._settings(since)
        for slot in self.slots if begin else ():
            self.begin(slot)

    def begin(self, slot: int) -> None:
        """Begin a process that sends."""
        for thread in range(self.threads):
            self._phases[slot * self.threads + thread] = sender_victim.BETWEEN
        orders = Orders(self.environment, slot, self.threads, is_reckless=self.terms.is_reckless)
        process = self._context.Process(target=sender_victim.live, args=(orders, self._phases), daemon=True)
        process.start()
        self._processes[slot] = process

    def kill(self, slot: int) -> set[int]:
        """SIGKILL it; answers the phases in which its threads were."""
        process = self._processes[slot]
        process.kill()
        process.join()
        return {phase for phase in self.phases_of(slot) if phase} or {sender_victim.BETWEEN}

    def phases_of(self, slot: int) -> list[int]:
        return list(self._phases[slot * self.threads : (slot + 1) * self.threads])

    def all_live(self) -> bool:
        return all(process.is_alive() for process in self._processes)

    def sent(self) -> int:
        return self.count("SELECT count(*) FROM action WHERE state = 'sent'")

    def left(self) -> int:
        """How many leads are not done with."""
        return self.count("SELECT count(*) FROM enrollment WHERE ended_at IS NULL")

    def count(self, statement: str) -> int:
        try:
            return self._count(statement)
        except DBAPIError as lost:
            if not lost.connection_invalidated:
                raise
        return self._count(statement)  # the connection was of before the database was away

    def _count(self, statement: str) -> int:
        with self.stage.reading() as reading:
            return int(reading.session.connection().exec_driver_sql(statement).scalar_one())

    def end(self) -> None:
        """Kill all, and let the stage read the fast clock."""
        self._end()
        self.stage.service.clock = self.clock

    def wait(self, *, patience: float) -> None:
        """Until nobody is left, or nothing was sent for so many seconds."""
        until = time.monotonic() + patience
        while time.monotonic() < until and self.left():
            before = self.sent()
            time.sleep(0.4)
            if self.sent() > before:
                until = time.monotonic() + patience

    def _end(self) -> None:
        for process in self._processes:
            if process is not None:
                process.kill()
                process.join()

    def _settings(self, since: datetime) -> dict[str, str]:
        speed = self.terms.speed
        return {
            "RAPPORT_HOME": str(self.database.home),
            "DATABASE_URL": self.database.url,
            "SECRET_KEY": _SECRET,
            "SANDBOX_PORT": str(self.world.port),
            "RAPPORT_SPEED": str(speed),
            "RAPPORT_SPEED_SINCE": since.isoformat(),
            "ACTION_LEASE_SECONDS": str(LEASE * speed),
            "UNIPILE_LIST_LAG_SECONDS": str((LIST_LAG + CALL + 1) * speed),
            "UNIPILE_CALL_SECONDS": str(CALL),
            "SENDER_THREADS": str(self.threads),
            "JOB_THREADS": "1",
            "DB_POOL_SIZE": "8",
        }

    def _build(self) -> None:
        """Accounts, people, and two campaigns: one invites, the other writes to connections."""
        terms, stage = self.terms, self.stage
        size = terms.invited + terms.written
        twin = Sandbox(Options(people=size, accounts=terms.accounts, relations=0, spontaneous=False))
        state = twin.world.state
        accounts = self._accounts(state)
        taken = {state.account(number).owner.number for number in range(terms.accounts)}
        people = [number for number in range(state.people.size) if number not in taken]
        strangers = self._people(state, people[: terms.invited])
        friends = self._people(state, people[terms.invited : size])
        for begin in range(0, len(friends), 1000):
            with stage.tx() as tx:
                for position, (lead_id, person) in enumerate(friends[begin : begin + 1000], start=begin):
                    account = position % terms.accounts
                    relating.connected(tx, stage.acme.id, accounts[account], [(lead_id, tx.now)])
                    self.world.say("acts", {"act": "connects", "person": person, "account": account})
        more = [
            message(f"again_{number}", "Dear {{ first_name }} of {{ company }}.", delay=_NO_DELAY)
            for number in range(1, terms.messages)
        ]
        first = message(body="Hi {{ company }}", delay=_NO_DELAY)
        self._campaign(accounts, [invite(note="Hello {{ company }}")], strangers)
        self._campaign(accounts, [accepted(), first, *more], friends)
        twin.close()

    def _accounts(self, state: Any) -> list[str]:
        terms, made = self.terms, []
        limits = {"invites_per_day": terms.invites_per_day, "messages_per_day": terms.messages_per_day}
        with self.stage.tx() as tx:
            for number in range(terms.accounts):
                seen = state.account(number)
                more = {"unipile_account_id": seen.id, "warmup": False, "timezone": "UTC"}
                row = senders.add(tx, client_id=self.stage.acme.id, name=f"{seen.owner.name} {number}", **more)
                row.provider_id = seen.owner.provider_id
                for name, value in (limits | {"invites_per_week": 200}).items():
                    setattr(row, name, value)
                health.set_status(tx, row, AccountStatus.OK, detail=None)
                made.append(row.id)
        return made

    def _people(self, state: Any, numbers: list[int]) -> list[tuple[str, str]]:
        made = []
        for begin in range(0, len(numbers), 500):
            with self.stage.tx() as tx:
                for number in numbers[begin : begin + 500]:
                    someone = state.people[number]
                    given = {"first_name": someone.first_name, "last_name": someone.last_name}
                    given |= {"provider_id": someone.provider_id, "company": f"Works-{number:06d}"}
                    lead_id = persons.add(tx, self.stage.acme.id, given=given, custom={}, tags=())
                    made.append((lead_id, someone.provider_id))
        return made

    def _campaign(self, accounts: list[str], steps: list[Any], leads: list[tuple[str, str]]) -> None:
        if not leads:
            return
        stage = self.stage
        body = {"client_id": stage.acme.id, "name": f"Campaign {stage.number()}", "steps": steps}
        body |= {"account_ids": accounts, "schedule": ALWAYS}
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
