"""Every POST with an Idempotency-Key does its work once, whatever happens in between.

The operations come from the served document, so that a new POST fails here until its case is written down.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.rules.permissions import Role
from tests.http.asking import refused
from tests.http.posts import CASES, HARMLESS_ANYWAY, Body
from tests.http.test_manners import nobody_can_write
from tests.stage import Stage

SETTINGS = {"BACKGROUND": "false", "CACHE_SECONDS": "0", "WEB_THREADS": "12", "CAPTURE_PER_ADDRESS": "100"}
READER = Consumer("test.reader", None, lambda _tx, _event: None)


def effects(stage: Stage, counted: str) -> int:
    """How many events of a type there are, or how many a list holds."""
    if counted.startswith("/"):
        return len(stage.root.get(counted).json["items"])
    with stage.reading() as reading:
        return int(
            reading.session.execute(select(func.count()).select_from(Event).where(Event.type == counted)).scalar() or 0
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
    before = effects(staged, case.effects) if case.effects is not None else 0
    answers = at_once(staged, path, body, times=10)

    kinds = Counter(answer.status_code for answer in answers)
    good = [answer for answer in answers if answer.status_code < 300]
    told = [answer for answer in answers if answer.status_code == 409]
    assert len(good) + len(told) == 10, kinds
    assert good
    assert {answer.json["code"] for answer in told} <= {"IDEMPOTENCY_IN_PROGRESS"}
    if staged.database.kind == "sqlite":
        assert told == [], "writers queue on SQLite"
    again = staged.root.post(path, headers={"Idempotency-Key": "once"}, **sent(body))
    assert again.headers["Idempotent-Replayed"] == "true"
    assert {(answer.status_code, answer.data) for answer in (*good, again)} == {(good[0].status_code, good[0].data)}
    if case.effects is not None:
        assert effects(staged, case.effects) - before == 1


def sent(body: Body) -> dict[str, Any]:
    """A body as the test's client takes it."""
    if isinstance(body, bytes):
        return {"data": body, "content_type": "text/csv"}
    return {} if body is None else {"json": body}


def at_once(stage: Stage, path: str, body: Body, *, times: int) -> list[Any]:
    gate = threading.Barrier(times)
    answers: list[Any] = []

    def ask() -> None:
        http = stage.app.test_client()
        headers = {"Authorization": f"Bearer {stage.root.credential}", "Idempotency-Key": "once"}
        gate.wait(10)
        answers.append(http.post(f"/api/v1{path}", headers=headers, **sent(body)))

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
