"""Starts the loops, watches them, stops them in good order.

Each loop is a thread that takes a turn, then waits on the clock until the turn's answer, a signal or the
stop. A turn that raises is logged and counted, and the loop goes on after a pause that grows to half a
minute: a database that is away for a while is found again without a storm.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from rapport.enrollments.lines import DUE as DUE_FOR_SENDING
from rapport.jobs.enqueue import DUE
from rapport.kernel.log import get_log
from rapport.notices import digests
from rapport.outbox.turn import turn as outbox_turn
from rapport.outbox.write import DUE as DELIVERIES_DUE
from rapport.reports.turn import turn as reports_turn
from rapport.runtime import loops
from rapport.sending import turn as sending
from rapport.sending.control import Heartbeat

if TYPE_CHECKING:
    from rapport.assembly import Service

_log = get_log("supervisor")
_LONGEST_PAUSE = 30.0
_STALE = timedelta(minutes=5)
"""A loop without a turn for so long counts as dead, unless it waits for longer on purpose."""


class Wake:
    """A stop that can also be nudged: waiting ends at either."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._stopped = False

    def nudge(self) -> None:
        self._event.set()

    def stop(self) -> None:
        self._stopped = True
        self._event.set()

    def wait(self, timeout: float | None = None) -> bool:
        self._event.wait(timeout)
        if not self._stopped:
            self._event.clear()
        return self._stopped

    def is_set(self) -> bool:
        return self._stopped


@dataclass(slots=True)
class Loop:
    """One thread and what is known of it."""

    name: str
    turn: Callable[[], datetime]
    wake: Wake
    thread: threading.Thread | None = None
    last_turn_at: datetime | None = None
    next_turn_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None


