"""How long a large campaign takes to foretell, to explain and to start."""

from __future__ import annotations

import json
import os
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from rapport.accounts import health, senders
from rapport.accounts.models import AccountStatus
from rapport.app import create_app
from rapport.assembly import Service
from rapport.campaigns.queries import kept
from rapport.enrollments.enroll import enroll
from rapport.kernel.log import configure_log
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.leads import arriving
from rapport.leads.models import LeadSource
from rapport.rules import lead_fields
from scripts.bench.places import Place, agent_of, client, place, token_of
from scripts.bench.registry import Bar, Effort, Line, Measurement

_ROOT = Path(__file__).resolve().parents[2]
_READY = "ready\n"
LEADS = 10_000
MANY = 100_000
SENDERS = 5
AT_ONCE = 500
WHYS = 200
SIMULATED = Bar("most", 10, " s")
EXPLAINED = Bar("most", 5, " ms")
HELD = Bar("most", 0.5, " s")
STEPS = [
    {"key": "invite", "kind": "invite", "variants": [{"body": "Hi {{ first_name | clean | default: 'there' }}"}]},
    {
        "key": "accepted",
        "kind": "wait_for",
        "condition": {"asked": "connected"},
        "within": {"amount": 14, "unit": "days"},
        "otherwise": "visit",
    },
    {
        "key": "hello",
        "kind": "message",
        "delay": {"amount": 1, "unit": "working_days"},
        "variants": [{"body": "Hi {{ first_name | clean | default: 'there' }}, how is {{ company | company }}?"}],
    },
    {
        "key": "again",
        "kind": "message",
        "delay": {"amount": 3, "unit": "days"},
        "variants": [{"body": "{{ first_name | clean | default: 'Hello' }}, did you see my message?"}],
    },
    {"key": "visit", "kind": "visit"},
]


def campaigns(effort: Effort) -> Iterator[Line]:
    """A campaign of 10,000 leads, 5 steps and 5 senders foretold and explained over HTTP, one of 100,000 started."""
    configure_log("error")
    for kind in effort.kinds:
        with place(kind) as at, at.service() as service:
            http = create_app(service).test_client()
            headers, body = _world(service)
            small = _campaign(service, http, headers, body | {"name": "Small"}, LEADS)
            yield from _foretold(kind, http, headers, small)
            yield from _explained(kind, http, headers, small)
            large = _campaign(service, http, headers, body | {"name": "Large"}, MANY)
            yield from _started(kind, at, http, headers, large)


CAMPAIGNS = Measurement("campaigns", campaigns)


def _world(service: Service) -> tuple[dict[str, str], dict[str, Any]]:
    """A client with senders that are ready: who asks, and what a campaign of theirs says."""
    acme = client(service, "Acme")
    account_ids = []
    for number in range(SENDERS):
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            account = senders.add(tx, client_id=acme.id, name=f"Sender {number}", timezone="Europe/Berlin")
            health.set_status(tx, senders.get(tx, account.id), AccountStatus.OK, detail=None)
            account_ids.append(account.id)
    headers = {"Authorization": f"Bearer {token_of(service, agent_of(service, acme.id))}"}
    return headers, {"client_id": acme.id, "steps": STEPS, "account_ids": account_ids}


def _campaign(
    service: Service, http: FlaskClient, headers: dict[str, str], body: dict[str, Any], leads: int
) -> dict[str, Any]:
    """A draft with so many leads in it, by the verbs that imports and enrolling by filter use."""
    campaign: dict[str, Any] = _posted(http, headers, "/campaigns", body, 201)
    for start in range(0, leads, AT_ONCE):
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            people = [_person(f"{body['name']}-{number}") for number in range(start, start + AT_ONCE)]
            arrived = arriving.arrive(
                tx, campaign["client_id"], people, source=LeadSource.IMPORT, said_by=arriving.OPERATOR
            )
            ids = [each.lead_id for each in arrived if each.lead_id is not None]
            enroll(tx, kept(tx, campaign["id"]), ids, by=None)
    return campaign


