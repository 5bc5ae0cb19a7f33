"""What a caller may send wrongly: each is a documented refusal, none is a failure of ours, nothing is half done."""

from __future__ import annotations

import gzip

import orjson
import pytest

from tests.http.asking import refused

OVER_THE_EDGE = ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00")
"""Instants that no other time zone can show."""


@pytest.mark.parametrize("instant", OVER_THE_EDGE)
def test_an_instant_at_the_edge_of_the_calendar_is_refused(shared, instant):
    task = {"type": "custom.task", "client_id": shared.acme.id, "run_at": instant}
    assert refused(shared.alice.post("/jobs", task), 422, "VALIDATION_FAILED")["run_at"]
    key = {"name": "n8n", "client_id": shared.acme.id, "scopes": ["read"], "expires_at": instant}
    assert refused(shared.alice.post("/api-keys", key), 422, "VALIDATION_FAILED")["expires_at"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/clients", {"name": "Acme", "timezone": "Europe/Berlin", "slug": "acme\n"}, "slug"),
        ("/users", {"email": "eve@agency.example\n", "name": "Eve", "role": "viewer", "password": "x" * 12}, "email"),
        (
            "/api-keys",
            {"name": "n", "scopes": ["read"], "client_id": "0190a1b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b\n"},
            "client_id",
        ),
    ],
)
def test_a_line_break_does_not_slip_in_behind_the_end_of_a_pattern(shared, path, body, field):
    assert field in refused(shared.root.post(path, body), 422, "VALIDATION_FAILED")


def test_a_key_for_a_client_that_does_not_exist_is_refused(stage):
    body = {"name": "n8n", "client_id": "0190a1b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b", "scopes": ["read"]}
    refused(stage.root.post("/api-keys", body), 404, "NOT_FOUND")
    assert stage.root.get("/api-keys").json["items"] == []


@pytest.mark.parametrize(
    ("path", "body", "field", "place"),
    [
        (
            "/users",
            {"email": "e@a.example", "name": "E", "role": "viewer", "password": "x" * 12, "client_ids": [1]},
            "client_ids",
            "0",
        ),
        ("/jobs/claim", {"types": ["custom.task", 7]}, "types", "1"),
        ("/api-keys", {"name": "n", "scopes": ["read", "everything"]}, "scopes", "1"),
    ],
)
def test_a_wrong_member_of_a_list_is_named_by_its_place(shared, path, body, field, place):
    assert place in refused(shared.root.post(path, body), 422, "VALIDATION_FAILED")[field]


@pytest.mark.parametrize(
    ("body", "good"),
    [
        ({"limit": 4}, True),
        ({"limit": 4.0}, True),
        ({"limit": True}, False),
        ({"limit": "4"}, False),
        ({"limit": 4.5}, False),
        ({"limit": 10**18}, False),
        ({"limit": -1e300}, False),
        ({"limit": None}, False),
        ({"limit": [4]}, False),
    ],
)
def test_a_whole_number_is_one_as_json_schema_means_it(shared, body, good):
    answer = shared.root.post("/jobs/claim", body)
    assert answer.status_code == (200 if good else 422), answer.data


@pytest.mark.parametrize(("value", "good"), [(True, True), (False, True), (0, False), (1, False), ("true", False)])
def test_a_flag_is_true_or_false_and_nothing_like_it(shared, value, good):
    body = {"client_id": shared.acme.id, "name": "Mira", "timezone": "Europe/Berlin", "warmup": value}
    assert shared.root.post("/linkedin-accounts", body).status_code == (201 if good else 422)


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1_0", " 5", "5 ", "٣", "1e2", "9" * 30, "", "NaN"])
def test_a_limit_is_written_in_digits_from_1_to_200(shared, limit):
    refused(shared.alice.get("/clients", query_string={"limit": limit}), 422, "VALIDATION_FAILED")


RAW = {
    "no JSON": b"{'name': 1}",
    "cut off": b'{"name": "Acme"',
    "two values": b'{"name": "Acme"} {}',
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": Infinity}',
    "a number too large for any machine": b'{"name": 1e400}',
    "bad UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "Acme"}'.encode("utf-16"),
    "a lone surrogate": b'{"name": "\\ud800"}',
    "a raw control character": b'{"name": "\x00"}',
    "deep nesting": b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "the same name twice": b'{"name": "Acme", "timezone": "UTC", "name": "Globex"}',
    "the same name twice, deep inside": b'{"name": "Acme", "timezone": "UTC", "report_preferences": {"a": 1, "a": 2}}',
    "a gzip bomb": gzip.compress(b'{"name": "' + b"A" * 50_000_000 + b'"}'),
}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW.keys())
def test_a_body_that_is_no_json_is_malformed(shared, raw):
    before = shared.root.get("/clients").json
    refused(shared.root.post("/clients", data=raw, content_type="application/json"), 400, "MALFORMED_JSON")
    assert shared.root.get("/clients").json == before


