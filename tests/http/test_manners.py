"""What every answer has in common: one shape of error, request ids, limits, security headers, ETags, no stale cache."""

from __future__ import annotations

import contextlib

import pytest
from sqlalchemy import create_engine, text

from rapport.rules.permissions import Permission, Role
from tests.http.asking import refused
from tests.stage import PRODUCTION

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
UNKNOWN = "0190a1b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b"


@contextlib.contextmanager
def nobody_can_write(stage):
    """Another connection holds what every write of a client needs."""
    engine = create_engine(stage.database.url)
    with engine.connect() as holder:
        if stage.database.kind == "sqlite":
            holder.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            holder.execute(text("LOCK TABLE client, event_stream IN ACCESS EXCLUSIVE MODE"))
        yield
        holder.rollback()
    engine.dispose()


# Errors


def test_what_is_not_there_is_404_in_the_one_shape(shared):
    for path in (
        "/nothing",
        "/clients/not-an-id",
        f"/clients/{UNKNOWN}",
        "/docs/secret.txt",
        "/docs/..%2f..%2fsetup.py",
    ):
        refused(shared.root.get(path), 404, "NOT_FOUND")


def test_a_wrong_method_is_405_and_says_which_are_right(shared):
    answer = shared.root.call("PUT", "/clients")
    refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
    refused(shared.root.call("BREW", "/clients"), 405, "METHOD_NOT_ALLOWED")


def test_a_poll_that_claims_is_not_done_by_head(shared):
    assert shared.root.call("HEAD", "/jobs/next").status_code == 405
    assert shared.root.call("HEAD", "/clients").status_code == 200


def test_a_defect_is_500_without_a_word_about_the_inside(stage):
    @stage.app.get("/api/v1/defect")
    def defect():
        raise RuntimeError("SELECT secret FROM /src/rapport/inside.py")

    answer = stage.root.get("/defect")
    refused(answer, 500, "INTERNAL")
    assert b"secret" not in answer.data
    assert b"Traceback" not in answer.data


def test_a_database_that_does_not_answer_is_503_and_nothing_was_changed(make_stage):
    stage = make_stage(settings={"DB_WAIT_SECONDS": "0.3"})
    body = {"name": "Acme", "timezone": "Europe/Berlin"}
    assert stage.root.get("/auth/me").status_code == 200
    with nobody_can_write(stage):
        answer = stage.root.post("/clients", body)
    refused(answer, 503, "UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) >= 1
    assert stage.root.get("/clients").json["items"] == []
    assert stage.root.post("/clients", body).status_code == 201


# Request ids, rate limits, headers


def test_a_request_id_comes_back_and_a_wild_one_is_replaced(shared):
    assert shared.root.get("/auth/me", headers={"X-Request-Id": "trace-0042"}).headers["X-Request-Id"] == "trace-0042"
    for wild in ("short", "x" * 65, "with blank in", "<script>alert(1)", ""):
        given = shared.root.get("/auth/me", headers={"X-Request-Id": wild}).headers["X-Request-Id"]
        assert given != wild
        assert 8 <= len(given) <= 64
    seen = {shared.root.get("/auth/me").headers["X-Request-Id"] for _ in range(20)}
    assert len(seen) == 20


def test_requests_beyond_the_limit_are_429_until_the_minute_ends(make_stage):
    stage = make_stage(settings={"RATE_LIMIT_PER_MINUTE": "3"})
    left = []
    for _ in range(3):
        answer = stage.alice.get("/auth/me")
        left.append((answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]))
    assert left == [("3", "2"), ("3", "1"), ("3", "0")]
    answer = stage.alice.get("/auth/me")
    refused(answer, 429, "RATE_LIMITED")
    assert answer.headers["Retry-After"] == answer.headers["X-RateLimit-Reset"] == "60"
    assert stage.bob.get("/auth/me").status_code == 200, "another caller has a limit of their own"
    assert stage.nobody.get("/health/live", headers={}).status_code == 200, "probes are not limited"
    stage.wait(seconds=60)
    assert stage.alice.get("/auth/me").status_code == 200


def test_every_answer_has_the_security_headers(shared):
    for answer in (
        shared.nobody.get("/clients"),
        shared.root.get("/clients"),
        shared.root.get("/nothing"),
        shared.nobody.get("/docs"),
        shared.nobody.get("/health/live"),
        shared.nobody.get("/openapi.json"),
        shared.root.call("BREW", "/clients"),
    ):
        assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "Strict-Transport-Security" not in answer.headers
        assert "Server" not in answer.headers
        assert answer.headers.getlist("Set-Cookie") == []


def test_production_insists_on_https(make_stage):
    stage = make_stage(settings=PRODUCTION)
    assert "max-age=31536000" in stage.nobody.get("/health/live").headers["Strict-Transport-Security"]


def test_tokens_and_secrets_are_not_to_be_stored(shared):
    user = shared.user("Frida", Role.VIEWER, shared.acme)
    body = {"email": user.email, "password": "correct horse battery"}
    assert shared.nobody.post("/auth/login", body).headers["Cache-Control"] == "no-store"
    key = {"name": "n8n", "client_id": shared.acme.id, "scopes": ["read"]}
    assert shared.alice.post("/api-keys", key).headers["Cache-Control"] == "no-store"


# Other origins

ELSEWHERE = "https://console.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


