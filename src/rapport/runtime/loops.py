"""What each loop does in one turn. A turn answers when the next is wanted; it never sleeps.

Transactions of background work begin here. A job's handler runs in one transaction with the settling of
the job, so that its effect and its end are one commit; the failure of a handler is written in another.
Long work is done in steps, each such a transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from rapport.assembly import measure_clock
from rapport.events import consumers
from rapport.events.consumers import Consumer
from rapport.inbox import turn as inbox
from rapport.jobs import claim, cron, settle, sweep
from rapport.jobs.models import Executor, Job
from rapport.jobs.registry import Again, CannotHealError, JobType
from rapport.kernel.errors import LEASE_LOST, RapportError
from rapport.kernel.ids import AGENCY
from rapport.kernel.log import get_log
from rapport.kernel.principal import SYSTEM, Actor
from rapport.kernel.tenancy import ALL_CLIENTS, only
from rapport.kernel.tx import Tx
from rapport.sending import control
from rapport.webhooks import intake
from rapport.webhooks import queries as deliveries

if TYPE_CHECKING:
    from rapport.assembly import Service

_log = get_log("loops")
_LOOK_AGAIN = timedelta(seconds=1)
"""How long a loop that found nothing waits when no signal wakes it: another process may have made work."""
_MEASURE_AGAIN = timedelta(minutes=5)
_BEAT = timedelta(seconds=10)
_CRON_LOOKS = timedelta(seconds=20)
_DELIVERY_LOOKS = timedelta(milliseconds=500)
"""What came by another process is seen by this look alone, and is to be dealt with within a second."""


class Running:
    """The jobs this process is at, so that their leases are kept alive."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[str, str] = {}

    def add(self, job_id: str, token: str) -> None:
        with self._lock:
            self._held[job_id] = token

    def remove(self, job_id: str) -> None:
        with self._lock:
            self._held.pop(job_id, None)

    def all(self) -> list[tuple[str, str]]:
        with self._lock:
            return list(self._held.items())


def job_turn(service: Service, running: Running, *, worker: str, stopping: Callable[[], bool]) -> datetime:
    """Claim one job that is due and run it."""
    default = timedelta(seconds=service.settings.job_lease_seconds)
    types = service.job_types.run_here()
    with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
        if not claim.any_due(reading, executor=Executor.WORKER, types=types):
            return service.clock.now() + _LOOK_AGAIN
    with _transaction(service, SYSTEM) as tx:
        jobs = claim.claim(tx, executor=Executor.WORKER, types=types, limit=1, lease=default, by=worker)
        if jobs and stopping():
            settle.release(jobs[0])
            return tx.now
    if not jobs:
        return service.clock.now() + _LOOK_AGAIN
    _run(service, running, jobs[0])
    return service.clock.now()


def _run(service: Service, running: Running, job: Job) -> None:
    job_type = service.job_types.get(job.type)
    token = job.lease_token or ""
    began = service.clock.monotonic()
    outcome = "failed"
    running.add(job.id, token)
    structlog.contextvars.bind_contextvars(job_id=job.id, client_id=job.client_id)
    try:
        outcome = _step(service, job_type, job, token)
    except RapportError as refusal:
        if refusal.code is LEASE_LOST:
            outcome = "lease_lost"
            _log.warning("job_lease_lost", type=job.type)
        else:
            _fail(service, job, token, code=refusal.code.name, message=refusal.message, retryable=False)
    except CannotHealError as refusal:
        _fail(service, job, token, code="cannot_heal", message=str(refusal), retryable=False)
    except Exception as failure:  # noqa: BLE001 - whatever a handler raises is its job's failure, not the loop's
        _log.error("job_failed", type=job.type, exc_info=failure)
        _fail(service, job, token, code=type(failure).__name__, message=_said(failure), retryable=True)
    finally:
        running.remove(job.id)
        structlog.contextvars.unbind_contextvars("job_id", "client_id")
        service.metrics.jobs.labels(job.type, outcome).inc()
        service.metrics.job_seconds.labels(job.type).observe(service.clock.monotonic() - began)


def _step(service: Service, job_type: JobType, job: Job, token: str) -> str:
    """Run the handler, which is all of a job or one step of it; answers what came of it in a word."""
    actor = Actor("system", job_type.name)
    scope = ALL_CLIENTS if job.client_id == AGENCY else only([job.client_id])
    found: tuple[Any, ...] = ()
    if job_type.before is not None:
        with service.reading(actor=actor, scope=scope) as reading:
            found = (job_type.before(reading, job),)
    with service.transaction(actor=actor, scope=scope) as tx:
        mine = tx.session.get_one(Job, job.id)
        result = job_type.handler(tx, mine, *found) if job_type.handler else None
        held = settle.hold(tx, job.id, token, past_term=True)
        if isinstance(result, Again):
            settle.go_on(tx, held, result)
            return "stepped"
        settle.complete(tx, held, result)
        return "completed"


def _fail(service: Service, job: Job, token: str, *, code: str, message: str, retryable: bool) -> None:
    """Write the failure of an attempt. If even that fails, the lease runs out and the sweep writes it."""
    try:
        with _transaction(service, SYSTEM) as tx:
            mine = settle.hold(tx, job.id, token, past_term=True)
            settle.fail(
                tx,
                mine,
                code=code,
                message=message,
                retryable=retryable,
                waits=service.job_types.waits_of(job.type),
            )
    except Exception as failure:  # noqa: BLE001 - see above
        _log.error("job_failure_not_written", type=job.type, error=type(failure).__name__)


