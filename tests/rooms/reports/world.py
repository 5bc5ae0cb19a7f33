"""Clients that get reports, workers that may be restarted at any moment, and the provider's ledger, which judges."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rapport.assembly import Service, assemble
from rapport.kernel import signatures
from rapport.kernel.chance import Chance
from rapport.people import clients
from rapport.people.models import Client
from rapport.reports.turn import turn
from rapport.rules.weekly import week_of
from tests.rooms.outbox.world import Outside, outside
from tests.stage import CHEAP

SECRET = signatures.new_secret()
BASE = "https://rapport.example"
BOSS = "boss@acme.example"


@contextmanager
def reporting(make_stage: Any, **settings: str) -> Iterator[Outside]:
    """A service whose reports arrive, and which hears what the provider tells of them."""
    given = {"PUBLIC_URL": BASE, "RESEND_WEBHOOK_SECRET": SECRET, **settings}
    with outside(make_stage, **given) as world:
        world.fakes["resend"].subscribe(f"{BASE}/hook", SECRET)

        def carry(_url: str, headers: dict[str, str], body: bytes) -> int:
            return world.stage.nobody.call("POST", "/webhooks/resend", data=body, headers=headers).status_code

        world.server.sandbox.courier.deliver = carry
        yield world


def wants(world: Outside, client: Client, **wishes: Any) -> None:
    """The client's wishes for its reports."""
    with world.stage.tx() as tx:
        clients.change(tx, clients.get(tx, client.id), {"report_preferences": wishes})


def look(world: Outside) -> None:
    """One look of one worker, and all that follows of it by itself."""
    turn(world.stage.service)
    settle(world)


def settle(world: Outside) -> None:
    """Let mails leave and arrive, and let whatever is told of them be heard."""
    for _ in range(2):
        world.run()
        world.stage.clock.advance(timedelta(seconds=5))
        world.stage.run_due_jobs()
        world.stage.run_consumers()


def pass_time(world: Outside, until: datetime) -> None:
    """Go to an instant, and let nobody look before."""
    world.stage.clock.advance(until - world.now)


def mails(world: Outside) -> list[dict[str, Any]]:
    """Every report that arrived, as the provider has it."""
    found = [json.loads(line["body"]) | {"arrived": line["at"]} for line in world.effects("resend")]
    return [each for each in found if "List-Unsubscribe" in each.get("headers", {})]


def weeks(world: Outside, zones: dict[str, str]) -> Counter[tuple[str, tuple[int, int]]]:
    """How many reports each address got in each ISO week of its client's calendar, by the provider's ledger."""
    found: Counter[tuple[str, tuple[int, int]]] = Counter()
    for mail in mails(world):
        (to,) = mail["to"]
        at = datetime.fromisoformat(mail["arrived"]).astimezone(ZoneInfo(zones[to]))
        found[to, week_of(at.date())] += 1
    return found


class Workers:
    """Two processes that look for reports at the same moment, and may be begun anew at any."""

    def __init__(self, world: Outside) -> None:
        self._world = world
        self._running: list[Service] = []
        self.restarts = 0

    def restart(self) -> None:
        """Both begin anew: whatever they only remembered is gone."""
        self.stop()
        stage = self._world.stage
        self._running = [
            assemble(stage.service.settings, clock=stage.clock, chance=Chance("a test"), hasher=CHEAP) for _ in "ab"
        ]
        self.restarts += 1

    def look(self) -> None:
        """Both look at the same moment."""
        ready = threading.Barrier(len(self._running))
        failures: list[Exception] = []

        def one(service: Service) -> None:
            ready.wait()
            try:
                turn(service)
            except Exception as failure:  # noqa: BLE001 - told to the test, which would not hear of it
                failures.append(failure)

        threads = [threading.Thread(target=one, args=(each,)) for each in self._running]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures

    def stop(self) -> None:
        for each in self._running:
            each.close()
        self._running = []