def test_no_other_origin_may_ask_by_default(shared):
    for answer in (
        shared.root.get("/clients", headers={"Origin": ELSEWHERE}),
        shared.nobody.call("OPTIONS", "/clients", headers={"Origin": ELSEWHERE, **PREFLIGHT}),
    ):
        assert [name for name, _ in answer.headers if name.startswith("Access-Control-Allow")] == []


def test_an_origin_of_the_setting_may_ask_and_no_other(make_stage):
    stage = make_stage(settings={"CORS_ORIGINS": f"{ELSEWHERE}, https://other.example"})
    asked = stage.nobody.call("OPTIONS", "/clients", headers={"Origin": ELSEWHERE, **PREFLIGHT})
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == ELSEWHERE
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in asked.headers
    answer = stage.root.get("/clients", headers={"Origin": ELSEWHERE})
    assert answer.headers["Access-Control-Allow-Origin"] == ELSEWHERE
    assert "Origin" in answer.headers["Vary"]
    for stranger in ("https://evil.example", "null", f"{ELSEWHERE}.evil.example", "http://console.example"):
        refused_origin = stage.root.get("/clients", headers={"Origin": stranger})
        assert "Access-Control-Allow-Origin" not in refused_origin.headers


# ETags


def test_an_unchanged_row_is_304_and_a_changed_one_is_sent(stage):
    path = f"/clients/{stage.acme.id}"
    first = stage.alice.get(path)
    again = stage.alice.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert stage.alice.get(path, headers={"If-None-Match": f'"else", W/{first.headers["ETag"]}'}).status_code == 304
    stage.alice.patch(path, {"name": "Acme & Sons"})
    changed = stage.alice.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json["name"] == "Acme & Sons"


def test_a_write_meant_for_another_state_is_412_and_changes_nothing(stage):
    path = f"/clients/{stage.acme.id}"
    known = stage.alice.get(path).headers["ETag"]
    done = stage.alice.patch(path, {"name": "First"}, headers={"If-Match": known})
    assert done.status_code == 200
    refused(stage.alice.patch(path, {"name": "Second"}, headers={"If-Match": known}), 412, "PRECONDITION_FAILED")
    assert stage.alice.get(path).json["name"] == "First"
    assert stage.alice.get(path).headers["ETag"] == done.headers["ETag"], "a write's ETag is the row's"
    assert stage.alice.patch(path, {"name": "Third"}, headers={"If-Match": done.headers["ETag"]}).status_code == 200
    account = stage.account()
    wrong = {"If-Match": '"0123"'}
    refused(stage.alice.delete(f"/linkedin-accounts/{account.id}", headers=wrong), 412, "PRECONDITION_FAILED")
    assert stage.alice.get(f"/linkedin-accounts/{account.id}").status_code == 200


# The cache


def test_a_cached_answer_is_given_again_until_a_write_and_never_after(stage):
    path = f"/clients/{stage.acme.id}"
    assert [stage.alice.get(path).headers["X-Cache"] for _ in range(3)] == ["miss", "hit", "hit"]
    for number in range(10):
        stage.alice.patch(path, {"name": f"Acme {number}"})
        assert stage.alice.get(path).json["name"] == f"Acme {number}"
        assert stage.alice.get("/clients").json["items"][0]["name"] == f"Acme {number}"
    assert stage.alice.get(path).headers["X-Cache"] == "hit"
    assert stage.alice.get(path, headers={"Cache-Control": "no-cache"}).headers.get("X-Cache") is None


def test_a_write_behind_the_api_is_seen_by_the_next_read(stage):
    stage.account("Mira")
    assert [each["name"] for each in stage.alice.get("/linkedin-accounts").json["items"]] == ["Mira"]
    assert stage.alice.get("/linkedin-accounts").headers["X-Cache"] == "hit"
    stage.account("Jonas")
    assert {each["name"] for each in stage.alice.get("/linkedin-accounts").json["items"]} == {"Mira", "Jonas"}


def test_the_cache_never_gives_one_callers_bytes_to_another(stage):
    stage.account("Mira", of=stage.acme)
    stage.account("Kim", of=stage.globex)
    people = {"alice": {"Mira"}, "carol": {"Kim"}, "root": {"Mira", "Kim"}, "bob": {"Mira"}}
    for _ in range(3):
        for name, sees in people.items():
            answer = getattr(stage, name).get("/linkedin-accounts")
            assert {each["name"] for each in answer.json["items"]} == sees
    key = stage.key(Permission.READ, of=stage.globex)
    assert {each["name"] for each in key.get("/linkedin-accounts").json["items"]} == {"Kim"}
    stage.root.put(f"/clients/{stage.globex.id}/members/{stage.alice.id}")
    assert len(stage.alice.get("/linkedin-accounts").json["items"]) == 2, "a new membership shows at once"
    stage.root.delete(f"/clients/{stage.globex.id}/members/{stage.alice.id}")
    assert len(stage.alice.get("/linkedin-accounts").json["items"]) == 1, "and an ended one hides at once"


@pytest.mark.parametrize("seconds", ["0", "300"])
def test_answers_are_the_same_bytes_with_and_without_the_cache(make_stage, seconds):
    stage = make_stage(settings={"CACHE_SECONDS": seconds})
    stage.account()
    first, second = stage.alice.get("/linkedin-accounts"), stage.alice.get("/linkedin-accounts")
    assert first.data == second.data
    assert ("X-Cache" in second.headers) == (seconds != "0")
