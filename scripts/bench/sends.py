"""How many steps a second are sent to a provider that takes no time, beside plain SQL and beside other task queues."""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psutil

from rapport.kernel.log import configure_log
from rapport.sending import turn as sending
from scripts.bench import peers
from scripts.bench.outreach import World, world
from scripts.bench.places import Place, place
from scripts.bench.plain import Plain, Work, pattern_of
from scripts.bench.processes import environment
from scripts.bench.registry import Bar, Effort, Line, Measurement
from scripts.bench.sender import AT_ONCE

CLIENTS, SENDERS = 4, 50
WORKERS = 4
RATIO = Bar("least", 0.5)
FASTER = Bar("least", 1.0)
_LONGEST = 120.0


@dataclass(frozen=True)
class Took:
    """How long so many steps took."""

    steps: int
    seconds: float
    processor: float | None
    """Of those who send, without the database; None where nobody counts it."""

    @property
    def rate(self) -> float:
        return self.steps / self.seconds

    @property
    def figures(self) -> str:
        rate = f"{self.rate:7,.0f} steps/s"
        return rate if self.processor is None else f"{rate}  {self.processor / self.steps * 1e6:6,.0f} µs"


def sends(effort: Effort) -> Iterator[Line]:
    """Steps a second to a provider that takes no time, beside plain SQL of the same commits and other task queues."""
    configure_log("error")
    rounds = max(1, min(effort.rounds, 5))
    for kind in effort.kinds:
        others = peers.installed() if kind == "postgresql" else {}
        drafts = rounds * (1 + len(others))
        with place(kind) as at, world(at, clients=CLIENTS, accounts=SENDERS, leads=rounds + 1, drafts=drafts) as made:
            yield from _compared(kind, at, made, rounds, others)
        if kind == "postgresql":
            for name in sorted(peers.KNOWN.keys() - others.keys()):
                yield Line(kind, name, f"not installed: {peers.HOW}")


SENDS = Measurement("sends", sends)


def _compared(kind: str, at: Place, made: World, rounds: int, others: dict[str, str]) -> Iterator[Line]:
    """SQLite takes one process, so there the workers are its threads; on PostgreSQL they are processes."""
    url = at.environment.get("DATABASE_URL", str(at.home / "rapport.db")).replace("+psycopg", "")
    with ExitStack() as stack:
        if kind == "sqlite":
            gc.collect()
            gc.freeze()  # as the product does when it starts
            product: Callable[[], Took] = lambda: _by_threads(made)  # noqa: E731 - one of two
            product()  # what is loaded and prepared at the first use is no part of it
            plain: Callable[[list[Work]], Took] = lambda wave: _plain_by_threads(url, wave)  # noqa: E731
        else:
            crew = stack.enter_context(_crew(at, "product"))
            product = lambda: _by_processes(crew, made)  # noqa: E731
            product()
            writers = stack.enter_context(_crew(at, "plain"))
            plain = lambda wave: _plain_by_processes(writers, at, wave)  # noqa: E731
        waves = works(made)
        runs: dict[str, Callable[[], Took]] = {
            "product": product,
            "plain SQL": lambda: plain(waves.pop()),
            **{name: lambda name=name: _peer(name, at, url, waves.pop()) for name in others},  # type: ignore[misc]
        }
        took: dict[str, list[Took]] = {name: [] for name in runs}
        for number in range(rounds):
            made.clock.tomorrow()
            for name, run in list(runs.items())[:: 1 if number % 2 == 0 else -1]:
                took[name].append(run())
    yield Line(kind, f"product, {WORKERS} {_WORKERS[kind]}", _middle(took["product"]).figures)
    for name in list(runs)[1:]:
        ratios = [ours.rate / its.rate for ours, its in zip(took["product"], took[name], strict=True)]
        yield Line(
            kind,
            f"product / {name} {others.get(name, '')}".rstrip(),
            _middle(took[name]).figures,
            statistics.median(ratios),
            (min(ratios), max(ratios)),
            FASTER if name in others else RATIO,
        )


_WORKERS = {"sqlite": "threads", "postgresql": "processes"}


