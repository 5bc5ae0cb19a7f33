"""Three web and three worker processes on one PostgreSQL and one Redis, under load, restarted one after the other.

    python -m tests.faults.cluster --seconds 90

A hundred operators work over the API, 200 webhooks come in a second, fifty accounts send on a fast clock to a provider
with faults. In the middle every process is told to end and is begun anew, while the others go on. Whoever got no answer
says it again. In the end nobody was refused, no lead and no message is there twice or missing, and the judge has read
the provider's ledger.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy import text

from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.people import sessions, users
from rapport.rules.permissions import Role
from scripts.servers import Redis, free_port
from tests.faults.carnage import Found, Plan, judge, place
from tests.faults.cluster_load import KEY, Heard, Load
from tests.faults.field import Field

WEBS, WORKERS = 3, 3
_UP = 40.0
_STOPS = 25.0
_LIFE = timedelta(days=60)


class Member:
    """One process of the cluster, which can be told to end and begun again."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path, port: int | None) -> None:
        self.name, self.port = name, port
        self._command, self._environment, self._log = command, environment, log
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "rapport", *self._command]
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)  # nosec B603
        self._await()

    def stop(self) -> float:
        """Tell it to end; answers how long that took. One that does not end in time is no good member."""
        began = time.monotonic()
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(_STOPS)
            self._process = None
        return time.monotonic() - began

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _await(self) -> None:
        deadline = time.monotonic() + _UP
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                break
            if self._is_up():
                return
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not begin: {self._log.read_text()[-2000:]}")

    def _is_up(self) -> bool:
        if self.port is None:
            return b" runs.\n" in self._log.read_bytes()
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=2) as answer:  # nosec B310
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


@dataclass
class Seen:
    """What came of it."""

    found: Found
    heard: Heard = field(default_factory=Heard)
    stops: dict[str, float] = field(default_factory=dict)
    """Process → how many seconds it took to end."""
    leads: tuple[int, int] = (0, 0)
    """The leads that operators made: rows, and different mails."""
    messages: tuple[int, int] = (0, 0)
    """The messages that webhooks told: rows, and different ids."""
    undecided: int = -1
    sent_while_loaded: int = 0

    def wrong(self, plan: Plan) -> list[str]:
        heard = self.heard
        checks = {
            f"not answered: {heard.failed[:3]} of {len(heard.failed)}": not heard.failed,
            f"answered otherwise the second time: {heard.other_answers[:3]}": not heard.other_answers,
            f"{self.leads} leads of {len(heard.leads)}": self.leads == (len(heard.leads), len(heard.leads)),
            f"{self.messages} messages of {len(heard.messages)}": self.messages
            == (len(heard.messages), len(heard.messages)),
            f"{self.undecided} deliveries of webhooks are undecided": self.undecided == 0,
            "nothing was sent while the load was on": self.sent_while_loaded > 0,
        }
        return [*self.found.wrong(plan), *(said for said, holds in checks.items() if not holds)]

    def shown(self, seconds: float) -> dict[str, Any]:
        heard = self.heard
        return {
            "answers": dict(sorted(heard.answers.items())),
            "per second": {kind: round(len(took) / seconds, 1) for kind, took in heard.took.items()},
            "p99 ms": {kind: heard.p99(kind) for kind in heard.took},
            "said again": heard.again,
            "not answered": len(heard.failed),
            "longest stop": round(max(self.stops.values(), default=0.0), 2),
            "restarted": len(self.stops),
            "leads": self.leads,
            "messages": self.messages,
            "sent while loaded": self.sent_while_loaded,
        }


def members(where: Field, redis: Redis) -> list[Member]:
    """The processes, workers first: they know what the web processes are about to take in."""
    home = where.database.home
    shared = where.environment | {
        "PYTHONPATH": ":".join(filter(None, sys.path)),
        "PATH": "/usr/bin:/bin",
        "REDIS_URL": redis.url,
        "BACKGROUND": "false",
        "LOG_LEVEL": "warning",
        "RATE_LIMIT_PER_MINUTE": "1000000",
        "UNIPILE_WEBHOOK_SIGNING_KEY": KEY,
        "JOB_THREADS": "2",
    }
    made = [
        Member(f"worker-{number}", ["worker"], shared, home / f"worker-{number}.log", None)
        for number in range(1, WORKERS + 1)
    ]
    for number in range(1, WEBS + 1):
        port = free_port()
        made.append(Member(f"web-{number}", ["serve"], shared | {"PORT": str(port)}, home / f"web-{number}.log", port))
    return made


