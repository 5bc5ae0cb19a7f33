"""What the loops cost while nothing is due, and how soon after its instant they send what falls due."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from rapport.enrollments import control
from rapport.enrollments.models import Enrollment
from rapport.kernel.log import configure_log
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.ports.outcomes import Accepted
from rapport.runtime.supervisor import Supervisor
from scripts.bench.outreach import AtOnce, Days, World, heads_of_lines, world
from scripts.bench.places import place
from scripts.bench.registry import Bar, Effort, Line, Measurement

SENDERS, LEADS = 40, 25
OF_A_CORE = Bar("most", 1, " %")
SOON = Bar("most", 2, " s")
_FIRST = timedelta(seconds=3)
_APART = timedelta(milliseconds=370)
_SETTLES = 3.0
_LEAST_SECONDS = 20.0


class _Timed(AtOnce):
    """Notes when each person is invited."""

    def __init__(self, clock: Days) -> None:
        self._clock = clock
        self.at: dict[str, datetime] = {}

    def invite(self, provider_id: str, *, account_id: str, note: str | None) -> Accepted:
        self.at[provider_id] = self._clock.now()
        return super().invite(provider_id, account_id=account_id, note=note)


def idle(effort: Effort) -> Iterator[Line]:
    """The processor's share of all loops while a thousand leads wait, and the lag of what falls due one by one."""
    configure_log("error")
    for kind in effort.kinds:
        with place(kind) as at, world(at, clients=1, accounts=SENDERS, leads=LEADS, provider=_Timed) as made:
            due = _put_off(made)
            with _running(made):
                time.sleep(_SETTLES)
                share = _share(max(_LEAST_SECONDS, effort.seconds * effort.rounds))
                yield Line(kind, f"{SENDERS * LEADS:,} leads wait", "of a core", share * 100, bar=OF_A_CORE)
                yield _lag(kind, made, due)


IDLE = Measurement("idle", idle)


def _put_off(made: World) -> dict[str, str]:
    """Let everybody wait for a month; answers of each sender one lead and its provider's id."""
    later = made.clock.now() + timedelta(days=30)
    with made.service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        for enrollment in tx.session.query(Enrollment):
            control.override(tx, enrollment, due_at=later)
        return heads_of_lines(tx)


@contextmanager
def _running(made: World) -> Iterator[None]:
    supervisor = Supervisor(made.service)
    supervisor.start()
    try:
        yield
    finally:
        supervisor.stop()


def _share(seconds: float) -> float:
    """Of one core, over so many seconds."""
    began, used = time.perf_counter(), time.process_time()
    time.sleep(seconds)
    return (time.process_time() - used) / (time.perf_counter() - began)


def _lag(kind: str, made: World, due: dict[str, str]) -> Line:
    """One lead of each sender falls due, a third of a second after the other."""
    first, instants = made.clock.now() + _FIRST, {}
    with made.service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        for number, (enrollment_id, provider_id) in enumerate(sorted(due.items())):
            instants[provider_id] = first + _APART * number
            control.override(tx, tx.session.get_one(Enrollment, enrollment_id), due_at=instants[provider_id])
    provider = made.provider
    if not isinstance(provider, _Timed):
        raise TypeError(type(provider).__name__)
    deadline = max(instants.values()) + timedelta(seconds=60)
    while instants.keys() - provider.at.keys() and made.clock.now() < deadline:
        time.sleep(0.1)
    if missing := instants.keys() - provider.at.keys():
        raise RuntimeError(f"{len(missing)} of {len(instants)} were not sent")
    lags = sorted((provider.at[each] - at).total_seconds() for each, at in instants.items())
    if lags[0] < 0:
        raise RuntimeError("something was sent before it was due")
    figures = f"median {statistics.median(lags):5.2f} s, of {len(lags)}"
    return Line(kind, "latest after its instant", figures, lags[-1], bar=SOON)
