"""What an answer costs: a number of statements that does not grow with the rows, and bytes the schema agrees with."""

from __future__ import annotations

import orjson
import pytest

from rapport.accounts.schemas.accounts import AccountOut
from rapport.events.schemas import EventOut
from rapport.jobs.schemas import JobOut
from rapport.people.schemas import ApiKeyOut, ClientOut, MemberOut, SessionOut, UserOut
from rapport.rules.permissions import Permission, Role
from tests.stage import Stage
from tests.statements import statements

LISTS = {
    "/clients": (ClientOut, 1),
    "/users": (UserOut, 1),
    "/api-keys": (ApiKeyOut, 1),
    "/linkedin-accounts": (AccountOut, 1),
    "/jobs": (JobOut, 1),
    "/jobs/attention": (JobOut, 1),
    "/events/timeline": (EventOut, 1),
    "/auth/sessions": (SessionOut, 1),
    "/clients/{client}/members": (MemberOut, 2),
}
"""Path → what a row is, and the statements one page costs beside who asks."""

ONES = {
    "/clients/{client}": 1,
    "/users/{user}": 2,
    "/api-keys/{key}": 1,
    "/linkedin-accounts/{account}": 1,
    "/jobs/{job}": 1,
    "/jobs/counts": 2,
    "/auth/me": 0,
    "/auth/profile": 1,
    "/events?client_id={client}": 3,
    "/jobs/{job}/log": 2,
}
UNCACHED = {"CACHE_SECONDS": "0", "AUTH_CACHE_SECONDS": "30"}


def filled(stage: Stage, rows: int) -> dict[str, str]:
    """Everything `rows` times; gives ids for paths."""
    ids = {"client": stage.acme.id, "user": stage.root.id}
    for number in range(rows):
        stage.client(f"Client {number}")
        stage.user(f"User{number}", Role.VIEWER, stage.acme)
        ids["account"] = stage.account(f"Sender {number}").id
        ids["key"] = stage.key(Permission.READ, of=stage.acme).id
        stage.wait(seconds=1)
    for _ in range(rows):
        body = {"type": "custom.task", "client_id": stage.acme.id, "payload": {"n": [1, {"é": None}]}}
        ids["job"] = stage.root.post("/jobs", body).json["id"]
    assert stage.root.get("/auth/me").status_code == 200
    return ids


def cost(stage: Stage, path: str) -> int:
    with statements(stage) as seen:
        answer = stage.root.get(path)
    assert answer.status_code == 200, answer.data
    return len([each for each in seen if each.lstrip().upper().startswith(("SELECT", "UPDATE", "INSERT", "DELETE"))])


@pytest.mark.parametrize("rows", [1, 60])
def test_the_statements_of_a_read_do_not_grow_with_the_rows(make_stage, rows):
    stage = make_stage(settings=UNCACHED)
    ids = filled(stage, rows)
    expected = {path: number for path, (_, number) in LISTS.items()} | ONES
    assert {path: cost(stage, path.format(**ids)) for path in expected} == expected


def test_a_read_per_row_would_be_counted(make_stage):
    stage = make_stage(settings=UNCACHED)
    with statements(stage) as seen, stage.reading() as reading:
        for _ in range(5):
            reading.session.connection().exec_driver_sql("SELECT 1")
    assert len(seen) == 5


def test_a_cached_answer_costs_no_read_of_its_rows(make_stage):
    stage = make_stage(settings={"AUTH_CACHE_SECONDS": "30"})
    ids = filled(stage, 3)
    path = f"/linkedin-accounts/{ids['account']}"
    first = cost(stage, path)
    again = cost(stage, path)
    assert again < first
    assert again <= 1, "at most the version of the data"


@pytest.mark.parametrize("path", LISTS)
def test_rows_dumped_fast_are_what_their_schema_dumps(make_stage, path):
    stage = make_stage(settings=UNCACHED)
    ids = filled(stage, 3)
    schema = LISTS[path][0]()
    shown = stage.root.get(path.format(**ids)).json["items"]
    if path != "/jobs/attention":
        assert shown
    for row in shown:
        assert set(row) == set(schema.fields)
        again = orjson.loads(orjson.dumps(schema.dump(schema.load(row))))
        assert _alike(again) == _alike(row)


def _alike(value):
    """An instant in UTC may be written with Z or +00:00; both are the same instant."""
    if isinstance(value, dict):
        return {key: _alike(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_alike(each) for each in value]
    return value.replace("+00:00", "Z") if isinstance(value, str) else value
