"""Many live streams, each cut again and again at random, over several web processes.

    python -m tests.faults.streams --streams 200 --cuts 100

Somebody writes events all the while. Each listener comes back with the number it saw last, to whichever process is
next; at the end what each one heard is compared with the log: a gap and a double are both seen.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from rapport.kernel.clock import SystemClock
from rapport.kernel.principal import Actor
from scripts.servers import PostgreSQL
from tests.databases import KINDS, Database, fresh_database
from tests.http.server import served
from tests.stage import Stage

SETTINGS = {"RATE_LIMIT_PER_MINUTE": "1000000", "LIVE_BEAT_SECONDS": "1", "LIVE_REPLAY": "100000"}


@dataclass
class Found:
    """What came of it."""

    events: int = 0
    heard: int = 0
    connections: int = 0
    gaps: int = 0
    doubles: int = 0
    strangers: int = 0
    """Events of another client."""
    latencies: list[float] = field(default_factory=list)

    @property
    def p95_ms(self) -> float:
        ordered = sorted(self.latencies)
        return round(1000 * ordered[int(len(ordered) * 0.95)], 1) if ordered else -1.0

    @property
    def is_good(self) -> bool:
        return not (self.gaps or self.doubles or self.strangers) and self.heard > 0


@dataclass
class Log:
    """How far each client's log goes, once nobody writes any more."""

    is_over: asyncio.Event
    ends: dict[str, int] = field(default_factory=dict)


@dataclass
class Listener:
    """One screen: what it heard so far, and where it stands."""

    client_id: str
    credential: str
    forgetful: bool = False
    """The control: it comes back without saying where it stood."""
    last: int | None = None
    seen: list[int] = field(default_factory=list)
    strangers: int = 0
    connections: int = 0
    latencies: list[float] = field(default_factory=list)
    """Of what happened while it listened: what happens in between waits for it."""
    listens_since: float = 0.0
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    is_cut_out: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self, ports: list[int], cuts: int, chance: random.Random, log: Log) -> None:
        """Be cut so often, then stay until everything was heard."""
        for number in range(cuts + 1):
            if number < cuts:
                await self._listen(chance.choice(ports), chance.uniform(0.02, 0.4), None)
            else:
                self.is_cut_out.set()
                await log.is_over.wait()
                while self.last is None or self.last < log.ends[self.client_id]:
                    await self._listen(chance.choice(ports), 20.0, log.ends[self.client_id])

    async def _listen(self, port: int, how_long: float, end: int | None) -> None:
        self.connections += 1
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        place = f"Last-Event-ID: {self.last}\r\n" if self.last is not None and not self.forgetful else ""
        writer.write(
            f"GET /api/v1/inbox/stream?client_id={self.client_id} HTTP/1.1\r\nHost: x\r\n{place}"
            f"Authorization: Bearer {self.credential}\r\n\r\n".encode()
        )
        try:
            async with asyncio.timeout(how_long):
                head = await reader.readuntil(b"\r\n\r\n")
                assert b"200 OK" in head.split(b"\r\n", 1)[0], head
                unread = b""
                while True:
                    size = int(await reader.readuntil(b"\r\n"), 16)
                    piece = await reader.readexactly(size + 2)
                    unread += piece[:-2]
                    *frames, unread = unread.split(b"\n\n")
                    for frame in frames:
                        self._hear(frame)
                    if size == 0 or (end is not None and self.last is not None and self.last >= end):
                        return
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()  # as a train into a tunnel

    def _hear(self, frame: bytes) -> None:
        said = dict(line.split(b": ", 1) for line in frame.split(b"\n") if b": " in line and not line.startswith(b":"))
        if b"id" not in said:
            return
        seq = int(said[b"id"])
        if said[b"event"] in (b"ready", b"reset"):
            self.listens_since = time.time()
            self.has_begun.set()
        else:
            data = json.loads(said[b"data"])
            self.seen.append(seq)
            self.strangers += data["client_id"] != self.client_id
            happened = datetime.fromisoformat(data["occurred_at"]).timestamp()
            if happened > self.listens_since:
                self.latencies.append(time.time() - happened)
        self.last = max(seq, self.last or 0)


