"""One sandbox put together: clock, world, Unipile, webhooks, faults, ledger, and whatever else is mounted.

`call` is the way in without a socket: the same request, ledger line and faults as over HTTP, with the ways a
connection can fail raised as exceptions. `answer` is what the server uses.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Self

from rapport_sandbox.agenda import Agenda
from rapport_sandbox.chance import Chance
from rapport_sandbox.clock import MONDAY_MORNING, Clock, Running, Stepwise, parse_instant, wall_clock
from rapport_sandbox.controls import Controls
from rapport_sandbox.entries import entry, happened, posted
from rapport_sandbox.faults import Faults, strike
from rapport_sandbox.hooks.courier import Courier
from rapport_sandbox.hooks.post import post
from rapport_sandbox.hooks.subscriptions import Subscriptions
from rapport_sandbox.ledger import Ledger
from rapport_sandbox.options import Options
from rapport_sandbox.trouble import met_by_caller
from rapport_sandbox.unipile.app import UnipileApp
from rapport_sandbox.unipile.desk import Desk
from rapport_sandbox.unipile.hosted import HostedPages
from rapport_sandbox.wire import Answer, App, Request
from rapport_sandbox.world.life import Life
from rapport_sandbox.world.tales import Teller
from rapport_sandbox.world.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rapport_sandbox.hooks.courier import Deliver
    from rapport_sandbox.world.tales import When

_DELIVERERS = 8


class Sandbox:
    """Everything but the sockets."""

    def __init__(
        self,
        options: Options | None = None,
        *,
        apps: Iterable[App] = (),
        deliver: Deliver | None = None,
    ) -> None:
        """`apps` are mounted at `/<name>/…`; `deliver` takes the webhooks instead of real HTTP."""
        self.options = options or Options()
        self.chance = Chance(self.options.seed)
        home = self.options.home
        self.ledger = Ledger(home / "ledger.jsonl" if home else None, sync=self.options.sync)
        self.clock = _clock(self.options, self.ledger)
        self.agenda = Agenda(self.clock)
        state = World(
            self.chance,
            self.agenda,
            people=self.options.people,
            accounts=self.options.accounts,
            relations=self.options.relations,
            switches=self.options.switches(),
            generation=len(self.ledger),
        )
        life = Life(state, spontaneous=self.options.spontaneous)
        self.world = Teller(state, life)
        self.switches = state.switches
        self.patience = state.patience
        self.faults = Faults(self.chance)
        self.subscriptions = Subscriptions()
        desk = Desk(state, self.subscriptions, self.options.api_key)
        stepwise = isinstance(self.clock, Stepwise)
        self._executor = None if stepwise else ThreadPoolExecutor(_DELIVERERS, "deliver")
        self.courier = Courier(desk, self.ledger, deliver or post, self._executor)
        self.controls = Controls(self)
        state.chronicle = lambda *facts: self.ledger.append("world", happened(*facts))
        self.apps: dict[str, App] = {}
        self._locks: dict[str, RLock] = {}
        for app in (HostedPages(desk, self.courier.deliver), *apps):
            self.mount(app)
        self.apps["api"] = UnipileApp(desk)
        self._locks["api"] = state.lock

    def mount(self, app: App) -> None:
        """Serve one more app at `/<its name>/…`; it sees its paths without that prefix."""
        self.apps[app.name] = app
        self._locks[app.name] = self.world.state.lock if app.name == "hosted" else RLock()

    # ── calls ────────────────────────────────────────────────────────────────────────────────────────

    def call(self, request: Request) -> Answer:
        """Answer without a socket; raises `TimedOut` or `ConnectionLost` where a socket would fail."""
        return met_by_caller(self.answer(request))

    def answer(self, request: Request) -> Answer:
        """Answer, with the ledger on disk before it returns; a fault's manner is for the server to play."""
        self.agenda.run_due()
        first, _, rest = request.path.lstrip("/").partition("/")
        if first == "sandbox":
            return self.controls.handle(request)
        app = self.apps.get(first)
        if app is None:
            return Answer.json(404, {"error": f"nothing is mounted at /{first}"})
        inner = request
        if first != "api":
            inner = Request(request.method, f"/{rest}", request.query, request.headers, request.body)
        with self._locks[first]:
            now = self.clock.now()
            answer = self._perform(app, inner, now)
            n = self.ledger.append(app.name, entry(inner, answer, now))
        self.ledger.settle(n)
        self._pump(app)
        return answer

    def _perform(self, app: App, request: Request, now: float) -> Answer:
        if self.faults.any_armed:
            describe = getattr(app, "describe", None)
            facts = describe(request) if describe is not None else {}
            fault = self.faults.take(app.name, request, facts)
            if fault is not None:
                return strike(fault, request, facts, lambda: app.handle(request, now))
        return app.handle(request, now)

    def _pump(self, app: App) -> None:
        """Book the next delivery of an app that posts by itself."""
        next_due_at = getattr(app, "next_due_at", None)
        due = next_due_at() if next_due_at is not None else None
        if due is not None:
            self.agenda.at(due, lambda now: self._pump_now(app, now))

    def _pump_now(self, app: App, now: float) -> None:
        """Deliver in turn on the stepwise clock, else beside it: a slow listener delays nobody."""
        if self._executor is None:
            self._deliver_due(app, now)
        else:
            self._executor.submit(self._deliver_due, app, now)

    def _deliver_due(self, app: App, now: float) -> None:
        pump = getattr(app, "pump", None)
        if pump is not None and pump(now, partial(self._transport, app, now)):
            self._pump(app)

    def _transport(self, app: App, now: float, letter: object) -> int | None:
        url, headers, body = (getattr(letter, name) for name in ("url", "headers", "body"))
        status = self.courier.deliver(url, headers, body) or None
        self.ledger.write(app.name, posted(url, body, status, now))
        return status

    def turn(self, service: str, switch: str, arguments: dict[str, object]) -> object:
        """Use a switch of a mounted app; what happens at an instant happens now unless one is said."""
        app = self.apps[service]
        use = getattr(app, "turn", None)
        if use is None:
            raise ValueError(f"{service} has no switches")
        if switch in getattr(app, "timed", ()):
            arguments = {"at": self.clock.now(), **arguments}
        result = use(switch, arguments)
        self._pump(app)
        return result

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────

    def now(self) -> float:
        return self.clock.now()

    def advance(self, step: timedelta | float) -> int:
        """Let the stepwise clock go on; how many events happened."""
        seconds = step.total_seconds() if isinstance(step, timedelta) else step
        return self.agenda.advance_to(self.clock.now() + seconds)

    def advance_to(self, when: When) -> int:
        return self.agenda.advance_to(self.world.instant(when))

    def close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _clock(options: Options, ledger: Ledger) -> Clock:
    """A clock that begins no earlier than the ledger it goes on with ends, unless told when."""
    start = options.start
    if start is None:
        last = next(ledger.read(after=max(len(ledger) - 1, 0)), None)
        start = MONDAY_MORNING if options.speed == 0 else wall_clock()
        start = start if last is None else max(start, parse_instant(str(last["at"])))
    return Stepwise(start) if options.speed == 0 else Running(start, speed=options.speed)
