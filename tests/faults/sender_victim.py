"""A process that sends and is made to be killed: the product's supervisor, and how far each of its calls is.

The phase stands in memory shared with whoever kills it. The reckless one of the control sends again what it heard no
answer to.
"""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from rapport.assembly import Service, assemble
from rapport.kernel.log import configure_log
from rapport.kernel.settings import read_settings
from rapport.ports.outcomes import Unknown
from rapport.runtime.alone import Alone
from rapport.runtime.supervisor import Supervisor

PHASES = ("between", "claimed", "calling", "answered")
BETWEEN, CLAIMED, CALLING, ANSWERED = range(len(PHASES))
_WRITES = frozenset({"invite", "send_message", "start_chat"})


@dataclass(frozen=True)
class Orders:
    """What a victim needs to know."""

    environment: Mapping[str, str]
    slot: int
    threads: int
    is_reckless: bool = False
    slowest: float = 0.1
    """The most a call takes before it leaves, and again before its answer is heard."""


def live(orders: Orders, phases: Any) -> None:
    """Send until killed."""
    configure_log("error", io.BytesIO())  # provider faults are meant: they are counted, not read
    settings = read_settings(orders.environment, None)
    if settings.on_sqlite:
        Alone(settings.home).take()
    service = assemble(settings)
    tell = _Teller(phases, orders)
    service.unipile = _Watched(service.unipile, orders, tell)  # type: ignore[assignment]
    tell.listen(service)
    Supervisor(service).start()
    threading.Event().wait()


class _Watched:
    """The provider, slower, and told of. Everything else is as it is."""

    def __init__(self, real: Any, orders: Orders, tell: _Teller) -> None:
        self._real, self._orders, self._tell = real, orders, tell
        self._chance = random.Random()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return self._watched(found) if name in _WRITES else found

    def _watched(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            self._tell.phase(CALLING)
            self._dawdle()
            outcome = write(*given, **more)
            if self._orders.is_reckless and isinstance(outcome, Unknown):
                outcome = write(*given, **more)
            self._dawdle()
            self._tell.phase(ANSWERED)
            return outcome

        return call

    def _dawdle(self) -> None:
        threading.Event().wait(self._chance.uniform(0.002, self._orders.slowest))


class _Teller:
    """Writes the phase of each sending thread into the shared memory."""

    def __init__(self, phases: Any, orders: Orders) -> None:
        self._phases, self._first = phases, orders.slot * orders.threads
        self._own = threading.local()

    def phase(self, phase: int) -> None:
        name = threading.current_thread().name
        if name.startswith("rapport-sender-"):
            self._own.phase = phase
            self._phases[self._first + int(name.rpartition("-")[2]) - 1] = phase

    def listen(self, service: Service) -> None:
        def before_statement(*given: Any) -> None:
            statement, parameters, many = given[2], given[3], given[5]
            if "INSERT INTO action " in statement:  # alone, or with what is written beside it
                self._own.claiming = len(parameters) if many else 1

        def after_return(*_: Any) -> None:
            left, claiming = getattr(self._own, "left", 0), getattr(self._own, "claiming", 0)
            if claiming:
                self._own.left, self._own.claiming = claiming, 0
                self.phase(CLAIMED)
            elif getattr(self._own, "phase", BETWEEN) == ANSWERED:
                self._own.left = left - 1
                self.phase(CLAIMED if left > 1 else BETWEEN)

        event.listen(service.engine, "before_cursor_execute", before_statement)
        event.listen(service.engine, "checkin", after_return)
