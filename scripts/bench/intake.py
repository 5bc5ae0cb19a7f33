"""How fast webhooks are taken in, beside the least a route must do for it, and while workers are busy."""

from __future__ import annotations

import hmac
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import Job, JobStatus
from rapport.kernel.ids import AGENCY
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from scripts.bench import load, processes
from scripts.bench.load import Target
from scripts.bench.places import Place, client, place
from scripts.bench.reads import Subject
from scripts.bench.registry import Bar, Effort, Line, Measurement

OF_YARDSTICK = Bar("least", 0.70)
P99 = Bar("most", 50, " ms")
PER_SECOND = 200
WORKERS = 4
_KEY = "the key with which deliveries of this measurement are signed"
_BODY = Path(__file__).resolve().parents[2] / "tests" / "outside" / "webhooks" / "message_received.json"
_BUSY = "http.purge_idempotency_keys"
_JOBS_PER_SECOND = 40
"""What four workers that act for accounts come to, and a hundred times what LinkedIn would bear from a few of them."""
_LEAST_SECONDS = 5.0
_STARTING = 10.0
_WARMING = 2.0
"""What a process does for the first time in its life is not counted, for it does it once."""


def intake(effort: Effort) -> Iterator[Line]:
    """Deliveries of webhooks taken in beside a yardstick, and at 200 a second while four workers are busy."""
    body = b" ".join(_BODY.read_bytes().split())
    signature = hmac.digest(_KEY.encode(), body, "sha256").hex()
    headers = {"Content-Type": "application/json", "X-Unipile-Signature": signature}
    for kind in effort.kinds:
        with place(kind) as made:
            at = Place(kind, made.home, {**made.environment, "UNIPILE_WEBHOOK_SIGNING_KEY": _KEY})
            yield from _compared(at, headers, body, effort)
            yield _while_busy(at, headers, body, effort)


INTAKE = Measurement("intake", intake)


def _compared(at: Place, headers: dict[str, str], body: bytes, effort: Effort) -> Iterator[Line]:
    """As many as there is room for. Nobody looks at them meanwhile: that is other processes' work."""
    with processes.product(at, BACKGROUND="false") as product, processes.intake_yardstick(at, _KEY) as yardstick:
        least = Subject(
            "yardstick: verify, one row", yardstick, Target(f"{yardstick.address}/taken", headers, body=body)
        )
        mine = Subject("product: a delivery", product, _target(product, headers, body))
        for number in range(effort.rounds):
            for subject in (least, mine) if number % 2 == 0 else (mine, least):
                subject.take_a_turn(effort)
    ratios = [one.per_second / other.per_second for one, other in zip(mine.loads, least.loads, strict=True)]
    yield Line(at.kind, least.what, _figures(least))
    yield Line(at.kind, mine.what, _figures(mine), statistics.median(ratios), (min(ratios), max(ratios)), OF_YARDSTICK)


def _while_busy(at: Place, headers: dict[str, str], body: bytes, effort: Effort) -> Line:
    """At a steady rate. SQLite takes one process, so its workers are threads of it; elsewhere they are processes."""
    seconds = max(_LEAST_SECONDS, effort.seconds * effort.rounds)
    _give_work(at, seconds + _STARTING)
    on_sqlite = at.kind == "sqlite"
    with ExitStack() as stack:
        own = {"BACKGROUND": "true", "JOB_THREADS": str(WORKERS)} if on_sqlite else {"BACKGROUND": "false"}
        product = stack.enter_context(processes.product(at, **own))
        if not on_sqlite:
            stack.enter_context(processes.workers(at, WORKERS))
        _until_busy(at)
        target = _target(product, headers, body)
        load.steady(target, per_second=PER_SECOND, seconds=_WARMING, connections=16)
        found = load.steady(target, per_second=PER_SECOND, seconds=seconds, connections=16)
    figures = f"{found.per_second:7,.0f}/s  p99 {found.p99_ms:5.1f} ms"
    return Line(at.kind, f"{PER_SECOND}/s, {WORKERS} workers busy", figures, found.p99_ms, bar=P99)


def _give_work(at: Place, seconds: float) -> None:
    """Jobs that fall due one after the other."""
    with at.service() as service:
        client(service, "Acme")
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            for number in range(int(seconds * _JOBS_PER_SECOND)):
                due = tx.now + timedelta(seconds=number / _JOBS_PER_SECOND)
                enqueue(tx, service.job_types.get(_BUSY), client_id=AGENCY, run_at=due)


def _until_busy(at: Place) -> None:
    """Until a second's worth of it was done: processes that are just being started are no workers yet."""
    counted = select(func.count()).where(Job.type == _BUSY, Job.status == JobStatus.COMPLETED.value)
    with at.service() as service:

        def done() -> bool:
            with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
                return reading.session.execute(counted).scalar_one() >= _JOBS_PER_SECOND

        processes.until(done, "the workers do not work")


def _target(product: processes.Server, headers: dict[str, str], body: bytes) -> Target:
    return Target(f"{product.address}/api/v1/webhooks/unipile/messaging", headers, body=body)


def _figures(subject: Subject) -> str:
    return (
        f"{statistics.median(each.per_second for each in subject.loads):7,.0f}/s  "
        f"p99 {statistics.median(each.p99_ms for each in subject.loads):5.1f} ms  "
        f"{statistics.median(subject.microseconds):5.0f} µs"
    )
