"""Every POST with an Idempotency-Key does its work once, whatever happens in between.

The operations come from the served document, so that a new POST fails here until its case is written down.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.jobs import claim, settle
from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import Executor
from rapport.rules.permissions import Role
from tests.http.asking import refused
from tests.http.test_manners import nobody_can_write
from tests.stage import PASSWORD, Stage

SETTINGS = {"BACKGROUND": "false", "CACHE_SECONDS": "0", "WEB_THREADS": "12"}
READER = Consumer("test.reader", None, lambda _tx, _event: None)


@dataclass(frozen=True)
class Case:
    """One POST: where, with what, and the events that count its effects (none when it tells nothing)."""

    path: Callable[[Stage], str]
    body: Callable[[Stage], dict[str, Any] | None]
    effects: str | None


def failed_job(stage: Stage) -> str:
    with stage.tx() as tx:
        made, _ = enqueue(tx, stage.service.job_types.get("custom.task"), client_id=stage.acme.id, payload={})
        tx.session.flush()  # the claim must find it
        claim.claim(tx, executor=Executor.N8N, types=None, limit=20, lease=timedelta(hours=1), by="a test")
        job = settle.hold(tx, made.id, made.lease_token or "", past_term=False)
        settle.fail(tx, job, code="failed", message="", retryable=False, waits=())
        return made.id


CASES: dict[str, Case] = {
    "createClient": Case(lambda _: "/clients", lambda _: {"name": "New", "timezone": "UTC"}, "client.created"),
    "archiveClient": Case(lambda s: f"/clients/{s.acme.id}/archive", lambda _: None, "client.archived"),
    "restoreClient": Case(
        lambda s: (s.root.post(f"/clients/{s.acme.id}/archive"), f"/clients/{s.acme.id}/restore")[1],
        lambda _: None,
        "client.restored",
    ),
    "createUser": Case(
        lambda _: "/users",
        lambda _: {"email": "eve@agency.example", "name": "Eve", "role": "viewer", "password": PASSWORD},
        "user.created",
    ),
    "createApiKey": Case(
        lambda _: "/api-keys", lambda s: {"name": "n8n", "client_id": s.acme.id, "scopes": ["read"]}, "api_key.created"
    ),
    "addAccount": Case(
        lambda _: "/linkedin-accounts",
        lambda s: {"client_id": s.acme.id, "name": "Mira", "timezone": "UTC"},
        "account.added",
    ),
    "pauseAccount": Case(
        lambda s: f"/linkedin-accounts/{s.account().id}/pause", lambda _: {"reason": "Holiday"}, "account.paused"
    ),
    "resumeAccount": Case(lambda s: f"/linkedin-accounts/{_paused(s)}/resume", lambda _: None, "account.resumed"),
    "createJob": Case(lambda _: "/jobs", lambda s: {"type": "custom.task", "client_id": s.acme.id}, "job.enqueued"),
    "retryJobs": Case(lambda s: (failed_job(s), "/jobs/retry")[1], lambda _: {"type": "custom.task"}, "job.retried"),
    "retryJob": Case(lambda s: f"/jobs/{failed_job(s)}/retry", lambda _: None, "job.retried"),
    "dismissJob": Case(
        lambda s: f"/jobs/{failed_job(s)}/dismiss", lambda _: {"reason": "Left the company"}, "job.dismissed"
    ),
    "rewindConsumer": Case(
        lambda _: "/admin/consumers/test.reader/rewind", lambda s: {"client_id": s.acme.id, "to": 0}, None
    ),
}
HARMLESS_ANYWAY = {
    "login": "opens another session, as it should",
    "refresh": "a token is good once; the second use is a theft",
    "logout": "the second finds no session",
    "changePassword": "the second finds the new password",
    "endOtherSessions": "the second finds none",
    "bootstrapService": "there is one first admin",
    "setUserPassword": "sets the same password",
    "signUserOut": "the second finds no session",
    "claimJobs": "each claim gives other jobs; a lost answer comes back by the sweep",
    "callBackJob": "the same word again is answered alike",
}


def _paused(stage: Stage) -> str:
    account = stage.account()
    stage.root.post(f"/linkedin-accounts/{account.id}/pause", {"reason": "Holiday"})
    return account.id


def effects(stage: Stage, event_type: str | None) -> int:
    with stage.reading() as reading:
        return int(
            reading.session.execute(select(func.count()).select_from(Event).where(Event.type == event_type)).scalar()
            or 0
        )


@pytest.fixture
def staged(make_stage) -> Stage:
    stage = make_stage(settings=SETTINGS, consumers=[READER])
    assert stage.root.get("/auth/me").status_code == 200
    return stage


def posts(stage: Stage) -> dict[str, bool]:
    document = stage.nobody.get("/openapi.json").json
    return {
        item["post"]["operationId"]: any(
            parameter["name"] == "Idempotency-Key" for parameter in item["post"].get("parameters", ())
        )
        for item in document["paths"].values()
        if "post" in item
    }


def test_every_post_takes_a_key_or_is_harmless_when_repeated(staged):
    found = posts(staged)
    assert {name for name, takes_key in found.items() if takes_key} == set(CASES)
    assert {name for name, takes_key in found.items() if not takes_key} == set(HARMLESS_ANYWAY)


@pytest.mark.parametrize("name", CASES)
def test_ten_at_once_have_one_effect_and_get_the_same_bytes(staged, name):
    case = CASES[name]
    path, body = case.path(staged), case.body(staged)
    before = effects(staged, case.effects)
    answers = at_once(staged, path, body, times=10)

    kinds = Counter(answer.status_code for answer in answers)
    good = [answer for answer in answers if answer.status_code < 300]
    told = [answer for answer in answers if answer.status_code == 409]
    assert len(good) + len(told) == 10, kinds
    assert good
    assert {answer.json["code"] for answer in told} <= {"IDEMPOTENCY_IN_PROGRESS"}
    if staged.database.kind == "sqlite":
        assert told == [], "writers queue on SQLite"
    again = staged.root.post(path, body, headers={"Idempotency-Key": "once"})
    assert again.headers["Idempotent-Replayed"] == "true"
    assert {(answer.status_code, answer.data) for answer in (*good, again)} == {(good[0].status_code, good[0].data)}
    if case.effects is not None:
        assert effects(staged, case.effects) - before == 1


def at_once(stage: Stage, path: str, body: Any, *, times: int) -> list[Any]:
    gate = threading.Barrier(times)
    answers: list[Any] = []

    def ask() -> None:
        http = stage.app.test_client()
        headers = {"Authorization": f"Bearer {stage.root.credential}", "Idempotency-Key": "once"}
        gate.wait(10)
        more = {"json": body} if body is not None else {}
        answers.append(http.post(f"/api/v1{path}", headers=headers, **more))

    threads = [threading.Thread(target=ask) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == times
    return answers


def test_without_a_key_ten_at_once_have_ten_effects(staged):
    """What the test above would see if keys did nothing."""
    body = {"client_id": staged.acme.id, "name": "Mira", "timezone": "UTC"}
    for _ in range(10):
        staged.root.post("/linkedin-accounts", body)
    assert effects(staged, "account.added") == 10


ACCOUNT = "/linkedin-accounts"


def account(stage: Stage, name: str = "Mira") -> dict[str, str]:
    return {"client_id": stage.acme.id, "name": name, "timezone": "UTC"}


def test_another_body_or_another_path_under_the_same_key_is_refused(staged):
    key = {"Idempotency-Key": "once"}
    staged.alice.post(ACCOUNT, account(staged), headers=key)
    refused(staged.alice.post(ACCOUNT, account(staged, "Jonas"), headers=key), 409, "IDEMPOTENCY_KEY_REUSED")
    first, second = staged.account("A").id, staged.account("B").id
    assert staged.alice.post(f"{ACCOUNT}/{first}/pause", {"reason": "x"}, headers=key).status_code == 200
    answer = staged.alice.post(f"{ACCOUNT}/{second}/pause", {"reason": "x"}, headers=key)
    refused(answer, 409, "IDEMPOTENCY_KEY_REUSED")
    assert staged.alice.get(f"{ACCOUNT}/{second}").json["paused_at"] is None


def test_another_user_and_another_route_are_independent(staged):
    key = {"Idempotency-Key": "once"}
    dora = staged.person("Dora", Role.AGENT, staged.acme)
    made = [who.post(ACCOUNT, account(staged), headers=key).json["id"] for who in (staged.alice, dora, staged.root)]
    assert len(set(made)) == 3
    job = staged.alice.post("/jobs", {"type": "custom.task", "client_id": staged.acme.id}, headers=key)
    assert job.status_code == 202


def test_a_refusal_is_kept_as_well(staged):
    key = {"Idempotency-Key": "once"}
    body = {"name": "Acme", "slug": "acme", "timezone": "UTC"}
    assert staged.acme.slug == "acme"
    first = staged.root.post("/clients", body, headers=key)
    refused(first, 409, "CLIENT_ALREADY_EXISTS")
    staged.root.patch(f"/clients/{staged.acme.id}", {"slug": "acme-old"})
    again = staged.root.post("/clients", body, headers=key)
    assert (again.status_code, again.data, again.headers["Idempotent-Replayed"]) == (409, first.data, "true")
    assert staged.root.post("/clients", body, headers={"Idempotency-Key": "another"}).status_code == 201


def test_a_body_that_was_refused_by_its_schema_may_be_mended_under_the_same_key(staged):
    key = {"Idempotency-Key": "once"}
    refused(staged.alice.post(ACCOUNT, {"name": "Mira"}, headers=key), 422, "VALIDATION_FAILED")
    assert staged.alice.post(ACCOUNT, account(staged), headers=key).status_code == 201


def test_a_failure_of_ours_is_not_kept(make_stage):
    stage = make_stage(settings={"DB_WAIT_SECONDS": "0.3"})
    key, body = {"Idempotency-Key": "once"}, {"name": "Acme", "timezone": "UTC"}
    assert stage.root.get("/auth/me").status_code == 200
    with nobody_can_write(stage):
        refused(stage.root.post("/clients", body, headers=key), 503, "UNAVAILABLE")
    healed = stage.root.post("/clients", body, headers=key)
    assert healed.status_code == 201
    assert "Idempotent-Replayed" not in healed.headers


def test_a_key_is_forgotten_after_a_day(staged):
    key = {"Idempotency-Key": "once"}
    first = staged.alice.post(ACCOUNT, account(staged), headers=key).json["id"]
    staged.wait(hours=23, minutes=59)
    assert staged.alice.post(ACCOUNT, account(staged), headers=key).json["id"] == first
    staged.wait(minutes=1)
    second = staged.alice.post(ACCOUNT, account(staged), headers=key)
    assert second.json["id"] != first
    assert "Idempotent-Replayed" not in second.headers
    assert staged.alice.post(ACCOUNT, account(staged, "Jonas"), headers=key).status_code == 409


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\tb", "é", " padded"])
def test_a_key_that_is_none_is_refused(staged, key):
    with contextlib.suppress(ValueError):  # the test's own client refuses to send some of them
        refused(
            staged.alice.post(ACCOUNT, account(staged), headers={"Idempotency-Key": key}),
            400,
            "IDEMPOTENCY_KEY_INVALID",
        )
    assert staged.alice.get(ACCOUNT).json["items"] == []


def test_a_twin_that_comes_while_the_first_still_runs_is_told_so(staged):
    """On PostgreSQL, where writers do not queue: the first is held at its last step by a lock of ours."""
    if staged.database.kind == "sqlite":
        with held(staged) as answers:
            pass
        assert [answer.status_code for answer in answers] == [201]
        return
    with held(staged) as answers:
        twin = staged.alice.post(ACCOUNT, account(staged), headers={"Idempotency-Key": "once"})
        refused(twin, 409, "IDEMPOTENCY_IN_PROGRESS")
        assert twin.headers["Retry-After"] == "1"
    assert [answer.status_code for answer in answers] == [201]
    after = staged.alice.post(ACCOUNT, account(staged), headers={"Idempotency-Key": "once"})
    assert (after.status_code, after.data) == (201, answers[0].data)


@contextlib.contextmanager
def held(stage: Stage) -> Iterator[list[Any]]:
    """A first request that cannot commit yet: it waits for the log's row, which another transaction holds."""
    answers: list[Any] = []
    headers = {"Authorization": f"Bearer {stage.alice.credential}", "Idempotency-Key": "once"}
    body = account(stage)
    assert stage.alice.get("/auth/me").status_code == 200

    def first() -> None:
        answers.append(stage.app.test_client().post(f"/api/v1{ACCOUNT}", json=body, headers=headers))

    thread = threading.Thread(target=first)
    with stage.service.engine.connect() as holder:
        holder.exec_driver_sql("UPDATE event_stream SET seq = seq")
        thread.start()
        if stage.database.kind == "postgresql":
            _until_waiting(stage)
        yield answers
        holder.rollback()
    thread.join(30)


def _until_waiting(stage: Stage) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with stage.service.engine.connect() as connection:
        while not connection.exec_driver_sql(waiting).scalar():
            connection.rollback()
