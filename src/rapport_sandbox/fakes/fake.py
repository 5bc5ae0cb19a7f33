"""What every fake service shares: one way in, one fault switch, one limit switch, one reset.

A service says what its routes are, who is admitted, how it words an error and what a request is about.
This class puts them in order: fault, admission, handler, and always a description for the ledger.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from threading import RLock
from typing import TYPE_CHECKING, ClassVar, get_args

import orjson

from rapport_sandbox.fakes.faults import Fault, Faults, Outcome, Silence
from rapport_sandbox.fakes.routes import Route, find

if TYPE_CHECKING:
    from rapport_sandbox.fakes.rates import Quota, Window
    from rapport_sandbox.wire import Answer, Request

COMMON_SWITCHES = frozenset({"fail_next", "set_limit", "reset"})


class Refused(Exception):  # noqa: N818 - it is an answer on its way out, not an error of ours
    """Raised anywhere below a handler: this is what the caller hears, and nothing has happened."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Fake(ABC):
    """One outside service, played in memory."""

    name: ClassVar[str]
    switches: ClassVar[frozenset[str]] = frozenset()
    """Methods of this service that a test or a person may call by name, beside the common ones."""
    timed: ClassVar[frozenset[str]] = frozenset()
    """Those of them that happen `at` an instant: the sandbox gives its own unless one is said."""

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self._lock = RLock()
        self._faults = Faults()
        self.windows: dict[str, Window] = {}
        self.quotas: dict[str, Quota] = {}
        self.routes: tuple[Route, ...] = ()
        self.reset()

    @abstractmethod
    def start(self) -> None:
        """Set everything the service remembers to how a new sandbox begins, routes and limits included."""

    @abstractmethod
    def admit(self, request: Request, now: float) -> None:
        """Raise `Refused` for a caller who may not enter or who comes too often."""

    @abstractmethod
    def failure(self, status: int, reason: str | None) -> Answer:
        """An error in the service's own words, for the fault switch and for the service itself."""

    @abstractmethod
    def about(self, request: Request) -> dict[str, object]:
        """What the ledger should know of a request, however wrong it is: person, account, key."""

    def decorate(self, answer: Answer, now: float) -> Answer:  # noqa: ARG002 - for services that need it
        """A last hand on every served answer, such as rate-limit headers."""
        return answer

    # What the server calls

    def handle(self, request: Request, now: float) -> Answer:
        with self._lock:
            found = find(self.routes, request)
            fault = self._faults.take(request)

            def serve() -> Answer:
                return self.decorate(self._serve(request, now, found), now)

            answer = serve() if fault is None else fault.play(serve, self.failure)
            return replace(answer, facts={**self.describe(request), **answer.facts})

    def describe(self, request: Request) -> dict[str, object]:
        """Kind, account and person of a request, also of one that is never handled."""
        found = find(self.routes, request)
        return {"kind": found[0].kind if found else "unknown", **self.about(request)}

    def _serve(self, request: Request, now: float, found: tuple[Route, tuple[str, ...]] | None) -> Answer:
        try:
            self.admit(request, now)
            if found is None:
                return self.failure(404, None)
            route, segments = found
            return route.handler(request, now, *segments)
        except Refused as refused:
            return refused.answer

    # The switches that every service has

    def fail_next(
        self,
        n: int,
        outcome: Outcome,
        *,
        reason: str | None = None,
        after_effect: bool = False,
        retry_after: int | None = None,
        body: bytes | str | None = None,
        on: str = "",
    ) -> None:
        """Let the next `n` requests fail.

        `outcome` is a status, `timeout_before` or `timeout_after_effect`. `reason` picks among the errors
        a status may mean (`daily_quota_exceeded`). `after_effect` lets an error status hide a success.
        `body` replaces the answer's bytes, to play a proxy. `on` limits it to requests that begin with,
        say, `POST /emails`.
        """
        if isinstance(outcome, int):
            self.failure(outcome, reason)  # a word the service does not know fails here, not at its victim
        elif outcome not in get_args(Silence):
            raise ValueError(f"an outcome is a status, {' or '.join(get_args(Silence))}")
        said = body.encode() if isinstance(body, str) else body
        self._faults.add(n, Fault(outcome, reason, after_effect, retry_after, said, on))

    def set_limit(self, name: str, limit: int) -> None:
        """Change how much the service takes: `name` is a window or a quota of this service."""
        if not isinstance(limit, int) or limit < 0:
            raise ValueError("a limit is a number, 0 or more")
        (self.windows.get(name) or self.quotas[name]).limit = limit

    def reset(self) -> None:
        """Forget everything, faults included."""
        with self._lock:
            self._random = Random(f"{self._seed}:{self.name}")  # nosec B311 - draws must replay
            self._faults.clear()
            self.start()

    def turn(self, switch: str, arguments: dict[str, object]) -> object:
        """Use a switch by its name: what a control address of the server calls."""
        if switch not in self.switches | COMMON_SWITCHES:
            raise KeyError(f"{self.name} has no switch {switch!r}")
        with self._lock:
            return getattr(self, switch)(**arguments)

    def overview(self) -> dict[str, object]:
        """What may be switched here, and what is."""
        with self._lock:
            return {
                "switches": sorted(self.switches | COMMON_SWITCHES),
                "limits": {name: one.limit for name, one in (self.windows | self.quotas).items()},
                "faults": len(self._faults),
            }

    # Small things that handlers need

    def new_id(self) -> str:
        """A UUID that the seed decides, so that two runs of one story agree."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


def iso(now: float) -> str:
    """An instant as most of these services write it: `2026-03-02T09:00:00.000Z`."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parsed(body: bytes) -> object:
    """The body's JSON, or None when it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def bearer(request: Request) -> str | None:
    """The token of `Authorization: Bearer …`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" and token else None
