"""Logs: at debug, through successes, refusals and failures, no secret, no text of people, no forged line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import insert

from rapport.jobs.enqueue import enqueue
from rapport.jobs.registry import JobType
from rapport.kernel.log import HIDDEN, configure_log, get_log, redact, redact_text
from rapport.people.models import Client, User
from rapport.rules.permissions import Permission, Role
from tests.conftest import captured
from tests.stage import Person

SECRET = "canary-password-of-somebody"
NAME = "Canaria Person"
MAIL = "canaria@person.example"


@pytest.fixture
def log() -> Iterator[io.BytesIO]:
    """Everything that is logged at debug, by us and by libraries."""
    kept = io.BytesIO()
    configure_log("debug", kept)
    yield kept
    configure_log("error", captured)


def _fails_on_a_row(tx, _job):
    tx.session.execute(insert(Client).values(id=NAME, name=NAME, slug=MAIL))


def _fails_on_a_name(tx, _job):
    tx.session.execute(insert(User).values(id=tx.new_id(), name=NAME, email=MAIL, role="x", password_hash=SECRET))


FAILING = [
    JobType("fails.row", "Fails.", handler=_fails_on_a_row, max_retries=0, on_request=True),
    JobType("fails.name", "Fails.", handler=_fails_on_a_name, max_retries=0, on_request=True),
]


def test_no_secret_and_no_person_is_logged_whatever_happens(make_stage, log):
    stage = make_stage(settings={"LOG_LEVEL": "debug", "LOGIN_LIMIT_PER_MINUTE": "5"}, more_job_types=FAILING)
    made = stage.root.post(
        "/users", {"email": MAIL, "name": NAME, "role": "agent", "password": SECRET, "client_ids": [stage.acme.id]}
    )
    tokens = stage.nobody.post("/auth/login", {"email": MAIL, "password": SECRET}).json
    person = Person(stage, NAME, tokens["access_token"], made.json["id"])
    key = person.post("/api-keys", {"name": NAME, "client_id": stage.acme.id, "scopes": ["read"]}).json["key"]
    Person(stage, "a program", key).get("/auth/me")
    refreshed = stage.nobody.post("/auth/refresh", {"refresh_token": tokens["refresh_token"]}).json
    stage.nobody.post("/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    account = stage.alice.post(
        "/linkedin-accounts", {"client_id": stage.acme.id, "name": NAME, "timezone": "Europe/Berlin"}
    ).json
    stage.alice.post(f"/linkedin-accounts/{account['id']}/pause", {"reason": f"{NAME} is ill"})
    stage.alice.patch(f"/linkedin-accounts/{account['id']}", {"name": NAME, MAIL: 1})
    stage.alice.get("/linkedin-accounts", query_string={"filter[name][contains]": NAME, "token": key})
    for _ in range(7):
        stage.nobody.post("/auth/login", {"email": MAIL, "password": f"{SECRET} not"})
    with stage.tx() as tx:
        for each in FAILING:
            enqueue(tx, stage.service.job_types.get(each.name), client_id=stage.acme.id)
    stage.run_due_jobs()

    written = log.getvalue().decode()
    secrets = [SECRET, NAME, MAIL, key, key[3:], *tokens.values(), *refreshed.values()]
    found = [each for each in secrets if isinstance(each, str) and len(each) > 12 and each in written]
    allowed = {tokens["session_id"], refreshed["session_id"], "Bearer"}
    assert set(found) - allowed == set()
    assert written.count('"event":"job_failed"') == 2, "nothing failed, so nothing was shown"
    assert '"event":"request"' in written
    for line in written.splitlines():
        json.loads(line)


def test_a_failed_job_shows_no_statement_and_no_row_to_those_who_look_after_it(make_stage):
    stage = make_stage(more_job_types=FAILING)
    with stage.tx() as tx:
        for each in FAILING:
            enqueue(tx, stage.service.job_types.get(each.name), client_id=stage.acme.id)
    stage.run_due_jobs()

    shown = stage.root.get("/jobs/attention").text + stage.root.get("/events/timeline").text

    assert shown.count("The database refused the work.") >= 2
    for never in (NAME, MAIL, SECRET, "INSERT", "[SQL", "sqlalche.me", "DETAIL", "Traceback", "/src/"):
        assert never not in shown


def test_what_smells_of_a_secret_is_hidden_by_name_and_by_shape(log, stage):
    jwt = stage.alice.credential
    key = stage.key(Permission.READ, of=stage.acme).credential
    logger = get_log("test")
    logger.debug(
        "said", password=SECRET, nested={"deep": [{"Api-Key": SECRET, "x-api_key": SECRET}]}, authorization=SECRET
    )
    logger.info("carried", text=f"Authorization: Bearer {jwt} and {key} and rr_{SECRET} to postgresql://u:{SECRET}@h/d")
    try:
        raise RuntimeError(f"could not use {key}")
    except RuntimeError:
        logger.exception("failed")
    logging.getLogger("a.library").error("sent %s", f"Bearer {jwt}")

    written = log.getvalue().decode()
    assert written.count("\n") == 4
    for each in (SECRET, jwt, key):
        assert each not in written
    assert written.count(HIDDEN) >= 8
    assert redact({"user": "ada", "tokens_left": 0}) == {"user": "ada", "tokens_left": 0}


def test_a_name_cannot_forge_a_line_or_colour_a_terminal(log):
    evil = 'Ada"}\n{"event":"forged","level":"info"}\r\n\x1b[2J\u2028\x00'

    get_log("test").info("met", name=evil)

    lines = log.getvalue().split(b"\n")
    assert len(lines) == 2
    assert json.loads(lines[0])["name"] == evil
    assert b"\x1b" not in lines[0]
    assert b"\r" not in lines[0]


def test_a_request_is_one_line_with_its_id_route_and_caller_but_not_its_path(make_stage, log):
    stage = make_stage(settings={"LOG_LEVEL": "info"})
    account = stage.account()
    stage.alice.get(f"/linkedin-accounts/{account.id}", headers={"X-Request-Id": "request-1234"})

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    line = next(each for each in lines if each["event"] == "request")
    assert line["route"] == "/api/v1/linkedin-accounts/<id:account_id>"
    assert (line["request_id"], line["status"], line["actor"]) == ("request-1234", 200, f"user:{stage.alice.id}")


def test_the_label_of_a_metric_is_never_of_a_strangers_choosing(stage):
    for path in (f"/{NAME}", f"/api/v1/clients/{NAME}", "/api/v1/docs/" + NAME, f"/metrics/{SECRET}"):
        stage.nobody.get(path)
    stage.nobody.call(NAME.split(maxsplit=1)[0].upper(), "/api/v1/clients")
    stage.user(NAME.split(maxsplit=1)[0], Role.VIEWER)

    metrics = stage.root.get("/metrics").text

    for never in (NAME, NAME.split(maxsplit=1)[0].upper(), SECRET):
        assert never not in metrics
    assert 'method="OTHER"' in metrics


def test_hiding_keeps_what_is_no_secret():
    assert redact_text("Refused: rk is a prefix, eyJ is not a token, see https://host/path") == (
        "Refused: rk is a prefix, eyJ is not a token, see https://host/path"
    )