class Supervisor:
    """All loops of one process."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._running = loops.Running()
        self._stopping = threading.Event()
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        cron = loops.CronTurns()
        self.loops: list[Loop] = [
            *(
                self._loop(f"jobs-{number}", lambda number=number: self._job_turn(number), signal=DUE)
                for number in range(1, service.settings.job_threads + 1)
            ),
            self._loop("job-heartbeat", lambda: loops.heartbeat_turn(service, self._running)),
            self._loop("job-sweep", lambda: loops.sweep_turn(service)),
            self._loop("cron", lambda: cron.turn(service)),
            self._loop("deliveries", lambda: loops.delivery_turn(service)),
            self._loop("consumers", lambda: loops.consumer_turn(service)),
            self._loop("inbox", lambda: loops.inbox_turn(service)),
            self._loop("clock", lambda: loops.clock_turn(service)),
            self._loop("notices", lambda: digests.turn(service)),
            self._loop("reports", lambda: reports_turn(service, stopping=self._stopping.is_set)),
            *(
                self._loop(
                    f"outbox-{number}",
                    lambda: outbox_turn(service, stopping=self._stopping.is_set),
                    signal=DELIVERIES_DUE,
                )
                for number in range(1, service.settings.delivery_threads + 1)
            ),
            *self._sending_loops(),
        ]

    def start(self) -> None:
        """Begin every loop."""
        self._service.loops = self
        _log.info("started", unipile=self._service.unipile.base_url, sandbox=self._service.settings.on_sandbox)
        for loop in self.loops:
            loop.thread = threading.Thread(target=self._run, args=(loop,), name=f"rapport-{loop.name}", daemon=True)
            loop.thread.start()

    def ask_to_stop(self) -> None:
        """Ask every loop to end after its turn. Safe in a signal's handler."""
        self._stopping.set()
        for loop in self.loops:
            loop.wake.stop()
        self._service.unipile.close()  # ends its waits between attempts: a turn may be in one

    def stop(self, *, within: float = 7.0) -> bool:
        """End every loop; answers whether all did in time. What could not be finished is given back."""
        self.ask_to_stop()
        deadline = self._service.clock.monotonic() + within
        for loop in self.loops:
            if loop.thread is not None:
                loop.thread.join(max(0.0, deadline - self._service.clock.monotonic()))
        left = [loop.name for loop in self.loops if loop.thread is not None and loop.thread.is_alive()]
        if left:
            _log.warning("loops_left_behind", loops=left)
            self._give_back()
        return not left

    def _give_back(self) -> None:
        """Let others begin at once with what this process leaves unfinished.

        On SQLite the unfinished transaction holds the writer's lock, so nothing can be written beside it: there
        the lease runs out.
        """
        if self._service.settings.on_sqlite:
            return
        try:
            loops.release_turn(self._service, self._running)
        except Exception as failure:  # noqa: BLE001 - the process ends either way, and the leases run out
            _log.error("leases_not_released", error=type(failure).__name__)

    def dead(self) -> list[str]:
        """Loops that should be running and are not."""
        now = self._service.clock.now()
        return [
            loop.name
            for loop in self.loops
            if loop.thread is None
            or not loop.thread.is_alive()
            or (loop.next_turn_at is not None and loop.next_turn_at + _STALE < now)
        ]

    def status(self) -> list[dict[str, Any]]:
        """What is known of each loop, for people."""
        return [
            {
                "name": loop.name,
                "alive": loop.thread is not None and loop.thread.is_alive(),
                "last_turn_at": loop.last_turn_at,
                "next_turn_at": loop.next_turn_at,
                "failures_in_a_row": loop.failures,
                "last_error": loop.last_error,
            }
            for loop in self.loops
        ]

    def _sending_loops(self) -> list[Loop]:
        service, number = self._service, self._service.settings.sender_threads
        if number == 0:
            return []
        self._paces = sending.crew(number)
        return [
            *(
                self._loop(
                    f"sender-{position}",
                    lambda pace=pace: sending.turn(service, pace, stopping=self._stopping.is_set),
                    signal=DUE_FOR_SENDING,
                )
                for position, pace in enumerate(self._paces, start=1)
            ),
            self._loop("sending-reconcile", lambda: sending.reconcile_turn(service)),
            self._loop("sending-look", lambda: sending.look_turn(service), signal=DUE_FOR_SENDING),
            self._loop("sending-heartbeat", self._beat),
        ]

    def _beat(self) -> datetime:
        """Say in the database how this process's sending goes."""
        loops_of_sending = [loop for loop in self.loops if loop.name.startswith("send")]
        latest = [pace.last_turn_at for pace in self._paces if pace.last_turn_at is not None]
        beat = Heartbeat(
            name=self.name,
            state="stopping" if self._stopping.is_set() else "running",
            threads=len(self._paces),
            in_flight=sum(pace.in_flight for pace in self._paces),
            last_turn_at=max(latest, default=None),
            lag_seconds=int(max(pace.lag.total_seconds() for pace in self._paces)),
            failures=sum(loop.failures for loop in loops_of_sending),
            last_error=next((loop.last_error for loop in loops_of_sending if loop.last_error), None),
        )
        return loops.heartbeat_of_sending(self._service, beat)

    @staticmethod
    def thread_names() -> list[str]:
        """Every thread of this process."""
        return sorted(thread.name for thread in threading.enumerate())

    def _loop(self, name: str, turn: Callable[[], datetime], *, signal: str | None = None) -> Loop:
        loop = Loop(name, turn, Wake())
        if signal is not None:
            self._service.signals.on(signal, loop.wake.nudge)
        return loop

    def _job_turn(self, number: int) -> datetime:
        return loops.job_turn(
            self._service, self._running, worker=f"{self.name}/{number}", stopping=self._stopping.is_set
        )

    def _run(self, loop: Loop) -> None:
        clock, metrics = self._service.clock, self._service.metrics
        while not loop.wake.is_set():
            try:
                until = loop.turn()
                loop.failures, loop.last_error = 0, None
                metrics.loop_turns.labels(loop.name, "ok").inc()
            except Exception as failure:  # noqa: BLE001 - a loop outlives whatever its turn raises
                loop.failures += 1
                loop.last_error = type(failure).__name__
                metrics.loop_turns.labels(loop.name, "error").inc()
                _log.error("turn_failed", loop=loop.name, failures=loop.failures, exc_info=failure)
                until = clock.now() + timedelta(seconds=min(_LONGEST_PAUSE, 0.5 * 2 ** min(loop.failures, 6)))
            loop.last_turn_at = clock.now()
            loop.next_turn_at = until
            metrics.loop_last.labels(loop.name).set(loop.last_turn_at.timestamp())
            clock.wait_until(until, loop.wake)