def tokens(where: Field, count: int) -> list[str]:
    """Access of so many operators, good for the weeks that pass on the fast clock."""
    service, made = where.stage.service, []
    hashed = service.passwords.hash("a password of a load")
    for number in range(count):
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            user = users.create(
                tx,
                email=f"operator-{number}@agency.example",
                name=f"Operator {number}",
                role=Role.AGENT,
                password_hash=hashed,
                client_ids=[where.stage.acme.id],
            )
            opened = sessions.open_session(tx, user, life=_LIFE, address="127.0.0.1", user_agent="load")
            made.append(
                service.tokens.mint(
                    user_id=user.id, session_id=opened.session.id, token_id=tx.new_id(), now=tx.now, life=_LIFE
                )
            )
    return made


def under_load(plan: Plan, stack: ExitStack, *, seconds: float, operators: int, per_second: float) -> Seen:
    """Begin everything, load it, restart it piece by piece, let it finish, and read what came of it."""
    where = Field(place("postgresql", stack), plan, stack)
    redis = Redis().start()
    stack.callback(redis.stop)
    access = tokens(where, operators)
    where.go(begin=False)
    seen = Seen(Found(plan.seed))
    all_of_them = members(where, redis)
    for member in all_of_them:
        stack.callback(member.kill)
        member.begin()
    load = Load([member.port for member in all_of_them if member.port is not None], seed=plan.seed)
    accounts, campaigns = (
        _texts(where, "SELECT unipile_account_id FROM account"),
        _texts(where, "SELECT id FROM campaign"),
    )
    load.operators(access, client_id=where.stage.acme.id, campaigns=campaigns, pause=operators / 40)
    load.webhooks(accounts, per_second=per_second)
    began, before = time.monotonic(), where.sent()
    load.begin()
    time.sleep(seconds / 3)
    for member in all_of_them:
        seen.stops[member.name] = member.stop()
        member.begin()
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    seen.heard = load.end()
    seen.found.seconds = round(time.monotonic() - began, 1)
    seen.sent_while_loaded = where.sent() - before
    where.wait(patience=plan.patience)
    _until_decided(where, patience=plan.patience)
    for member in all_of_them:
        member.stop()
    where.end()
    _count(where, seen)
    judge(where, seen.found)
    return seen


_UNDECIDED = "SELECT count(*) FROM webhook_delivery WHERE status = 'received'"


def _until_decided(where: Field, *, patience: float) -> None:
    until, left = time.monotonic() + patience, where.count(_UNDECIDED)
    while left and time.monotonic() < until:
        time.sleep(0.5)
        before, left = left, where.count(_UNDECIDED)
        if left < before:
            until = time.monotonic() + patience


def _count(where: Field, seen: Seen) -> None:
    leads = "FROM lead WHERE email LIKE '%@load.example'"
    messages = f"FROM message WHERE external_id LIKE 'load-{seen.found.seed}-%'"  # nosec B608
    seen.leads = (where.count(f"SELECT count(*) {leads}"), where.count(f"SELECT count(DISTINCT email) {leads}"))
    seen.messages = (
        where.count(f"SELECT count(*) {messages}"),
        where.count(f"SELECT count(DISTINCT external_id) {messages}"),
    )
    seen.undecided = where.count(_UNDECIDED)


def _texts(where: Field, statement: str) -> list[str]:
    with where.stage.reading() as reading:
        return [str(value) for value in reading.session.connection().execute(text(statement)).scalars()]


def main() -> int:
    """As a program: status 1 when somebody was refused or a promise was broken."""
    parser = argparse.ArgumentParser(description="A cluster under load, restarted piece by piece.")
    parser.add_argument("--seconds", type=float, default=90, help="of load")
    parser.add_argument("--operators", type=int, default=100)
    parser.add_argument("--webhooks", type=float, default=200, help="a second")
    parser.add_argument("--steps", type=int, default=2000, help="sent by fifty accounts meanwhile and afterwards")
    parser.add_argument("--speed", type=float, default=60, help="of the clock")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    given = parser.parse_args()
    plan = Plan(
        kills=0, steps=given.steps, seed=given.seed, speed=given.speed, invites_per_day=60, messages_per_day=100
    )
    with ExitStack() as stack:
        seen = under_load(plan, stack, seconds=given.seconds, operators=given.operators, per_second=given.webhooks)
    wrong = seen.wrong(plan)
    said = {**seen.shown(seen.found.seconds), **vars(seen.found), "wrong": wrong}
    sys.stdout.write(json.dumps(said) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
