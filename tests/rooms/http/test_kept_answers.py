"""Answers from the cache: the same as fresh ones, never stale, and for nobody else."""

from __future__ import annotations

import pytest

from rapport.people import clients, users
from rapport.rules.permissions import Permission


@pytest.fixture
def path(stage) -> str:
    return f"/linkedin-accounts/{stage.account().id}"


def asked_twice(person, path: str, **more):
    person.get(path, **more)
    return person.get(path, **more)


def test_a_kept_answer_is_the_fresh_one_and_bears_the_same_headers(stage, path):
    fresh = stage.alice.get(path)
    kept = stage.alice.get(path)

    assert (fresh.headers["X-Cache"], kept.headers["X-Cache"]) == ("miss", "hit")
    assert kept.data == fresh.data
    changing = {"X-Cache", "X-Request-Id", "X-RateLimit-Remaining"}
    assert {name: value for name, value in kept.headers if name not in changing} == {
        name: value for name, value in fresh.headers if name not in changing
    }
    assert int(kept.headers["X-RateLimit-Remaining"]) == int(fresh.headers["X-RateLimit-Remaining"]) - 1


def test_a_kept_answer_that_the_caller_has_already_is_304(stage, path):
    etag = stage.alice.get(path).headers["ETag"]

    answer = stage.alice.get(path, headers={"If-None-Match": etag})

    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", etag)
    assert "Content-Type" not in answer.headers


def test_a_change_is_seen_by_the_next_read(stage, path):
    before = asked_twice(stage.alice, path)

    stage.alice.patch(path, {"name": "Somebody else"})

    after = stage.alice.get(path)
    assert (before.headers["X-Cache"], after.headers["X-Cache"]) == ("hit", "miss")
    assert after.json["name"] == "Somebody else"


def test_no_cache_asks_for_a_fresh_answer(stage, path):
    asked_twice(stage.alice, path)

    assert "X-Cache" not in stage.alice.get(path, headers={"Cache-Control": "no-cache"}).headers


def test_a_stranger_gets_nothing_of_what_was_kept_for_another(stage, path):
    assert asked_twice(stage.alice, path).headers["X-Cache"] == "hit"

    assert asked_twice(stage.carol, path).status_code == 404
    assert stage.nobody.get(path).status_code == 401
    assert stage.nobody.get(path, headers={"Authorization": "Bearer forged"}).status_code == 401


def test_a_key_without_the_permission_gets_nothing_of_what_was_kept(stage, path):
    asked_twice(stage.alice, path)

    assert asked_twice(stage.key(Permission.CALLBACKS, of=stage.acme), path).status_code == 403


def test_a_revoked_session_gets_nothing_of_what_was_kept_for_it(stage, path):
    assert asked_twice(stage.alice, path).headers["X-Cache"] == "hit"

    stage.alice.post("/auth/logout")

    assert stage.alice.get(path).status_code == 401


def test_who_lost_a_client_gets_nothing_of_what_was_kept(stage, path):
    assert asked_twice(stage.alice, path).headers["X-Cache"] == "hit"

    with stage.tx() as tx:
        clients.remove_member(tx, clients.get(tx, stage.acme.id), users.get(tx, stage.alice.id))

    assert stage.alice.get(path).status_code == 404


def test_kept_answers_count_against_the_limit(make_stage):
    stage = make_stage(settings={"RATE_LIMIT_PER_MINUTE": "3"})
    path = f"/linkedin-accounts/{stage.account().id}"

    statuses = [stage.alice.get(path).status_code for _ in range(5)]

    assert statuses == [200, 200, 200, 429, 429]
