"""API keys: shown once, kept as a hash, never stronger than whoever made them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from rapport.kernel.crypto import token_hash
from rapport.people.models import ApiKey
from rapport.rules.permissions import Permission, Role
from tests.rooms.people.test_signing_in import told
from tests.stage import Person, Stage


def made(stage: Stage, by: Person, **more: object):
    return by.post("/api-keys", {"name": "n8n", "client_id": stage.acme.id, "scopes": ["read"], **more})


def holder(stage: Stage, key: str) -> Person:
    return Person(stage, "a program", key)


def test_a_key_is_shown_once_and_kept_as_a_hash_with_its_beginning(stage):
    answer = made(stage, stage.alice)

    key = answer.json["key"]
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert key.startswith(answer.json["prefix"])
    assert len(key) > 40
    path = f"/api-keys/{answer.json['id']}"
    for later in (stage.alice.get(path), stage.alice.get("/api-keys"), stage.root.get(path)):
        assert key not in later.text
        assert key[12:] not in later.text
    with stage.reading() as reading:
        row = reading.session.get_one(ApiKey, answer.json["id"])
    assert row.key_hash == token_hash(key)
    assert key not in str(vars(row))


def test_a_key_opens_by_either_header_and_only_whole(stage):
    key = made(stage, stage.alice).json["key"]

    assert holder(stage, key).get("/auth/me").json["kind"] == "api_key"
    assert stage.nobody.get("/auth/me", headers={"X-API-Key": key}).status_code == 200
    for wrong in (key[:-1], key + "A", key.swapcase(), key.removeprefix("rk_"), "rk_", f"rk_{'A' * 43}"):
        assert stage.nobody.get("/auth/me", headers={"X-API-Key": wrong}).status_code == 401
        assert holder(stage, wrong).get("/auth/me").status_code == 401


def test_a_key_does_what_its_scopes_say_and_no_more(stage):
    account = stage.account()
    reader = holder(stage, made(stage, stage.alice, scopes=["read"]).json["key"])
    writer = holder(stage, made(stage, stage.alice, scopes=["read", "write"]).json["key"])

    assert reader.get(f"/linkedin-accounts/{account.id}").status_code == 200
    assert reader.post(f"/linkedin-accounts/{account.id}/resume").status_code == 403
    assert writer.post(f"/linkedin-accounts/{account.id}/resume").status_code == 200
    assert writer.get("/auth/sessions").status_code == 403
    assert writer.get("/users").status_code == 403


def test_a_key_sees_its_client_only(stage):
    stage.account("of Globex", of=stage.globex)
    stage.account("of Acme")
    key = holder(stage, made(stage, stage.root).json["key"])

    assert [row["name"] for row in key.get("/linkedin-accounts").json["items"]] == ["of Acme"]
    assert [row["id"] for row in key.get("/clients").json["items"]] == [stage.acme.id]


def test_nobody_gives_a_key_more_than_they_have(stage):
    for scopes in (["manage"], ["metrics"], ["read", "manage"]):
        assert made(stage, stage.alice, scopes=scopes).json["details"].keys() == {"scopes"}
    assert made(stage, stage.alice, client_id=stage.globex.id).status_code == 404
    assert made(stage, stage.alice, client_id=None).status_code == 422
    assert made(stage, stage.bob).status_code == 403
    assert made(stage, stage.root, scopes=["manage"]).status_code == 422, "a client's key cannot manage the agency"
    assert made(stage, stage.root, client_id=None, scopes=["manage"]).status_code == 201


def test_a_key_makes_no_key_that_may_more_than_itself(stage):
    writer = stage.key(Permission.WRITE, of=stage.acme)

    assert made(stage, writer, scopes=["jobs", "callbacks"]).status_code == 422
    assert made(stage, writer, scopes=["read"]).status_code == 422
    assert made(stage, writer, scopes=["write"]).status_code == 201


def test_a_key_for_a_client_that_does_not_exist_is_not_made(stage):
    unknown = made(stage, stage.root, client_id="0190a1b2-ffff-7e4f-8a9b-0c1d2e3f4a5b")

    assert (unknown.status_code, unknown.json["code"]) == (404, "NOT_FOUND")


def test_a_key_ends_at_its_term(stage):
    ends = stage.clock.now() + timedelta(minutes=10)
    key = holder(stage, made(stage, stage.alice, expires_at=ends.isoformat()).json["key"])
    assert key.get("/auth/me").status_code == 200

    stage.clock.set(ends - timedelta(seconds=1))
    assert key.get("/auth/me").status_code == 200
    stage.clock.set(ends)
    assert key.get("/auth/me").status_code == 401
    past = made(stage, stage.alice, expires_at=(ends - timedelta(hours=1)).isoformat())
    assert past.json["details"].keys() == {"expires_at"}
    assert made(stage, stage.alice, expires_at="2026-03-02T10:00:00").status_code == 422, "an instant has a zone"


def test_when_a_key_was_last_used_is_kept_to_the_minute(stage):
    answer = made(stage, stage.alice).json
    key, path = holder(stage, answer["key"]), f"/api-keys/{answer['id']}"
    assert stage.alice.get(path).json["last_used_at"] is None

    key.get("/auth/me")
    first = stage.alice.get(path).json["last_used_at"]
    stage.wait(seconds=30)
    key.get("/auth/me")
    assert stage.alice.get(path).json["last_used_at"] == first == "2026-03-02T09:00:00Z"
    stage.wait(seconds=31)
    key.get("/auth/me")
    assert stage.alice.get(path).json["last_used_at"] == "2026-03-02T09:01:01Z"


def test_a_revoked_key_is_refused_at_once_and_it_is_told(stage):
    answer = made(stage, stage.alice).json
    key = holder(stage, answer["key"])
    assert key.get("/auth/me").status_code == 200

    assert stage.alice.delete(f"/api-keys/{answer['id']}").status_code == 204
    assert stage.alice.delete(f"/api-keys/{answer['id']}").status_code == 204

    assert key.get("/auth/me").status_code == 401
    assert stage.alice.get(f"/api-keys/{answer['id']}").json["revoked_at"] == "2026-03-02T09:00:00Z"
    assert told(stage, "api_key.created", "api_key.revoked") == [
        ("api_key.created", stage.alice.id),
        ("api_key.revoked", stage.alice.id),
    ]


def test_no_stored_column_holds_a_secret_in_clear(stage):
    """A key, a refresh token and a password, searched for in every text of the database."""
    from rapport.assembly import METADATA
    from tests.rooms.people.test_signing_in import sign_in

    key = made(stage, stage.alice).json["key"]
    tokens = sign_in(stage, "alice@agency.example", "correct horse battery").json
    secrets = [key, tokens["refresh_token"], tokens["access_token"], "correct horse battery"]
    found = []
    with stage.service.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(select(table)):
                found += [table.name for value in row for secret in secrets if secret in str(value)]

    assert found == []


def standing(person):
    """How a key is met: may it read, may it write?"""
    read = person.get("/linkedin-accounts").status_code
    return read, person.post("/linkedin-accounts", {}).status_code


def test_a_key_may_no_more_than_its_maker_may_now(stage):
    key = stage.key(Permission.READ, Permission.WRITE, of=stage.acme, by=stage.alice)
    child = holder(stage, made(stage, key, scopes=["read", "write"]).json["key"])
    of_root = stage.key(Permission.READ, Permission.WRITE, of=stage.acme)
    path = f"/users/{stage.alice.id}"
    assert standing(key) == standing(child) == standing(of_root) == (200, 422)

    assert stage.root.patch(path, {"role": "viewer"}).status_code == 200
    assert standing(key) == standing(child) == (200, 403)

    assert stage.root.patch(path, {"role": "agent"}).status_code == 200
    assert standing(key) == standing(child) == (200, 422)

    assert stage.root.patch(path, {"active": False}).status_code == 200
    assert standing(key) == standing(child) == (401, 401)
    assert standing(of_root) == (200, 422), "the control: another's key is as it was"


def test_a_key_ends_with_its_makers_membership(stage):
    key = stage.key(Permission.READ, of=stage.acme, by=stage.alice)
    assert key.get("/auth/me").status_code == 200

    assert stage.root.delete(f"/clients/{stage.acme.id}/members/{stage.alice.id}").status_code == 204

    assert key.get("/auth/me").status_code == 401


def test_an_agency_wide_key_ends_when_its_maker_is_no_admin_any_more(stage):
    other = stage.person("Otto", Role.ADMIN)
    key = stage.key(Permission.READ, Permission.MANAGE, by=other)
    assert key.get("/users").status_code == 200

    assert stage.root.patch(f"/users/{other.id}", {"role": "agent"}).status_code == 200

    assert key.get("/clients").status_code == 401


def test_the_keys_of_a_deleted_user_are_revoked_and_the_log_says_so(stage):
    key = stage.key(Permission.READ, of=stage.acme, by=stage.alice)

    assert stage.root.delete(f"/users/{stage.alice.id}").status_code == 204

    assert key.get("/auth/me").status_code == 401
    assert stage.root.get(f"/api-keys/{key.id}").json["revoked_at"] is not None
    assert told(stage, "api_key.revoked") == [("api_key.revoked", stage.root.id)]


def test_a_makers_loss_reaches_another_process_within_the_bound(make_stage):
    stage = make_stage()
    elsewhere = make_stage()
    key = stage.key(Permission.READ, Permission.WRITE, of=stage.acme, by=stage.alice)
    there = holder(elsewhere, key.credential)
    assert standing(there) == (200, 422)

    assert stage.root.patch(f"/users/{stage.alice.id}", {"role": "viewer"}).status_code == 200

    elsewhere.wait(seconds=30)
    assert standing(there) == (200, 403)
