"""How long whoever sends a form waits while everybody who is told of it hangs."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

from rapport.capture import forms
from rapport.capture.schemas.forms import CaptureFormIn
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.notices import rules
from rapport.outbox import connections
from rapport.outbox.words import Channel
from scripts.bench import processes
from scripts.bench.places import Place, client, place
from scripts.bench.registry import Bar, Effort, Line, Measurement

P99 = Bar("most", 150, " ms")
PER_SECOND = 5
"""Three times what one form takes; who watches and delivers shares the processor."""
SENDERS = 8
_LEAST_SECONDS = 40.0
_WARM = 20


def capture(effort: Effort) -> Iterator[Line]:
    """Forms sent at a steady rate, each by somebody new, while webhooks, Slack, Telegram and mail never answer."""
    seconds = max(_LEAST_SECONDS, effort.seconds * effort.rounds)
    for kind in effort.kinds:
        with _nobody_answers() as hanging, place(kind) as made:
            more = {
                "ALLOW_INSECURE_WEBHOOKS": "true",
                "WEBHOOK_NETWORKS": "127.0.0.0/8",
                "RESEND_API_URL": hanging,
                "RESEND_API_KEY": "re_hangs",
                "TELEGRAM_API_URL": hanging,
                "CAPTURE_PER_ADDRESS": "1000000",
                "CAPTURE_PER_FORM": "1000000",
            }
            at = Place(kind, made.home, {**made.environment, **more})
            key = _form(at, hanging)
            with processes.product(at, BACKGROUND="true") as product:
                _send(product.address, key, per_second=PER_SECOND, seconds=_WARM / PER_SECOND, mark="warm")
                taken = sorted(_send(product.address, key, per_second=PER_SECOND, seconds=seconds, mark="sent"))
        p50, p99 = (taken[int(len(taken) * part)] * 1000 for part in (0.5, 0.99))
        figures = f"{len(taken):5} sent  p50 {p50:5.1f} ms  p99 {p99:5.1f} ms"
        yield Line(kind, f"{PER_SECOND}/s, all others hang", figures, p99, bar=P99)


CAPTURE = Measurement("capture", capture)


@contextmanager
def _nobody_answers() -> Iterator[str]:
    """An address that takes every connection and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=1024)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def _form(at: Place, hanging: str) -> str:
    """A client that is told of everything on every channel, and its form."""
    with at.service() as service:
        acme = client(service, "Acme").id
        given = CaptureFormIn().load({"client_id": acme, "kind": "form", "name": "Contact"})
        given.pop("client_id")
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            where = {
                Channel.WEBHOOK: {"url": f"{hanging}/hook"},
                Channel.SLACK: {"url": f"{hanging}/slack"},
                Channel.TELEGRAM: {"token": "1:hangs", "chat_id": "1"},
            }
            made = {
                kind: connections.add(
                    tx, service.keys, client_id=acme, kind=kind, name=kind.value, given=given_here, insecure=True
                )[0].id
                for kind, given_here in where.items()
            }
            for channel in (Channel.SLACK, Channel.TELEGRAM, Channel.EMAIL):
                rules.add(
                    tx,
                    client_id=acme,
                    name=channel.value,
                    enabled=True,
                    event_types=["lead.*"],
                    min_temperature="cold",
                    channel=channel.value,
                    connection_id=made.get(channel),
                    emails=[] if channel in made else ["desk@acme.example"],
                    urgent_types=[],
                    batch_s=0,
                    max_per_hour=10_000,
                )
            return str(forms.create(tx, acme, given).key)


def _send(address: str, key: str, *, per_second: int, seconds: float, mark: str) -> list[float]:
    """How long each took, counted from when it was to be sent."""
    turns = iter(range(round(per_second * seconds)))
    taken: list[float] = []
    refused: list[str] = []
    began = time.perf_counter()
    host = urlsplit(address).netloc

    def take_turns() -> None:
        connection = http.client.HTTPConnection(host, timeout=30)
        for turn in turns:
            due = began + turn / per_second
            time.sleep(max(0.0, due - time.perf_counter()))
            body = {
                "full_name": f"Ada {turn}",
                "email": f"{mark}{turn}@engines.example",
                "message": "What does it cost?",
            }
            headers = {"Content-Type": "application/json", "Idempotency-Key": f"{mark}-{turn}"}
            connection.request("POST", f"/api/v1/capture/{key}", json.dumps(body), headers)
            answer = connection.getresponse()
            said = answer.read()
            taken.append(time.perf_counter() - due)
            if answer.status != 201:
                refused.append(f"{answer.status} {said[:200]!r}")
        connection.close()

    threads = [threading.Thread(target=take_turns) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise RuntimeError(refused[0])
    return taken
