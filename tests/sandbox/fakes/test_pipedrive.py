"""Pipedrive has no upsert, and what it finds is a little old."""

import pytest

from rapport_sandbox.fakes.pipedrive import Pipedrive
from tests.sandbox.fakes.calling import NOON, Caller, said

PERSONS = "/api/v2/persons"


@pytest.fixture
def pipedrive():
    return Pipedrive()


@pytest.fixture
def call(pipedrive):
    return Caller(pipedrive, x_api_token="pipedrive-sandbox")


@pytest.fixture
def key(call):
    field = {"field_name": "Outreach lead", "field_type": "varchar"}
    return said(call("POST", "/api/v2/personFields", field))["data"]["field_code"]


def search(call, term, at=NOON, fields="custom_fields", **more):
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return call("GET", f"{PERSONS}/search?term={term}&fields={fields}&exact_match=true{query}", at=at)


def found(answer):
    return [one["item"]["id"] for one in said(answer)["data"]["items"]]


def refusal(answer):
    body = said(answer)
    assert body["success"] is False
    assert not answer.effect
    return answer.status, body["code"]


def test_a_person_is_created_read_and_patched(call, key):
    created = call("POST", PERSONS, {"name": "Ada", "custom_fields": {key: "L1"}})
    person = said(created)["data"]

    patched = call("PATCH", f"{PERSONS}/{person['id']}", {"emails": [{"value": "ada@example.com"}]})

    assert (created.status, created.effect, patched.status) == (201, True, 200)
    after = said(call("GET", f"{PERSONS}/{person['id']}"))["data"]
    assert (after["custom_fields"], after["emails"][0]["value"]) == ({key: "L1"}, "ada@example.com")


def test_search_finds_a_new_person_only_after_the_lag(pipedrive, call, key):
    pipedrive.search_lag(60)
    created = said(call("POST", PERSONS, {"name": "Ada", "custom_fields": {key: "L1"}}))["data"]["id"]

    assert found(search(call, "L1", NOON + 59)) == []
    assert found(search(call, "L1", NOON + 60)) == [created]


def test_search_sees_a_changed_person_as_it_was_before(call):
    person = said(call("POST", PERSONS, {"name": "Ada", "emails": [{"value": "old@example.com"}]}))["data"]
    call("PATCH", f"{PERSONS}/{person['id']}", {"emails": [{"value": "new@example.com"}]}, at=NOON + 100)

    assert found(search(call, "new@example.com", NOON + 102, "email")) == []
    assert found(search(call, "OLD@example.com", NOON + 104, "email")) == [person["id"]]
    assert found(search(call, "new@example.com", NOON + 106, "email")) == [person["id"]]


def test_a_create_whose_answer_was_lost_is_proved_by_a_later_search(pipedrive, call, key):
    pipedrive.fail_next(1, "timeout_after_effect", on="POST")
    call("POST", PERSONS, {"name": "Ada", "custom_fields": {key: "L1"}})

    assert found(search(call, "L1", NOON + 1)) == []
    assert len(found(search(call, "L1", NOON + 10))) == 1


def test_search_pages_with_a_cursor(call):
    for _ in range(5):
        call("POST", PERSONS, {"name": "Ada"})

    first = search(call, "Ada", NOON + 9, "name", limit=3)
    cursor = said(first)["additional_data"]["next_cursor"]
    second = search(call, "Ada", NOON + 9, "name", limit=3, cursor=cursor)

    assert found(first) + found(second) == [1, 2, 3, 4, 5]
    assert said(second)["additional_data"]["next_cursor"] is None


def test_a_search_that_is_not_exact_finds_parts(call):
    call("POST", PERSONS, {"name": "Ada Lovelace", "phones": [{"value": "555"}]})

    assert found(call("GET", f"{PERSONS}/search?term=lovel", at=NOON + 9)) == [1]


@pytest.mark.parametrize(
    "query",
    ["", "term=a", "term=&exact_match=true", "term=ab&fields=shoe", "term=ab&limit=501", "term=ab&cursor=x"],
)
def test_a_wrong_search_is_refused(call, query):
    assert refusal(call("GET", f"{PERSONS}/search?{query}")) == (400, "ERR_SCHEMA_VALIDATION_FAILED")


