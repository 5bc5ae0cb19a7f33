"""The sandbox's own controls under `/sandbox/…`: what tests in other processes use.

They are no part of any service: not in the ledger, never struck by a fault. Only a caller who addressed
this machine by a local name is heard, so that no web page can reach them through a browser.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from rapport_sandbox.acts import BadAct, tell_act
from rapport_sandbox.clock import Running, Stepwise, iso, parse_instant
from rapport_sandbox.faults import Fault
from rapport_sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from rapport_sandbox.sandbox import Sandbox

_PAGE = 1_000


class Controls:
    """One handler a path and method."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._handlers: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", ""): self._overview,
            ("GET", "health"): self._health,
            ("GET", "ledger"): self._ledger,
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._set_clock,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._arm,
            ("DELETE", "faults"): self._disarm,
            ("GET", "switches"): self._switches,
            ("POST", "switches"): self._set_switches,
            ("GET", "patience"): self._patience,
            ("POST", "patience"): self._set_patience,
            ("GET", "people"): self._people,
            ("POST", "people"): self._invent,
            ("GET", "received"): self._received,
            ("POST", "acts"): self._act,
            ("GET", "fakes"): self._fakes,
            ("POST", "fakes"): self._turn,
            ("GET", "stats"): self._overview,
        }

    def handle(self, request: Request) -> Answer:
        if not _is_local(request.headers.get("host", "")):
            return Answer.json(403, {"error": "the controls answer to local names only"})
        name = request.path.removeprefix("/sandbox").strip("/")
        handler = self._handlers.get((request.method, name))
        if handler is None:
            known = sorted(f"{method} /sandbox/{path}" for method, path in self._handlers)
            return Answer.json(404, {"error": "no such control", "controls": known})
        try:
            return handler(request)
        except (ValueError, KeyError, TypeError, BadAct) as error:
            return Answer.json(400, {"error": str(error.args[0] if error.args else error)})

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────

    def _health(self, _request: Request) -> Answer:
        """Short, for a caller that waits until the sandbox is there."""
        state = self._sandbox.world.state
        with state.lock:
            accounts = {one.id: one.status for one in state.accounts.values()}
        return Answer.json(200, {"status": "ok", "now": iso(self._sandbox.now()), "accounts": accounts})

    def _overview(self, _request: Request) -> Answer:
        sandbox, state = self._sandbox, self._sandbox.world.state
        with state.lock:
            accounts = [
                {
                    "id": one.id,
                    "name": one.owner.name,
                    "provider_id": one.owner.provider_id,
                    "status": one.status,
                    "trouble": one.trouble,
                    "relations": len(one.relations),
                    "pending": one.pending_count(),
                    "chats": len(one.chats),
                    "messages": len(one.messages),
                }
                for one in state.accounts.values()
            ]
        return Answer.json(
            200,
            {
                "now": iso(sandbox.now()),
                "seed": sandbox.options.seed,
                "people": state.people.size,
                "accounts": accounts,
                "ledger": len(sandbox.ledger),
                "booked": len(sandbox.agenda),
                "deliveries": dict(sandbox.courier.counts),
                "mounted": sorted(sandbox.apps),
            },
        )

    def _ledger(self, request: Request) -> Answer:
        limit = int(request.arg("limit") or _PAGE)
        items = list(
            self._sandbox.ledger.read(
                service=request.arg("service"),
                kind=request.arg("kind"),
                after=int(request.arg("after") or 0),
                limit=limit,
            )
        )
        last = items[-1]["n"] if items else int(request.arg("after") or 0)
        return Answer.json(200, {"items": items, "last": last})

    def _people(self, request: Request) -> Answer:
        offset, limit = int(request.arg("offset") or 0), int(request.arg("limit") or 100)
        people = self._sandbox.world.state.people
        stop = min(offset + limit, people.size)
        return Answer.json(200, {"items": [people[number] for number in range(offset, stop)]})

    def _received(self, request: Request) -> Answer:
        who = request.arg("person") or ""
        return Answer.json(200, {"items": self._sandbox.world.deeds(int(who) if who.isdigit() else who)})

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────

    def _clock(self, _request: Request) -> Answer:
        clock, next_at = self._sandbox.clock, self._sandbox.agenda.next_at()
        return Answer.json(
            200,
            {
                "now": iso(clock.now()),
                "unix": clock.now(),
                "mode": "stepwise" if isinstance(clock, Stepwise) else "running",
                "speed": clock.speed,
                "next_at": None if next_at is None else iso(next_at),
            },
        )

    def _set_clock(self, request: Request) -> Answer:
        """`{"advance": seconds}` or `{"to": instant}` stepwise, `{"speed": n}` on a running clock."""
        match _body(request):
            case {"advance": int() | float() as seconds} if seconds >= 0:
                self._sandbox.advance(seconds)
            case {"to": str() as instant}:
                self._sandbox.advance_to(instant)
            case {"speed": int() | float() as speed} if speed > 0:
                if not isinstance(self._sandbox.clock, Running):
                    raise TypeError("a stepwise clock has no speed")
                self._sandbox.clock.run_at(float(speed))
            case _:
                raise ValueError("send advance (seconds), to (an instant) or speed (a multiple)")
        return self._clock(request)

    # ── switches ─────────────────────────────────────────────────────────────────────────────────────

    def _faults(self, _request: Request) -> Answer:
        return Answer.json(200, {"items": self._sandbox.faults.armed()})

    def _arm(self, request: Request) -> Answer:
        return Answer.json(201, {"id": self._sandbox.faults.arm(Fault.from_json(_body(request)))})

    def _disarm(self, request: Request) -> Answer:
        number = request.arg("id")
        self._sandbox.faults.disarm(None if number is None else int(number))
        return Answer.json(200, {"items": self._sandbox.faults.armed()})

    def _switches(self, _request: Request) -> Answer:
        return Answer.json(200, self._sandbox.switches)

    def _set_switches(self, request: Request) -> Answer:
        with self._sandbox.world.state.lock:
            self._sandbox.switches.change(**_body(request))
        return self._switches(request)

    def _patience(self, _request: Request) -> Answer:
        return Answer.json(200, self._sandbox.patience)

    def _set_patience(self, request: Request) -> Answer:
        with self._sandbox.world.state.lock:
            self._sandbox.patience.change(**_body(request))  # type: ignore[arg-type]
        return self._patience(request)

    # ── stories ──────────────────────────────────────────────────────────────────────────────────────

    def _invent(self, request: Request) -> Answer:
        return Answer.json(201, self._sandbox.world.invents(**_body(request)))

    def _act(self, request: Request) -> Answer:
        tell_act(self._sandbox.world, _body(request), parse_instant)
        return Answer.json(201, {"booked": len(self._sandbox.agenda)})

    def _fakes(self, _request: Request) -> Answer:
        apps = self._sandbox.apps
        return Answer.json(200, {name: app.overview() for name, app in apps.items() if hasattr(app, "overview")})

    def _turn(self, request: Request) -> Answer:
        """`{"service": "resend", "switch": "fail_next", "arguments": {…}}`: a switch of a mounted fake."""
        body = _body(request)
        arguments = body.get("arguments", {})
        if not isinstance(arguments, dict):
            raise TypeError("arguments are a JSON object")
        result = self._sandbox.turn(str(body["service"]), str(body["switch"]), arguments)
        return Answer.json(200, {"result": None if result is None else str(result)})


def _is_local(host: str) -> bool:
    """Whether a `Host` header names this machine by a loopback address, `localhost`, or not at all."""
    try:
        name = urlsplit(f"//{host}").hostname
        return name in (None, "localhost") or ip_address(str(name)).is_loopback
    except ValueError:
        return False


def _body(request: Request) -> dict[str, object]:
    body = orjson.loads(request.body or b"{}")
    if not isinstance(body, dict):
        raise TypeError("send a JSON object")
    return body