def tell(
    database: Database,
    *,
    streams: int,
    cuts: int,
    processes: int,
    seed: int,
    every: float = 0.02,
    forgetful: bool = False,
) -> Found:
    """Let so many listen and be cut, and somebody write all the while."""
    stage = Stage(database, clock=SystemClock())
    acme, globex = stage.acme, stage.globex
    credentials = {acme.id: stage.bob.credential, globex.id: stage.carol.credential}
    with ExitStack() as stack:
        stack.callback(stage.close)
        more = SETTINGS | {"LIVE_STREAMS": str(streams + 50)}
        servers = [stack.enter_context(served(database, **more)) for _ in range(processes)]
        listeners = [
            Listener(client_id, credentials[client_id] or "", forgetful)
            for client_id in (random.Random(seed + n).choice([acme.id, acme.id, globex.id]) for n in range(streams))
        ]
        log = asyncio.run(_play(stage, [each.port for each in servers], listeners, cuts, seed, every))
        return _judge(log, listeners)


async def _play(stage: Stage, ports: list[int], listeners: list[Listener], cuts: int, seed: int, every: float) -> Log:
    log, stop = Log(asyncio.Event()), threading.Event()
    waiting = [
        asyncio.create_task(each.live(ports, cuts, random.Random(seed * 1000 + n), log))
        for n, each in enumerate(listeners)
    ]
    for each in listeners:
        await each.has_begun.wait()
    writer = threading.Thread(target=_write, args=(stage, stop, every))
    writer.start()
    for each in listeners:
        await each.is_cut_out.wait()
    stop.set()
    await asyncio.to_thread(writer.join)
    log.ends = {each.id: _last(stage, each.id) for each in (stage.acme, stage.globex)}
    log.is_over.set()
    await asyncio.gather(*waiting)
    return log


def _write(stage: Stage, stop: threading.Event, every: float) -> None:
    number = 0
    while not stop.wait(every):
        number += 1
        for client in (stage.acme, stage.globex):
            with stage.tx(Actor("system", "writer")) as tx:
                tx.emit("lead.noted", client_id=client.id, data={"name": f"Ada {number}"})


def _last(stage: Stage, client_id: str) -> int:
    with stage.service.engine.connect() as connection:
        found = connection.execute(text("SELECT seq FROM event_stream WHERE client_id = :id"), {"id": client_id})
        return int(found.scalar_one())


def _judge(log: Log, listeners: list[Listener]) -> Found:
    found = Found()
    for each in listeners:
        end = log.ends[each.client_id]
        first = each.seen[0] if each.seen else end
        meant = set(range(first, end + 1))
        found.events = max(found.events, len(meant))
        found.heard += len(each.seen)
        found.connections += each.connections
        found.gaps += len(meant - set(each.seen))
        found.doubles += len(each.seen) - len(set(each.seen))
        found.strangers += each.strangers
        found.latencies += each.latencies
    return found


@contextmanager
def _fresh(kind: str) -> Iterator[Database]:
    with ExitStack() as stack:
        if kind == "postgresql" and "TEST_POSTGRESQL_URL" not in os.environ:
            server = PostgreSQL().start()
            stack.callback(server.remove)
            os.environ["TEST_POSTGRESQL_URL"] = server.url()
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        home.mkdir()
        yield stack.enter_context(fresh_database(kind, home))


def main() -> int:
    """All of it, as a program: status 1 when somebody missed something or heard it twice."""
    parser = argparse.ArgumentParser(description="Cut live streams again and again.")
    parser.add_argument("--database", choices=KINDS, default="postgresql")
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args()
    processes = 2 if given.database == "postgresql" else 1
    with _fresh(given.database) as database:
        found = tell(database, streams=given.streams, cuts=given.cuts, processes=processes, seed=given.seed, every=0.05)
    said = {name: value for name, value in vars(found).items() if name != "latencies"}
    told = {"database": given.database, "seed": given.seed, **said, "p95_ms": found.p95_ms}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0 if found.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
