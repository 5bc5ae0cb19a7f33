"""What the loops cost while nothing is due, and how soon after its instant they send what falls due."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import func, select

from rapport.enrollments import control
from rapport.enrollments.models import Enrollment
from rapport.jobs.models import Job, JobStatus
from rapport.kernel.log import configure_log
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.ports.outcomes import Accepted, Ids
from rapport.rules.sequences import StepKind
from rapport.runtime.supervisor import Supervisor
from rapport.sending import outside_turns
from rapport.sending.states import Origin
from scripts.bench.outreach import AtOnce, Days, World, one_of_each, world
from scripts.bench.places import place
from scripts.bench.registry import Bar, Effort, Line, Measurement

SENDERS, LEADS = 40, 25
OF_A_CORE = Bar("most", 1, " %")
SOON = Bar("most", 2, " s")
_FIRST = timedelta(seconds=3)
_APART = timedelta(milliseconds=370)
_QUIET = 5
"""So many looks, a second apart, at which no job is open: what is done at the start is done by then."""
_PATIENCE = 180
_LEAST_SECONDS = 20.0


class _Timed(AtOnce):
    """Notes when each person is visited."""

    def __init__(self, clock: Days) -> None:
        super().__init__()
        self._clock = clock
        self.at: dict[str, datetime] = {}

    def visit(self, identifier: str, *, account_id: str) -> Accepted:  # noqa: ARG002 - the port's form
        self.at[identifier] = self._clock.now()
        return Accepted(Ids())


def idle(effort: Effort) -> Iterator[Line]:
    """The processor's share of all loops while a thousand leads wait, and the lag of what falls due one by one."""
    configure_log("error")
    for kind in effort.kinds:
        with place(kind) as at, world(at, clients=1, accounts=SENDERS, leads=LEADS, provider=_Timed) as made:
            _put_off(made)
            with _running(made):
                _calm_down(made)
                share = _share(max(_LEAST_SECONDS, effort.seconds * effort.rounds))
                yield Line(kind, f"{SENDERS * LEADS:,} leads wait", "of a core", share * 100, bar=OF_A_CORE)
                yield _lag(kind, made)


IDLE = Measurement("idle", idle)


def _put_off(made: World) -> None:
    """Let everybody wait for a month."""
    later = made.clock.now() + timedelta(days=30)
    with made.service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        for enrollment in tx.session.query(Enrollment):
            control.override(tx, enrollment, due_at=later)


@contextmanager
def _running(made: World) -> Iterator[None]:
    supervisor = Supervisor(made.service)
    supervisor.start()
    try:
        yield
    finally:
        supervisor.stop()


def _calm_down(made: World) -> None:
    quiet = 0
    for _ in range(_PATIENCE):
        time.sleep(1)
        with made.service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
            is_open = Job.status.in_([JobStatus.PENDING.value, JobStatus.PROCESSING.value])
            due = select(func.count()).select_from(Job).where(is_open, Job.run_at <= reading.now)
            quiet = 0 if reading.session.execute(due).scalar() else quiet + 1
        if quiet == _QUIET:
            return
    raise RuntimeError("the jobs do not come to an end")


def _share(seconds: float) -> float:
    """Of one core, over so many seconds."""
    began, used = time.perf_counter(), time.process_time()
    time.sleep(seconds)
    return (time.process_time() - used) / (time.perf_counter() - began)


def _lag(kind: str, made: World) -> Line:
    """Each sender is to visit somebody, a third of a second after the other: nothing else binds."""
    first = made.clock.now() + _FIRST
    instants: dict[str, datetime] = {}
    with made.service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        for number, row in enumerate(one_of_each(tx)):
            instants[row.provider_id] = first + _APART * number
            outside_turns.want(
                tx,
                client_id=row.client_id,
                account_id=row.account_id,
                lead_id=row.lead_id,
                kind=StepKind.VISIT,
                origin=Origin.PERSON,
                due_at=instants[row.provider_id],
                recipient=row.provider_id,
            )
    provider = made.provider
    if not isinstance(provider, _Timed):
        raise TypeError(type(provider).__name__)
    deadline = max(instants.values()) + timedelta(seconds=60)
    while len(provider.at) < len(instants) and made.clock.now() < deadline:
        time.sleep(0.1)
    if missing := instants.keys() - provider.at.keys():
        raise RuntimeError(f"{len(missing)} of {len(instants)} were not sent")
    lags = sorted((provider.at[each] - at).total_seconds() for each, at in instants.items())
    if lags[0] < 0:
        raise RuntimeError("something was sent before it was due")
    figures = f"median {statistics.median(lags):5.2f} s, of {len(lags)}"
    return Line(kind, "latest after its instant", figures, lags[-1], bar=SOON)
