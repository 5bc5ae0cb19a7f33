"""Salesforce upserts by an external id and refuses with a list of error codes."""

from urllib.parse import urlencode

import pytest

from rapport_sandbox.fakes.salesforce import CLIENT_ID, CLIENT_SECRET, Salesforce
from tests.sandbox.fakes.calling import Caller, said

BASE = "/services/data/v62.0/sobjects"
ADA = f"{BASE}/Contact/Outreach_Lead_Id__c/L1"


@pytest.fixture
def salesforce():
    return Salesforce(public_url="http://127.0.0.1:1/salesforce")


def ask_token(salesforce, **changes):
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    body = urlencode({**form, **changes}).encode()
    return Caller(salesforce)("POST", "/services/oauth2/token", body=body)


@pytest.fixture
def call(salesforce):
    return Caller(salesforce, authorization=f"Bearer {said(ask_token(salesforce))['access_token']}")


def refusal(answer):
    [entry] = said(answer)
    assert entry["message"]
    assert not answer.effect
    return answer.status, entry["errorCode"]


def test_a_token_names_the_instance_and_no_expiry(salesforce):
    token = said(ask_token(salesforce))

    assert token["instance_url"] == "http://127.0.0.1:1/salesforce"
    assert set(token) == {"access_token", "instance_url", "token_type", "issued_at", "id", "signature"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_id": "x"}, "invalid_client_id"),
        ({"client_secret": "x"}, "invalid_client"),
    ],
)
def test_a_wrong_token_request_is_refused(salesforce, change, code):
    answer = ask_token(salesforce, **change)

    assert (answer.status, said(answer)["error"]) == (400, code)


def test_a_session_that_expired_asks_for_a_new_one(salesforce, call):
    salesforce.expire_sessions()

    assert refusal(call("PATCH", ADA, {"LastName": "L"})) == (401, "INVALID_SESSION_ID")


def test_an_upsert_creates_once_and_updates_after(call):
    created = call("PATCH", ADA, {"LastName": "Lovelace"})
    updated = call("PATCH", ADA, {"FirstName": "Ada"})

    assert (created.status, said(created)["created"]) == (201, True)
    assert (updated.status, said(updated)["created"]) == (200, False)
    assert said(created)["id"] == said(updated)["id"]
    assert said(call("GET", ADA)).items() >= {"FirstName": "Ada", "LastName": "Lovelace"}.items()


def test_an_update_may_answer_without_a_body(salesforce, call):
    call("PATCH", ADA, {"LastName": "Lovelace"})
    salesforce.bodiless_updates(on=True)

    updated = call("PATCH", ADA, {"FirstName": "Ada"})

    assert (updated.status, updated.body, updated.effect) == (204, b"", True)


def test_a_repeat_after_a_lost_answer_leaves_one_record(salesforce, call):
    salesforce.fail_next(1, "timeout_after_effect")
    call("PATCH", ADA, {"LastName": "Lovelace"})

    assert call("PATCH", ADA, {"LastName": "Lovelace"}).status == 200


def test_several_records_with_one_key_are_named_and_none_is_written(salesforce, call):
    ids = [salesforce.add_record("Contact", "l1", {"LastName": name}) for name in ("Ada", "Bo")]

    answer = call("PATCH", ADA, {"LastName": "Changed"})

    assert (answer.status, answer.effect) == (300, False)
    assert said(answer) == [f"{BASE}/Contact/{record_id}" for record_id in ids]
    assert call("GET", ADA).status == 300


def test_update_only_creates_nothing(salesforce, call):
    answer = call("PATCH", f"{ADA}?updateOnly=true", {"LastName": "Lovelace"})

    assert refusal(answer) == (404, "NOT_FOUND")
    assert refusal(call("GET", ADA)) == (404, "NOT_FOUND")


def test_a_deleted_record_is_created_anew(salesforce, call):
    first = said(call("PATCH", ADA, {"LastName": "Lovelace"}))["id"]
    salesforce.delete(first)

    assert call("PATCH", ADA, {"LastName": "Lovelace"}).status == 201


@pytest.mark.parametrize(
    ("path", "fields", "missing"),
    [
        ("Contact", {"FirstName": "Ada"}, ["LastName"]),
        ("Lead", {}, ["LastName", "Company"]),
        ("Lead", {"LastName": "Lovelace"}, ["Company"]),
    ],
)
def test_a_record_needs_its_required_fields(call, path, fields, missing):
    answer = call("PATCH", f"{BASE}/{path}/Outreach_Lead_Id__c/L1", fields)

    assert refusal(answer) == (400, "REQUIRED_FIELD_MISSING")
    assert said(answer)[0]["fields"] == missing


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"LastName": "L", "Nickname": "A"}', "INVALID_FIELD"),
        (b'{"LastName": "L", "Outreach_Lead_Id__c": "L1"}', "INVALID_FIELD"),
        (b"[]", "JSON_PARSER_ERROR"),
    ],
)
def test_a_wrong_body_is_refused(call, body, code):
    assert refusal(call("PATCH", ADA, body=body)) == (400, code)


def test_an_object_or_field_that_does_not_exist_is_not_found(salesforce, call):
    assert refusal(call("PATCH", f"{BASE}/Coffee/Outreach_Lead_Id__c/L1", {})) == (404, "NOT_FOUND")
    assert refusal(call("PATCH", f"{BASE}/Contact/Other__c/L1", {})) == (404, "NOT_FOUND")
    salesforce.drop_field("Contact")
    assert refusal(call("PATCH", ADA, {"LastName": "L"})) == (404, "NOT_FOUND")


def test_a_duplicate_rule_refuses_a_second_record_with_an_email(salesforce, call):
    salesforce.duplicate_rule(on=True)
    salesforce.add_record("Contact", None, {"LastName": "Lovelace", "Email": "ada@example.com"})

    answer = call("PATCH", ADA, {"LastName": "L", "Email": "Ada@example.com"})

    assert refusal(answer) == (400, "DUPLICATES_DETECTED")


def test_the_days_requests_run_out(salesforce, call):
    salesforce.set_limit("daily", 1)
    first = call("GET", ADA)

    assert first.headers["sforce-limit-info"] == "api-usage=1/1"
    assert refusal(call("GET", ADA)) == (403, "REQUEST_LIMIT_EXCEEDED")


def test_the_errors_nobody_can_provoke_can_be_ordered(salesforce, call):
    salesforce.fail_next(1, 400, reason="UNABLE_TO_LOCK_ROW")
    salesforce.fail_next(1, 503)

    assert refusal(call("PATCH", ADA, {"LastName": "L"})) == (400, "UNABLE_TO_LOCK_ROW")
    assert refusal(call("PATCH", ADA, {"LastName": "L"})) == (503, "SERVER_UNAVAILABLE")


def test_the_ledger_knows_the_key(call):
    facts = call("PATCH", ADA, {"LastName": "L", "Email": "ada@example.com"}).facts

    expected = {"kind": "upsert", "account": "Contact", "key": "L1", "person": "ada@example.com"}
    assert facts.items() >= expected.items()
