"""An outside to deliver to: the fakes on the product's own clock, and an endpoint that remembers who called."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rapport.outbox.mails import Mail, write_mail
from rapport.outbox.turn import turn
from rapport.outbox.words import Channel
from rapport.outbox.write import Draft
from rapport_sandbox.fakes import all_fakes
from rapport_sandbox.options import Options
from rapport_sandbox.server import SandboxServer
from tests.sandboxes import WorldClock, settings_for
from tests.stage import MONDAY, Stage

SLACK_PATH = "/slack/services/T0SANDBOX/B0SANDBOX/sandbox"
SENDER = "Rapport <r@rapport.example>"
TELEGRAM = {"token": "123456:sandbox", "chat_id": "1001"}
REACHABLE = {"ALLOW_INSECURE_WEBHOOKS": "true", "WEBHOOK_NETWORKS": "127.0.0.0/8"}


@dataclass
class Called:
    """One call that an endpoint heard."""

    at: datetime
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass
class Endpoint:
    """A client's server, which remembers every call and answers as it is told."""

    clock: Any
    calls: list[Called] = field(default_factory=list)
    taken: list[Called] = field(default_factory=list)
    answer: Callable[[Called], tuple[int, dict[str, str]]] = lambda _called: (200, {})
    port: int = 0
    _server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def start(self) -> Endpoint:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                called = Called(endpoint.clock.now(), {k.lower(): v for k, v in self.headers.items()}, body)
                endpoint.calls.append(called)
                status, headers = endpoint.answer(called)
                if 200 <= status < 300:
                    endpoint.taken.append(called)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: Any) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def times_taken(self) -> Counter[str]:
        return Counter(each.id for each in self.taken)


class Outside:
    """One service, the world around it, and the clock they share."""

    def __init__(self, stage: Stage, server: SandboxServer, endpoint: Endpoint) -> None:
        self.stage, self.server, self.endpoint = stage, server, endpoint
        self.fakes = server.sandbox.apps

    @property
    def now(self) -> datetime:
        return self.stage.clock.now()

    def ledger(self, service: str) -> list[dict[str, Any]]:
        return [line for line in self.server.sandbox.ledger.read() if line.get("service") == service]

    def effects(self, service: str) -> list[dict[str, Any]]:
        return [line for line in self.ledger(service) if line.get("effect")]

    def run(self, how_long: timedelta = timedelta(0)) -> None:
        """Let the outbox work for so long, and finish what is due at the end."""
        end = self.now + how_long
        while True:
            again = turn(self.stage.service, stopping=lambda: False, look_again=timedelta(days=1))
            if again > self.now:
                if self.now >= end:
                    return
                self.stage.clock.advance(min(again, end) - self.now)

    def until_settled(self, most: timedelta = timedelta(days=2)) -> None:
        """Let the outbox work until nothing waits any more."""
        end = self.now + most
        while self.open_deliveries():
            assert self.now < end, "something waits for ever"
            self.run(timedelta(minutes=30))

    def open_deliveries(self) -> list[dict[str, Any]]:
        return [each for each in self.deliveries() if each["status"] in ("pending", "retry")]

    def deliveries(self, **like: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": "200", "order": "asc"}
        while True:
            page = self.stage.root.get("/deliveries", query_string=query).json
            found += page["items"]
            if page["next_cursor"] is None:
                return [each for each in found if like.items() <= each.items()]
            query["cursor"] = page["next_cursor"]

    def delivery(self, delivery_id: str) -> dict[str, Any]:
        return dict(self.stage.root.get(f"/deliveries/{delivery_id}").json)

    def connect(self, kind: str = "webhook", **more: Any) -> dict[str, Any]:
        """A connection of Acme's, as the API makes one."""
        given = {
            "webhook": {"url": self.endpoint.url},
            "slack": {"url": f"{self.server.url}{SLACK_PATH}"},
            "telegram": TELEGRAM,
        }[kind]
        body = {"client_id": self.stage.acme.id, "kind": kind, "name": f"Acme's {kind}", **given, **more}
        answer = self.stage.alice.post("/connections", body)
        assert answer.status_code == 201, answer.json
        return dict(answer.json)

    def tell(self, number: int = 1, event_type: str = "lead.noted") -> None:
        """So many things happen at Acme, each in its transaction, and whoever reads the log reads it."""
        for _ in range(number):
            with self.stage.tx() as tx:
                tx.emit(event_type, client_id=self.stage.acme.id, data={"name": f"Ada {self.stage.number()}"})
        self.stage.run_consumers()

    def mail(self, to: str = "ada@acme.example", subject: str = "Hello") -> str:
        """A mail of Acme's, written down."""
        with self.stage.tx() as tx:
            draft = Draft(
                client_id=self.stage.acme.id,
                channel=Channel.EMAIL,
                recipient=to,
                event_type="test",
                title=subject,
                dedupe_key=f"mail:{self.stage.number()}",
                body=b"",
            )
            written = write_mail(
                tx, draft, Mail(subject, "<p>Hello</p>", "Hello"), sender="Rapport <r@rapport.example>"
            )
        assert written is not None
        return written


@contextmanager
def outside(make_stage: Callable[..., Stage], **settings: str) -> Iterator[Outside]:
    """A service whose mails, notices and webhooks all arrive here."""
    options = Options(people=5, accounts=1, relations=0, spontaneous=False, start=MONDAY.timestamp())
    with SandboxServer(options, apps=lambda url: all_fakes(public_url=url)) as server:
        clock = WorldClock(server.sandbox)
        endpoint = Endpoint(clock).start()
        given = {
            **settings_for(server),
            **REACHABLE,
            "RESEND_API_URL": f"{server.url}/resend",
            "RESEND_API_KEY": "re_sandbox",
            "TELEGRAM_API_URL": f"{server.url}/telegram",
            "DELIVERY_CALL_SECONDS": "0.3",
            **settings,
        }
        try:
            yield Outside(make_stage(settings=given, clock=clock), server, endpoint)
        finally:
            endpoint.stop()
