"""No answer is older than the last write that was acknowledged: the cache on, two web processes, and a Redis that dies.

    python -m tests.faults.readers --seconds 60

Eight threads write and read names through both processes. Each thread alone writes one account, counting up; before it
reads any account it notes what its owner was last told to be written, and what it reads may not be less. Redis is
killed in the middle and started again. The control writes around the version of the data, and must be seen to be stale.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from rapport.kernel.clock import SystemClock
from rapport.rules.permissions import Role
from scripts.servers import PostgreSQL, Redis
from tests.databases import Database, fresh_database
from tests.http.server import Server, served
from tests.stage import Stage

THREADS = 8
CLIENTS = 4
_WRITES = 0.2


@dataclass
class Seen:
    """What came of it."""

    reads: int = 0
    writes: int = 0
    hits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("before", "away", "back"), 0))
    """Answers from the cache: before Redis is killed, while it is away, and after."""
    stale: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def wrong(self) -> list[str]:
        """Whatever must not be."""
        missing = [f"no kept answer: {when}" for when, number in self.hits.items() if not number]
        return [*self.stale[:5], *self.failed[:5], *missing]


class Field:
    """Two web processes on one database and one Redis, and accounts to write."""

    def __init__(self, database: Database, stack: ExitStack) -> None:
        self.redis = Redis().start()
        stack.callback(self.redis.stop)
        self._stage = Stage(database, clock=SystemClock())
        stack.callback(self._stage.close)
        clients = [self._stage.client(f"Client {number}") for number in range(CLIENTS)]
        agents = [self._stage.person(f"Agent{number}", Role.AGENT, each) for number, each in enumerate(clients)]
        self.accounts = [self._stage.account(f"0 of {each}", of=clients[each % CLIENTS]).id for each in range(THREADS)]
        self.tokens = [agents[each % CLIENTS].credential for each in range(THREADS)]
        self._written = [0] * THREADS
        self.acknowledged = [0] * THREADS
        settings = {"REDIS_URL": self.redis.url, "RATE_LIMIT_PER_MINUTE": "10000000"}
        self.servers: list[Server] = [stack.enter_context(served(database, **settings)) for _ in range(2)]

    def next_of(self, place: int) -> int:
        """The next number of an account: its owner alone asks."""
        self._written[place] += 1
        return self._written[place]

    def write_around(self, place: int, number: int) -> None:
        """The control: a write that nobody who keeps answers hears of."""
        with self._stage.service.engine.begin() as connection:
            values = {"name": str(number), "id": self.accounts[place]}
            connection.execute(text("UPDATE account SET name = :name WHERE id = :id"), values)


class _Thread(threading.Thread):
    """One who writes its account and reads any."""

    def __init__(self, where: Field, place: int, seen: Seen, *, until: float, seed: int, around: bool) -> None:
        super().__init__()
        self._where, self._place, self._seen, self._until, self._around = where, place, seen, until, around
        self._chance = random.Random(f"{seed}:{place}")
        self._wires: dict[int, http.client.HTTPConnection] = {}
        self.phase = "before"

    def run(self) -> None:
        while time.monotonic() < self._until:
            if self._chance.random() < _WRITES:
                self._write()
            else:
                self._read(self._chance.randrange(THREADS))
        for wire in self._wires.values():
            wire.close()

    def _write(self) -> None:
        number = self._where.next_of(self._place)
        if self._around:
            self._where.write_around(self._place, number)
        elif self._ask("PATCH", self._place, {"name": str(number)})[0] is None:
            return
        self._where.acknowledged[self._place] = number
        self._seen.writes += 1

    def _read(self, place: int) -> None:
        known, phase = self._where.acknowledged[place], self.phase
        answer, hit = self._ask("GET", place)
        if answer is None:
            return
        self._seen.reads += 1
        self._seen.hits[phase] += hit
        number = int(answer["name"].split()[0])
        if number < known:
            self._seen.stale.append(f"account {place}: {number} was read after {known} was acknowledged")

    def _ask(self, method: str, place: int, body: Any = None) -> tuple[Any, bool]:
        """The answer of either process, and whether it was kept."""
        which = self._chance.randrange(2)
        wire = self._wires.get(which)
        if wire is None:
            wire = self._wires[which] = http.client.HTTPConnection(
                "127.0.0.1", self._where.servers[which].port, timeout=20
            )
        path = f"/api/v1/linkedin-accounts/{self._where.accounts[place]}"
        headers = {"Authorization": f"Bearer {self._where.tokens[place]}", "Content-Type": "application/json"}
        try:
            wire.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = wire.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as failure:
            self._wires.pop(which).close()
            self._seen.failed.append(f"{method}: {type(failure).__name__}")
            return None, False
        if answer.status != 200:
            self._seen.failed.append(f"{method}: {answer.status} {said[:200]!r}")
            return None, False
        return json.loads(said), answer.headers.get("X-Cache") == "hit"


def play(where: Field, *, seconds: float, seed: int, around: bool = False) -> Seen:
    """Write and read for so long; Redis is away from a third of it to two thirds, unless it is the control."""
    seen = Seen()
    began = time.monotonic()
    threads = [_Thread(where, place, seen, until=began + seconds, seed=seed, around=around) for place in range(THREADS)]
    for thread in threads:
        thread.start()
    for phase, act in () if around else (("away", where.redis.stop), ("back", where.redis.start)):
        time.sleep(seconds / 3)
        act()
        for thread in threads:
            thread.phase = phase
    for thread in threads:
        thread.join()
    return seen


def main() -> int:
    """The long form, as a program: status 1 when an answer was stale, or the control was not."""
    parser = argparse.ArgumentParser(description="Read through the cache while others write.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    given = parser.parse_args()
    with ExitStack() as stack:
        if "TEST_POSTGRESQL_URL" not in os.environ:
            server = PostgreSQL().start()
            stack.callback(server.remove)
            os.environ["TEST_POSTGRESQL_URL"] = server.url()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        folder.mkdir()
        where = Field(stack.enter_context(fresh_database("postgresql", folder)), stack)
        seen = play(where, seconds=given.seconds, seed=given.seed)
        control = play(where, seconds=2, seed=given.seed, around=True)
    wrong = [*seen.wrong(), *([] if control.stale else ["the control was not seen"])]
    said = {"seed": given.seed, "reads": seen.reads, "writes": seen.writes, "hits": seen.hits, "stale": len(seen.stale)}
    said |= {"failed": len(seen.failed), "control": len(control.stale), "wrong": wrong}
    sys.stdout.write(json.dumps(said) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