@pytest.mark.parametrize(
    "person",
    [
        {},
        {"name": 7},
        {"name": "Ada", "email": "ada@example.com"},
        {"name": "Ada", "emails": ["ada@example.com"]},
        {"name": "Ada", "phones": "555"},
        {"name": "Ada", "custom_fields": {"unknown": "L1"}},
        {"name": "Ada", "custom_fields": []},
        ["Ada"],
    ],
)
def test_a_wrong_person_is_refused(call, person):
    assert refusal(call("POST", PERSONS, person)) == (400, "ERR_SCHEMA_VALIDATION_FAILED")


def test_a_field_needs_a_name_and_a_type(call, key):
    for field in ({}, {"field_name": "x"}, {"field_name": "x", "field_type": "set"}):
        assert refusal(call("POST", "/api/v2/personFields", field))[0] == 400
    assert [one["field_code"] for one in said(call("GET", "/api/v2/personFields"))["data"]] == [key]


def test_a_person_that_is_unknown_or_deleted_is_not_found(pipedrive, call):
    call("POST", PERSONS, {"name": "Ada"})
    pipedrive.delete(1)

    assert refusal(call("GET", f"{PERSONS}/1")) == (404, "ERR_NOT_FOUND")
    assert refusal(call("PATCH", f"{PERSONS}/x", {})) == (404, "ERR_NOT_FOUND")


def test_a_token_or_a_bearer_opens_and_nothing_else(pipedrive):
    pipedrive.add_token("oauth-token")

    assert refusal(Caller(pipedrive)("GET", f"{PERSONS}/1")) == (401, "ERR_UNAUTHORIZED")
    assert Caller(pipedrive, authorization="Bearer oauth-token")("GET", f"{PERSONS}/1").status == 404


def test_a_burst_is_limited_and_says_when_to_come_again(pipedrive, call):
    pipedrive.set_limit("burst", 2)
    call("GET", f"{PERSONS}/1")
    last = call("GET", f"{PERSONS}/1")
    limited = call("GET", f"{PERSONS}/1", at=NOON + 0.5)

    assert (last.headers["x-ratelimit-limit"], last.headers["x-ratelimit-remaining"]) == ("2", "0")
    assert refusal(limited) == (429, "ERR_RATE_LIMIT")
    assert (limited.headers["retry-after"], limited.headers["x-ratelimit-reset"]) == ("2", "2")
    assert call("GET", f"{PERSONS}/1", at=NOON + 2).status == 404


def test_searches_have_a_burst_of_their_own(pipedrive, call):
    pipedrive.set_limit("search", 1)

    assert search(call, "L1").status == 200
    assert refusal(search(call, "L1")) == (429, "ERR_RATE_LIMIT")
    assert call("GET", f"{PERSONS}/1").status == 404


def test_the_day_has_a_budget_in_which_a_search_costs_twenty(pipedrive, call):
    pipedrive.set_limit("daily", 40)
    statuses = [search(call, "L1", NOON + n).status for n in range(3)]

    assert statuses == [200, 200, 429]
    assert search(call, "L1", NOON + 5).headers["retry-after"] == str(12 * 3600 - 5)
    assert search(call, "L1", NOON + 86400).status == 200


def test_who_goes_on_after_the_daily_refusals_is_blocked_until_the_day_is_over(pipedrive, call):
    pipedrive.set_limit("daily", 0)
    statuses = [call("GET", f"{PERSONS}/1", at=NOON + n).status for n in range(12)]

    assert statuses == [429] * 10 + [403] * 2
    pipedrive.set_limit("daily", 1)
    assert call("GET", f"{PERSONS}/1", at=NOON + 86400).status == 404


def test_the_ledger_knows_the_key_and_the_person(call, key):
    created = call(
        "POST",
        PERSONS,
        {"name": "Ada", "emails": [{"value": "ada@example.com"}], "custom_fields": {key: "L1"}},
    )

    assert created.facts.items() >= {"kind": "create", "person": "ada@example.com", "keys": ["L1"]}.items()
    assert search(call, "L1").facts == {"kind": "search", "key": "L1"}