@pytest.mark.parametrize("body", [[], "text", 1, None, True])
def test_a_body_that_is_no_object_is_refused(shared, body):
    answer = shared.root.post("/clients", data=orjson.dumps(body), content_type="application/json")
    refused(answer, 422, "VALIDATION_FAILED")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Ac\x00me", "timezone": "Europe/Berlin"},
        {"name": "Acme", "timezone": "Europe/Berlin\x00"},
        {"name\x00": "Acme"},
    ],
)
def test_nul_characters_are_refused_wherever_they_stand(shared, body):
    refused(shared.root.post("/clients", body), 422, "VALIDATION_FAILED")


def test_nul_characters_are_refused_in_free_payloads_filters_and_paths(shared):
    job = {"type": "custom.task", "client_id": shared.acme.id}
    for payload in ({"a": "\x00"}, {"\x00": 1}, {"a": [{"b": ["\x00"]}]}):
        refused(shared.root.post("/jobs", {**job, "payload": payload}), 422, "VALIDATION_FAILED")
    refused(shared.root.get("/clients?filter[name]=a%00b"), 422, "VALIDATION_FAILED")
    refused(shared.root.get("/clients/%00"), 404, "NOT_FOUND")
    refused(shared.root.post("/admin/consumers/%00/rewind", {"client_id": shared.acme.id}), 404, "NOT_FOUND")


def test_unknown_fields_are_refused_by_name_at_every_depth(shared):
    body = {"name": "Acme", "timezone": "Europe/Berlin", "id": "mine", "report_preferences": {"hour": 8, "secret": 1}}
    details = refused(shared.root.post("/clients", body), 422, "VALIDATION_FAILED")
    assert details == {"id": ["Unknown field."], "report_preferences": {"secret": ["Unknown field."]}}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "nonsense"])
def test_a_body_of_another_type_is_refused(shared, kind):
    answer = shared.root.post("/clients", data=b'{"name": "Acme"}', content_type=kind)
    refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_beyond_the_limit_is_refused_and_one_within_is_read(make_stage):
    stage = make_stage(settings={"MAX_BODY_BYTES": "2048"})
    for size, status in ((1800, 202), (2100, 413), (5_000_000, 413)):
        body = {"type": "custom.task", "client_id": stage.acme.id, "payload": {"text": "x" * (size - 100)}}
        answer = stage.root.post("/jobs", body)
        assert answer.status_code == status
    refused(answer, 413, "BODY_TOO_LARGE")


def test_a_body_that_nobody_reads_is_measured_when_a_key_makes_it_count(make_stage):
    stage = make_stage(settings={"MAX_BODY_BYTES": "2048"})
    path = f"/clients/{stage.acme.id}/archive"
    answer = stage.root.post(path, data=b"x" * 5000, headers={"Idempotency-Key": "k"})
    refused(answer, 413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    "query",
    [
        "filter[nobody]=1",
        "filter[name][like]=1",
        "filter[name=1",
        "filter[created_at][gt]=yesterday",
        "filter[created_at][gt]=2026-03-02T09:00:00",
        "filter[created_at][gt]=9999-12-31T23:59:59-12:00",
        "filter[archived_at][is_null]=maybe",
        "filter[name]=" + "x" * 201,
        "filter[name][in]=" + ",".join(["x"] * 101),
        "sort=password_hash",
        "sort=name;drop table client",
        "order=sideways",
        "unknown=1",
        "limit=5&limit=6",
        "cursor=",
    ],
)
def test_a_query_that_is_not_on_the_list_is_refused_by_name(shared, query):
    details = refused(shared.root.get(f"/clients?{query}"), 422, "VALIDATION_FAILED")
    assert next(iter(details)).startswith(query.split("=")[0].split("[")[0])


@pytest.mark.parametrize(
    "query", ["filter[name]=%ff%fe", "filter[name]=%ed%a0%80", "filter[name][contains]=%25_%5c'\""]
)
def test_odd_characters_in_a_filter_match_nothing_and_break_nothing(stage, query):
    stage.client("Acme")
    answer = stage.root.get(f"/clients?{query}")
    assert (answer.status_code, answer.json["items"]) == (200, [])
