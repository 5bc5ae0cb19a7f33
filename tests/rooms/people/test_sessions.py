"""A session is a family of refresh tokens: rotated, never used twice, ended in many ways."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from rapport.people import clients, users
from rapport.rules.permissions import Role
from tests.rooms.people.test_signing_in import sign_in, told
from tests.stage import PASSWORD, Person, Stage

BOUND = 5
"""AUTH_CACHE_SECONDS: how long another process may believe what was revoked. The documented bound is 30."""


def refresh(stage: Stage, token: str) -> Any:
    return stage.app.test_client().post("/api/v1/auth/refresh", json={"refresh_token": token})


def works(stage: Stage, access_token: str) -> bool:
    answer = stage.nobody.get("/auth/me", headers={"Authorization": f"Bearer {access_token}"})
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def tokens_of(stage: Stage, name: str = "Alice") -> dict[str, Any]:
    user = stage.user(name, Role.AGENT, stage.acme)
    return sign_in(stage, user.email).json


def test_a_refresh_gives_new_tokens_of_the_same_session(stage):
    first = tokens_of(stage)

    second = refresh(stage, first["refresh_token"]).json

    assert second["session_id"] == first["session_id"]
    assert second["refresh_token"] != first["refresh_token"]
    assert works(stage, second["access_token"])
    assert refresh(stage, second["refresh_token"]).status_code == 200


def test_a_reused_refresh_token_ends_the_family(stage):
    first = tokens_of(stage)
    second = refresh(stage, first["refresh_token"]).json

    reused = refresh(stage, first["refresh_token"])

    assert (reused.status_code, reused.json["code"]) == (401, "REFRESH_REUSED")
    assert refresh(stage, second["refresh_token"]).json["code"] == "REFRESH_INVALID"
    assert not works(stage, first["access_token"])
    assert not works(stage, second["access_token"])
    assert [each for each, _ in told(stage, "auth.refresh_reused")] == ["auth.refresh_reused"]


def test_a_reuse_leaves_the_users_other_sessions_alone(stage):
    first = tokens_of(stage)
    other = sign_in(stage, "alice@agency.example").json
    refresh(stage, first["refresh_token"])

    refresh(stage, first["refresh_token"])

    assert works(stage, other["access_token"])
    assert refresh(stage, other["refresh_token"]).status_code == 200


@pytest.mark.parametrize("number", [2, 5])
def test_refreshes_that_race_never_leave_two_live_families(stage, number):
    for _round in range(4):
        user = stage.user(f"Racer {stage.number()}".replace(" ", ""), Role.AGENT)
        first = sign_in(stage, user.email).json
        stage.wait(minutes=1)
        barrier = Barrier(number)

        def race(_n: int, barrier: Barrier = barrier, first: Any = first) -> Any:
            barrier.wait(10)
            return refresh(stage, first["refresh_token"])

        with ThreadPoolExecutor(number) as pool:
            answers = list(pool.map(race, range(number)))

        assert all(each.status_code in (200, 401) for each in answers), [each.status_code for each in answers]
        winners = [each.json for each in answers if each.status_code == 200]
        assert len(winners) == 1
        # The losers showed a used token, so the winner's family is at an end as well: none lives.
        assert not works(stage, winners[0]["access_token"])
        assert refresh(stage, winners[0]["refresh_token"]).status_code == 401


def test_a_session_ends_when_it_is_not_used_for_its_life(stage):
    first = tokens_of(stage)
    stage.wait(days=29)
    second = refresh(stage, first["refresh_token"])
    assert second.status_code == 200
    stage.wait(days=29)
    third = refresh(stage, second.json["refresh_token"])
    assert third.status_code == 200
    stage.wait(days=30, seconds=1)

    assert refresh(stage, third.json["refresh_token"]).json["code"] == "REFRESH_INVALID"


def test_no_made_up_token_refreshes(stage):
    first = tokens_of(stage)
    for wrong in ("rr_", "rr_" + "A" * 43, first["access_token"][:200], first["refresh_token"].upper(), " "):
        assert refresh(stage, wrong).json["code"] == "REFRESH_INVALID"


def test_logout_ends_this_session_and_no_other(stage):
    mine = tokens_of(stage)
    other = sign_in(stage, "alice@agency.example").json

    stage.nobody.post("/auth/logout", headers={"Authorization": f"Bearer {mine['access_token']}"})

    assert not works(stage, mine["access_token"])
    assert refresh(stage, mine["refresh_token"]).status_code == 401
    assert works(stage, other["access_token"])


def test_sessions_are_listed_to_their_owner_and_can_be_ended_one_by_one(stage):
    alice = stage.alice
    other = stage.signed_in(stage.user("Bert", Role.AGENT))
    second = sign_in(stage, "alice@agency.example").json

    listed = {row["id"] for row in alice.get("/auth/sessions").json["items"]}
    assert listed == {alice.session_id, second["session_id"]}
    assert alice.delete(f"/auth/sessions/{other.session_id}").status_code == 404
    assert alice.delete(f"/auth/sessions/{second['session_id']}").status_code == 204
    assert alice.delete(f"/auth/sessions/{second['session_id']}").status_code == 404
    assert not works(stage, second["access_token"])
    assert [row["id"] for row in alice.get("/auth/sessions").json["items"]] == [alice.session_id]
    assert other.get("/auth/me").status_code == 200


def test_all_sessions_but_this_one_can_be_ended(stage):
    alice = stage.alice
    others = [sign_in(stage, "alice@agency.example").json for _ in range(3)]

    assert alice.post("/auth/sessions/end-others").json == {"ended": 3}

    assert alice.get("/auth/me").status_code == 200
    assert not any(works(stage, each["access_token"]) for each in others)


def test_a_new_password_ends_all_other_sessions(stage):
    alice = stage.alice
    other = sign_in(stage, "alice@agency.example").json
    wrong = {"current_password": "not the password", "new_password": "a longer staple"}
    assert alice.post("/auth/password", wrong).json["code"] == "PASSWORD_WRONG"
    assert works(stage, other["access_token"])

    changed = alice.post("/auth/password", {"current_password": PASSWORD, "new_password": "a longer staple"})

    assert changed.status_code == 204
    assert alice.get("/auth/me").status_code == 200
    assert not works(stage, other["access_token"])
    assert refresh(stage, other["refresh_token"]).status_code == 401
    assert sign_in(stage, "alice@agency.example").status_code == 401
    assert sign_in(stage, "alice@agency.example", "a longer staple").status_code == 200
    assert told(stage, "auth.password_changed") == [("auth.password_changed", alice.id)]


def _signed_out(stage: Stage, person: Person) -> None:
    assert person.post("/auth/logout").status_code == 204


def _deleted(stage: Stage, person: Person) -> None:
    assert stage.root.delete(f"/users/{person.id}").status_code == 204


def _deactivated(stage: Stage, person: Person) -> None:
    assert stage.root.patch(f"/users/{person.id}", {"active": False}).status_code == 200


def _password_given(stage: Stage, person: Person) -> None:
    assert stage.root.post(f"/users/{person.id}/password", {"password": "given by an admin"}).status_code == 204


def _sent_out(stage: Stage, person: Person) -> None:
    assert stage.root.post(f"/users/{person.id}/sign-out").json == {"ended": 1}


def test_whoever_is_revoked_is_refused_here_at_once_and_elsewhere_within_the_bound(make_stage):
    stage = make_stage()
    elsewhere = make_stage()
    for revoke in (_signed_out, _deleted, _deactivated, _password_given, _sent_out):
        elsewhere.clock.set(stage.clock.now())
        person = stage.person(f"P{stage.number()}", Role.AGENT, stage.acme)
        there = Person(elsewhere, person.name, person.credential)
        assert person.get("/auth/me").status_code == there.get("/auth/me").status_code == 200

        revoke(stage, person)

        assert person.get("/auth/me").status_code == 401, revoke.__name__
        assert there.get("/auth/me").status_code == 200, "the bound below would prove nothing"
        elsewhere.wait(seconds=BOUND)
        assert there.get("/auth/me").status_code == 401, revoke.__name__


def test_a_lesser_role_and_a_lost_membership_hold_here_at_once_and_elsewhere_within_the_bound(make_stage):
    stage = make_stage()
    elsewhere = make_stage()
    alice = stage.alice
    there = Person(elsewhere, "Alice", alice.credential)
    account = stage.account()
    path = f"/linkedin-accounts/{account.id}"
    assert alice.post(f"{path}/resume").status_code == there.post(f"{path}/resume").status_code == 200

    assert stage.root.patch(f"/users/{alice.id}", {"role": "viewer"}).status_code == 200

    assert alice.post(f"{path}/resume").status_code == 403
    elsewhere.wait(seconds=BOUND)
    assert there.post(f"{path}/resume").status_code == 403
    assert there.get(path).status_code == 200

    with stage.tx() as tx:
        clients.remove_member(tx, clients.get(tx, stage.acme.id), users.get(tx, alice.id))

    assert alice.get(path).status_code == 404
    elsewhere.wait(seconds=BOUND)
    assert there.get(path).status_code == 404