def _middle(took: list[Took]) -> Took:
    return sorted(took, key=lambda each: each.rate)[len(took) // 2]


# Threads of this process


def _by_threads(made: World) -> Took:
    """Every sender sends to one lead."""
    wanted = len(made.accounts)
    paces = sending.crew(WORKERS)
    deadline = time.monotonic() + _LONGEST

    def sent() -> int:
        return sum(pace.done.get("sent", 0) for pace in paces)

    def run(pace: sending.Pace) -> None:
        while sent() < wanted and time.monotonic() < deadline:
            before = sum(pace.done.values())
            again = sending.turn(made.service, pace, stopping=lambda: False)
            if sum(pace.done.values()) == before:
                time.sleep(min(0.05, max(0.001, (again - made.clock.now()).total_seconds())))

    took = _timed(wanted, [lambda pace=pace: run(pace) for pace in paces])
    if sent() != wanted:
        raise RuntimeError(f"{sent()} of {wanted} were sent: {[pace.done for pace in paces]}")
    return took


def _plain_by_threads(url: str, wave: list[Work]) -> Took:
    pattern = pattern_of(url)
    batches = [wave[start : start + AT_ONCE] for start in range(0, len(wave), AT_ONCE)]
    lock = threading.Lock()  # as the product's writers queue

    def run() -> None:
        connection = Plain(url, pattern, turn=lock)
        while batches:
            try:
                batch = batches.pop()
            except IndexError:
                break
            for work in connection.claim(batch):
                connection.intend(work)
                connection.settle(work)
        connection.close()

    return _timed(len(wave), [run for _ in range(WORKERS)])


def _timed(steps: int, runs: list[Callable[[], None]]) -> Took:
    threads = [threading.Thread(target=run) for run in runs]
    began, processor = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Took(steps, time.perf_counter() - began, time.process_time() - processor)


# Processes


@dataclass(frozen=True)
class _Crew:
    """Processes that wait for a line, work, and answer with how much they did."""

    members: list[subprocess.Popen[str]]

    def run(self, lines: list[str], *, wanted: int) -> Took:
        began, processor = time.perf_counter(), self._processor()
        for member, line in zip(self.members, lines, strict=True):
            _in(member, line)
        done = [int(_out(member)) for member in self.members]
        took = Took(wanted, time.perf_counter() - began, self._processor() - processor)
        if sum(done) != wanted:
            raise RuntimeError(f"{done} of {wanted} were done")
        return took

    def _processor(self) -> float:
        times = [psutil.Process(member.pid).cpu_times() for member in self.members]
        return float(sum(each.user + each.system for each in times))


def _in(member: subprocess.Popen[str], line: str) -> None:
    if member.stdin is not None:
        member.stdin.write(f"{line}\n")
        member.stdin.flush()


def _out(member: subprocess.Popen[str]) -> str:
    said = member.stdout.readline().strip() if member.stdout is not None else ""
    if not said:
        raise RuntimeError("a process that sends has ended")
    return said


@contextmanager
def _crew(at: Place, role: str) -> Iterator[_Crew]:
    command = [sys.executable, "-m", "scripts.bench.sender", role]
    members = [
        subprocess.Popen(
            command, env=environment(at), cwd=at.home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(WORKERS)
    ]
    try:
        for member in members:
            _out(member)
        yield _Crew(members)
    finally:
        for member in members:
            member.kill()
        for member in members:
            member.communicate()


def _by_processes(crew: _Crew, made: World) -> Took:
    return crew.run([str(made.clock.moved.total_seconds())] * WORKERS, wanted=len(made.accounts))


def _plain_by_processes(crew: _Crew, at: Place, wave: list[Work]) -> Took:
    paths = []
    for number in range(WORKERS):
        path = at.home / f"plain-{number}.json"
        path.write_text(json.dumps([list(vars(each).values()) for each in wave[number::WORKERS]]))
        paths.append(str(path))
    return crew.run(paths, wanted=len(wave))


def _peer(name: str, at: Place, url: str, wave: list[Work]) -> Took:
    """Its actions are claimed beforehand, all at once: it makes but the other two commits."""
    connection = Plain(url, pattern_of(url))
    claimed = connection.claim(wave)
    connection.close()
    rate = peers.run(name, url, claimed, pattern_of(url), workers=WORKERS, home=at.home)
    return Took(len(wave), len(wave) / rate, None)


def works(made: World) -> list[list[Work]]:
    """The leads of the drafts in waves: in each, one lead of every sender."""
    with made.service.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT e.client_id, e.account_id, e.campaign_id, e.id AS enrollment_id, e.lead_id,"
            " (SELECT c2.id FROM campaign c2 WHERE c2.client_id = e.client_id AND c2.name = 'Running') AS line"
            " FROM enrollment e JOIN campaign c ON c.id = e.campaign_id WHERE c.name = 'Draft'"
            " ORDER BY e.account_id, e.id"
        ).all()
    by_account: dict[str, list[Work]] = {}
    for row in rows:
        by_account.setdefault(row.account_id, []).append(Work(*row))
    return [list(wave) for wave in zip(*by_account.values(), strict=True)]