def heartbeat_turn(service: Service, running: Running) -> datetime:
    """Hold the leases of what this process is at, well before they end."""
    lease = timedelta(seconds=service.settings.job_lease_seconds)
    for job_id, token in running.all():
        with _transaction(service, SYSTEM) as tx:
            claim.extend(tx, job_id, token, lease=lease)
    return service.clock.now() + lease / 3


def release_turn(service: Service, running: Running) -> None:
    """End the leases of what this process could not finish. The fence keeps its late threads from writing."""
    for job_id, token in running.all():
        try:
            with _transaction(service, SYSTEM) as tx:
                settle.interrupt(tx, settle.hold(tx, job_id, token, past_term=True))
        except RapportError:
            _log.info("job_ended_meanwhile", job_id=job_id)


def sweep_turn(service: Service) -> datetime:
    """Find the jobs of dead workers."""
    with _transaction(service, SYSTEM) as tx:
        found = sweep.sweep(tx, service.job_types)
    if found:
        _log.warning("stale_jobs_found", count=found)
    if found == sweep.BATCH:
        return service.clock.now()
    return service.clock.now() + timedelta(seconds=service.settings.job_sweep_seconds)


class CronTurns:
    """Fires recurring work. What this process knows to be fired it does not ask the database about again."""

    def __init__(self) -> None:
        self._fired: dict[str, datetime] = {}
        self._started = False

    def turn(self, service: Service) -> datetime:
        now = service.clock.now()
        if not self._started:
            with _transaction(service, SYSTEM) as tx:
                for job_type in service.job_types.all():
                    if job_type.at_start:
                        cron.ask(tx, job_type, now)
            self._started = True
        for job_type in service.job_types.all():
            if job_type.every is None:
                continue
            occurrence = job_type.every.latest(now)
            if self._fired.get(job_type.name) == occurrence:
                continue
            with _transaction(service, SYSTEM) as tx:
                cron.fire(tx, job_type, occurrence)
            self._fired[job_type.name] = occurrence
        return now + _CRON_LOOKS


def consumer_turn(service: Service) -> datetime:
    """Let every consumer read on by one batch per client."""
    if not service.consumers:
        return service.clock.now() + timedelta(hours=1)
    with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
        waiting = consumers.behind(reading, service.consumers)
    by_name = {consumer.name: consumer for consumer in service.consumers}
    progressed = False
    for name, client_id in waiting:
        progressed |= _advance(service, by_name[name], client_id)
    return service.clock.now() + (timedelta(0) if progressed else _LOOK_AGAIN)


def _advance(service: Service, consumer: Consumer, client_id: str) -> bool:
    """Read on by a batch; answers whether it was a full one.

    A batch that fails is read again event by event: what comes before the bad one is not held up by it.
    """
    try:
        return _read_on(service, consumer, client_id, limit=consumer.batch) == consumer.batch
    except Exception as failure:  # noqa: BLE001 - one client's bad event must not stop the others
        _log.warning("consumer_batch_failed", consumer=consumer.name, client_id=client_id, error=type(failure).__name__)
    try:
        while _read_on(service, consumer, client_id, limit=1):
            pass
    except Exception as failure:  # noqa: BLE001 - see above
        _log.error("consumer_failed", consumer=consumer.name, client_id=client_id, exc_info=failure)
        with _transaction(service, SYSTEM) as tx:
            consumers.record_failure(tx, consumer, client_id, f"{type(failure).__name__}: {_said(failure)}")
    return False


def _read_on(service: Service, consumer: Consumer, client_id: str, *, limit: int) -> int:
    with _transaction(service, Actor("system", consumer.name)) as tx:
        return consumers.advance(tx, consumer, client_id, limit=limit)


def delivery_turn(service: Service) -> datetime:
    """Have somebody look at what webhooks delivered. The table itself says what is due, so nothing can be forgotten."""
    with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
        due = deliveries.any_due(reading)
    if due:
        with _transaction(service, SYSTEM) as tx:
            intake.see_to(tx, service.processing)
    return service.clock.now() + _DELIVERY_LOOKS


def inbox_turn(service: Service) -> datetime:
    """Open, warn and tell what time has made due in the inbox."""
    now = service.clock.now()
    with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
        due = inbox.next_at(reading)
    if due is None or due > now:
        return now + inbox.LOOK_AGAIN if due is None else min(due, now + inbox.LOOK_AGAIN)
    with _transaction(service, Actor("system", "inbox")) as tx:
        inbox.look(tx)
    return service.clock.now() + _LOOK_AGAIN


def clock_turn(service: Service) -> datetime:
    """Measure the distance to the database's clock again."""
    measure_clock(service)
    return service.clock.now() + _MEASURE_AGAIN


def heartbeat_of_sending(service: Service, heartbeat: control.Heartbeat) -> datetime:
    """Keep what this process says of its sending."""
    with _transaction(service, SYSTEM) as tx:
        control.beat(tx, heartbeat)
    return service.clock.now() + _BEAT


def end_of_sending(service: Service, name: str) -> None:
    """This process sends no more."""
    with _transaction(service, SYSTEM) as tx:
        control.leave(tx, name)


def _said(failure: Exception) -> str:
    """What a failure says to whoever reads it over the API: no statement and no row of the database."""
    return "The database refused the work." if isinstance(failure, SQLAlchemyError) else str(failure)


def _transaction(service: Service, actor: Actor) -> AbstractContextManager[Tx]:
    return service.transaction(actor=actor, scope=ALL_CLIENTS)