def _person(name: str) -> lead_fields.Person:
    given = {"first_name": "Ada", "last_name": name, "company": f"Engines {name} Ltd", "profile_url": f"ada-{name}"}
    found = lead_fields.read(given, {}, ())
    assert isinstance(found, lead_fields.Person), found
    return found


def _posted(http: FlaskClient, headers: dict[str, str], path: str, body: Any, status: int) -> Any:
    answer = http.post(f"/api/v1{path}", json=body, headers=headers)
    if answer.status_code != status:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:500]}")
    return answer.get_json()


def _foretold(kind: str, http: FlaskClient, headers: dict[str, str], campaign: dict[str, Any]) -> Iterator[Line]:
    body = {"days": 60, "runs": 1}
    began, cpu = time.perf_counter(), time.process_time()
    shown = _posted(http, headers, f"/campaigns/{campaign['id']}/simulate", body, 200)
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    figures = f"{shown['result']['sends_total']:,} sends, {used:.1f} s of CPU"
    yield Line(kind, f"simulate {LEADS:,} leads 60 days", figures, seconds, bar=SIMULATED)


def _explained(kind: str, http: FlaskClient, headers: dict[str, str], campaign: dict[str, Any]) -> Iterator[Line]:
    listed = f"/api/v1/enrollments?filter[campaign_id]={campaign['id']}&limit={WHYS}"
    ids = [each["id"] for each in http.get(listed, headers=headers).get_json()["items"]]
    taken = []
    for enrollment_id in ids:
        began = time.process_time()
        answer = http.get(f"/api/v1/enrollments/{enrollment_id}/why", headers=headers)
        taken.append((time.process_time() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(answer.get_data(as_text=True))
    figures = f"{WHYS} of them, slowest {max(taken):.1f} ms"
    yield Line(kind, "GET why, CPU of the service", figures, statistics.median(taken), bar=EXPLAINED)


def _started(
    kind: str, at: Place, http: FlaskClient, headers: dict[str, str], campaign: dict[str, Any]
) -> Iterator[Line]:
    """How long a start takes, and how long another process waits for its turn to write meanwhile."""
    with _another_writer(at) as waits:
        began = time.perf_counter()
        _posted(http, headers, f"/campaigns/{campaign['id']}/start", {}, 200)
        seconds = time.perf_counter() - began
    yield Line(kind, f"start with {MANY:,} leads", "", seconds)
    yield Line(kind, "another writer meanwhile", f"{len(waits)} writes, the longest", max(waits), bar=HELD)


@contextmanager
def _another_writer(at: Place) -> Iterator[list[float]]:
    """A process that writes again and again; afterwards, how long each write took."""
    waits: list[float] = []
    command = [sys.executable, "-m", "scripts.bench.campaigns", json.dumps(at.environment)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{_ROOT / 'src'}:{_ROOT}", **at.environment}
    with subprocess.Popen(
        command, env=environment, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None or process.stdout.readline() != _READY:
            raise RuntimeError("the other writer does not begin")
        yield waits
        process.stdin.close()
        waits += json.loads(process.stdout.read())


def main() -> None:
    """Write to one row of another client until nobody listens any more."""
    environment = json.loads(sys.argv[1])
    with Place("", Path(environment["RAPPORT_HOME"]), environment).service() as service:
        globex = client(service, "Globex")
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            account_id = senders.add(tx, client_id=globex.id, name="Another", timezone="Europe/Berlin").id
        _write(service, account_id)
        print(_READY, end="", flush=True)
        waits = []
        while not select.select([sys.stdin], [], [], 0.005)[0]:
            waits.append(_write(service, account_id))
    print(json.dumps(waits))


def _write(service: Service, account_id: str) -> float:
    began = time.perf_counter()
    with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        senders.get(tx, account_id).pacing_seed = str(began)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
