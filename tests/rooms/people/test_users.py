"""Users: added, changed and deleted by admins; there is always one of those."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from rapport.people.models import Membership, UserSession
from rapport.rules.permissions import Role
from tests.rooms.people.test_signing_in import sign_in, told
from tests.stage import PASSWORD, Person, Stage


def new(stage: Stage, **more: object) -> dict[str, object]:
    return {
        "email": "new@agency.example",
        "name": "New",
        "role": "agent",
        "password": PASSWORD,
        "client_ids": [stage.acme.id],
        **more,
    }


def test_an_admin_adds_a_user_who_can_sign_in_and_sees_their_clients_only(stage):
    added = stage.root.post("/users", new(stage))

    assert added.status_code == 201
    assert added.json["client_ids"] == [stage.acme.id]
    assert PASSWORD not in added.text
    assert "password" not in added.text
    token = sign_in(stage, "new@agency.example").json["access_token"]
    listed = stage.nobody.get("/clients", headers={"Authorization": f"Bearer {token}"}).json["items"]
    assert stage.globex.id
    assert [client["id"] for client in listed] == [stage.acme.id]
    assert ("user.created", stage.root.id) in told(stage, "user.created")


def test_a_mail_is_taken_once_in_any_case(stage):
    assert stage.root.post("/users", new(stage)).status_code == 201

    again = stage.root.post("/users", new(stage, email="NEW@Agency.example"))

    assert (again.status_code, again.json["code"]) == (409, "USER_ALREADY_EXISTS")


def test_a_user_of_an_unknown_client_is_not_added(stage):
    refused = stage.root.post("/users", new(stage, client_ids=["0190a1b2-ffff-7e4f-8a9b-0c1d2e3f4a5b"]))

    assert refused.status_code == 422
    assert "client_ids" in refused.json["details"]
    assert sign_in(stage, "new@agency.example").status_code == 401


def test_a_bad_user_is_refused_field_by_field(stage):
    for field, value in {
        "email": "not a mail",
        "name": " ",
        "role": "owner",
        "password": "short",
        "client_ids": ["x"],
    }.items():
        refused = stage.root.post("/users", new(stage, **{field: value}))

        assert refused.status_code == 422
        assert set(refused.json["details"]) == {field}


def test_a_changed_user_keeps_what_was_not_named_and_it_is_told(stage):
    user = stage.user("Ada", Role.AGENT, stage.acme)

    changed = stage.root.patch(f"/users/{user.id}", {"role": "viewer"}).json

    assert (changed["role"], changed["name"], changed["active"], changed["client_ids"]) == (
        "viewer",
        "Ada",
        True,
        [stage.acme.id],
    )
    assert told(stage, "user.changed") == [("user.changed", stage.root.id)]


def test_a_change_meant_for_an_older_state_is_refused(stage):
    user = stage.user("Ada", Role.AGENT)
    known = stage.root.get(f"/users/{user.id}").headers["ETag"]
    assert stage.root.patch(f"/users/{user.id}", {"name": "Adele"}, headers={"If-Match": known}).status_code == 200

    for late in (
        stage.root.patch(f"/users/{user.id}", {"name": "Late"}, headers={"If-Match": known}),
        stage.root.delete(f"/users/{user.id}", headers={"If-Match": known}),
    ):
        assert (late.status_code, late.json["code"]) == (412, "PRECONDITION_FAILED")
    assert stage.root.get(f"/users/{user.id}").json["name"] == "Adele"


def test_a_deleted_user_leaves_no_session_and_no_membership_but_the_log_remembers(stage):
    alice = stage.alice

    assert stage.root.delete(f"/users/{alice.id}").status_code == 204

    with stage.reading() as reading:
        for table in (UserSession, Membership):
            assert reading.session.execute(select(table).where(table.user_id == alice.id)).first() is None
    assert alice.get("/auth/me").status_code == 401
    assert stage.root.get(f"/users/{alice.id}").status_code == 404
    assert told(stage, "user.deleted") == [("user.deleted", stage.root.id)]
    assert ("auth.signed_in", alice.id) in told(stage, "auth.signed_in")


def test_the_last_admin_cannot_be_deleted_demoted_or_deactivated(stage):
    root = stage.root
    gone = stage.user("Gone", Role.ADMIN)
    assert root.patch(f"/users/{gone.id}", {"active": False}).status_code == 200  # an inactive admin does not count

    for refused in (
        root.delete(f"/users/{root.id}"),
        root.patch(f"/users/{root.id}", {"role": "agent"}),
        root.patch(f"/users/{root.id}", {"active": False}),
        root.patch(f"/users/{root.id}", {"name": "Rooted", "role": "viewer", "active": False}),
    ):
        assert (refused.status_code, refused.json["code"]) == (409, "LAST_ADMIN")
    assert root.get("/auth/me").json["role"] == "admin"

    stage.user("Second", Role.ADMIN)
    assert root.patch(f"/users/{root.id}", {"role": "agent"}).status_code == 200


def test_two_admins_who_demote_each_other_at_the_same_moment_leave_one(stage):
    one, two = stage.person("One", Role.ADMIN), stage.person("Two", Role.ADMIN)
    barrier = Barrier(2)

    def demote(me: Person, other: Person) -> int:
        credential = {"Authorization": f"Bearer {me.credential}"}
        http = stage.app.test_client()
        barrier.wait(10)
        return http.patch(f"/api/v1/users/{other.id}", json={"role": "viewer"}, headers=credential).status_code

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(demote, (one, two), (two, one)))

    # The later one finds itself demoted (403) or the other the last (409), or PostgreSQL gives it up (503).
    assert answers[0] == 200
    assert answers[1] in (403, 409, 503)
    assert len([person for person in (one, two) if person.get("/users").status_code == 200]) == 1
