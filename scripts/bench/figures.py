"""What figures cost: to count what happens, and to read a summary and a time series off a small log and a large one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Connection

from rapport.analytics import tasks
from rapport.app import create_app
from rapport.assembly import Service
from rapport.events import consumers
from rapport.kernel.log import configure_log
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from scripts.bench.places import agent_of, client, place, token_of
from scripts.bench.registry import Bar, Effort, Line, Measurement

SMALL = 100_000
TIMES = 100
"""So many times the small log is the large one."""
DAYS = 90
STEPS = ("invite", "hello", "again")
ACCOUNTS = 5
EMITTED_AT_ONCE = 2_000
REQUESTS = 40
COUNTED = Bar("least", 5_000, "/s")
NO_DEARER = Bar("most", 1.5)
_EVENTS_OF_ONE = 8


def figures(effort: Effort) -> Iterator[Line]:
    """Figures: how fast events are counted, and what reading costs with 10,000,000 events against 100,000."""
    configure_log("error")
    for kind in effort.kinds:
        with place(kind) as at, at.service() as service:
            http = create_app(service).test_client()
            owner = client(service, "Client").id
            headers = {"Authorization": f"Bearer {token_of(service, agent_of(service, owner))}"}
            campaign = _campaign(http, headers, owner)
            events = _fill(service, owner, campaign)
            taken = _count(service, owner)
            yield Line(kind, "counting", f"{events:,} events in {taken:.1f} s", events / taken, bar=COUNTED)
            paths = (f"campaigns/{campaign}/summary", f"campaigns/{campaign}/timeseries")
            before = [_seconds(http, headers, path, effort.rounds) for path in paths]
            with service.engine.begin() as connection:
                held = _multiply(connection, owner)
            after = [_seconds(http, headers, path, effort.rounds) for path in paths]
            _agrees(http, headers, campaign, service)
            for path, small, large in zip(paths, before, after, strict=True):
                said = f"{small * 1e3:.2f} ms with {events:,} events, {large * 1e3:.2f} ms with {held:,}"
                yield Line(kind, path.rpartition("/")[2], said, large / small, bar=NO_DEARER)


def _campaign(http: FlaskClient, headers: dict[str, str], owner: str) -> str:
    steps = [{"key": "invite", "kind": "invite"}]
    answer = http.post(
        "/api/v1/campaigns", json={"client_id": owner, "name": "Measured", "steps": steps}, headers=headers
    )
    found: str = answer.get_json()["id"]
    return found


def _fill(service: Service, owner: str, campaign: str) -> int:
    """A log of a campaign of ninety days, as the rooms tell it."""
    told = [event for person in range(SMALL // _EVENTS_OF_ONE) for event in _person(service, campaign, person)]
    told.sort(key=lambda event: event["occurred_at"])
    for start in range(0, len(told), EMITTED_AT_ONCE):
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            for event in told[start : start + EMITTED_AT_ONCE]:
                tx.emit(client_id=owner, **event)
    return len(told)


def _person(service: Service, campaign: str, person: int) -> Iterator[dict[str, Any]]:
    began = service.clock.now() - timedelta(minutes=1440 + person * 7919 % (DAYS * 24 * 60))
    where = {
        "campaign_id": campaign,
        "enrollment_id": f"0190a1b2-0000-7000-8000-{person:012x}",
        "account_id": f"0190a1b2-0000-7000-9000-{person % ACCOUNTS:012x}",
    }
    yield {"type": "enrollment.created", "occurred_at": began, "data": {"lead": "Ada"}, **where}
    variant = "ab"[person % 2]
    for place_, step in enumerate(STEPS):
        at = began + timedelta(hours=8 * place_ + 1)
        kind = "message" if place_ else "invite"
        data = {"kind": kind, "step": step, "variant": variant, "origin": "campaign", "lead": "Ada", "account": "Mira"}
        yield {"type": "action.claimed", "occurred_at": at, "data": data, **where}
        yield {"type": "action.sent", "occurred_at": at, "data": data, **where}
    answers = {"step": "again", "variant": variant, "sent_at": at.isoformat()}
    yield {"type": "reply.received", "occurred_at": at + timedelta(hours=3), "data": {"answers": answers}, **where}


def _count(service: Service, owner: str) -> float:
    began = time.perf_counter()
    while True:
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            if not consumers.advance(tx, tasks.CONSUMER, owner, limit=tasks.CONSUMER.batch):
                return time.perf_counter() - began


def _multiply(connection: Connection, owner: str) -> int:
    """The log as if everything in it had happened a hundred times on the same days, and the rollups as the consumer
    would have left them. Indexes that neither needs are taken off the log first.
    """
    on_postgresql = connection.dialect.name == "postgresql"
    for column in ("lead_id", "conversation_id", "campaign_id", "enrollment_id", "account_id", "job_id"):
        connection.exec_driver_sql(f"DROP INDEX ix_event_{column}_seq")
    upto = int(connection.exec_driver_sql("SELECT max(seq) FROM event").scalar_one())
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {TIMES - 1}) SELECT i FROM n"
    series = f"({numbers}) AS n"
    mark = "lpad(to_hex(n.i), 8, '0')" if on_postgresql else "printf('%08x', n.i)"
    names = [row[0] for row in connection.exec_driver_sql("SELECT * FROM event LIMIT 0").cursor.description]
    made = {"id": f"{mark} || substr(id, 9)", "seq": f"seq + {upto} * n.i", "dedupe_key": "NULL"}
    columns = ", ".join(made.get(name, name) for name in names)
    told = f"SELECT {columns} FROM event, {series} WHERE client_id = '{owner}'"
    connection.exec_driver_sql(f"INSERT INTO event ({', '.join(names)}) {told}")
    reached = f"{mark} || substr(whose, 9)"
    of_mark = "kind, client_id, campaign_id, account_id, step_key, variant, at, sent_at"
    marks = f"SELECT {reached}, {of_mark} FROM milestone, {series}"
    connection.exec_driver_sql(f"INSERT INTO milestone (whose, {of_mark}) {marks}")
    connection.exec_driver_sql(f"UPDATE rollup SET value = value * {TIMES}")
    connection.exec_driver_sql(f"UPDATE event_stream SET seq = {upto * TIMES} WHERE client_id = '{owner}'")
    return int(connection.exec_driver_sql("SELECT count(*) FROM event").scalar_one())


def _agrees(http: FlaskClient, headers: dict[str, str], campaign: str, service: Service) -> None:
    """What is read is what the large log says."""
    totals = http.get(f"/api/v1/analytics/campaigns/{campaign}/summary", headers=headers).get_json()["totals"]
    with service.engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT count(*) FROM event WHERE type = 'action.sent'").scalar_one()
    if totals["sent"] != told:
        raise AssertionError(f"{totals['sent']} sent by the rollups, {told} by the log")


def _seconds(http: FlaskClient, headers: dict[str, str], path: str, rounds: int) -> float:
    """How long an answer takes that is made anew: the middle of many, of the best round."""
    found = []
    for _ in range(rounds):
        taken = []
        for _ in range(REQUESTS):
            began = time.perf_counter()
            answer = http.get(f"/api/v1/analytics/{path}", headers=headers | {"Cache-Control": "no-cache"})
            taken.append(time.perf_counter() - began)
            if answer.status_code != 200:
                raise AssertionError(answer.get_data(as_text=True))
        found.append(statistics.median(taken))
    return min(found)


FIGURES = Measurement("figures", figures)
