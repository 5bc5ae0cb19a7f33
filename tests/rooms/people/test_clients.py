"""Clients, their preferences, and who works for them."""

from __future__ import annotations

import pytest

from tests.rooms.people.test_signing_in import told

DEFAULT_NOTICES = {
    "emails": [],
    "reply_notices": True,
    "min_temperature": "cold",
    "quiet_from": None,
    "quiet_to": None,
    "max_per_hour": 20,
}


def test_an_admin_adds_a_client_with_the_usual_preferences(stage):
    added = stage.root.post("/clients", {"name": "Müller & Söhne GmbH", "timezone": "Europe/Berlin"})

    assert added.status_code == 201
    assert added.json["slug"] == "muller-sohne-gmbh"
    assert added.json["notice_preferences"] == DEFAULT_NOTICES
    assert added.json["report_preferences"] == {"enabled": True, "emails": [], "weekday": 1, "hour": 8}
    assert added.json["archived_at"] is None
    assert told(stage, "client.created") == [("client.created", stage.root.id)]


def test_a_name_without_a_letter_that_fits_an_address_still_gets_a_slug(stage):
    added = stage.root.post("/clients", {"name": "株式会社", "timezone": "Asia/Tokyo"})

    assert added.status_code == 201
    assert added.json["slug"].startswith("client-")


def test_a_slug_is_taken_once(stage):
    body = {"name": "Initech", "slug": "initech", "timezone": "Europe/Berlin"}
    first = stage.root.post("/clients", body)

    again = stage.root.post("/clients", body)
    moved = stage.root.patch(f"/clients/{stage.acme.id}", {"slug": "initech"})

    assert first.status_code == 201
    assert (again.status_code, again.json["code"]) == (409, "CLIENT_ALREADY_EXISTS")
    assert (moved.status_code, moved.json["code"]) == (409, "CLIENT_ALREADY_EXISTS")


def test_an_agent_cannot_learn_of_another_client_by_trying_its_slug(stage):
    assert stage.globex.slug == "globex"

    answers = {stage.alice.patch(f"/clients/{stage.acme.id}", {"slug": slug}).get_data() for slug in ("globex", "free")}

    assert len(answers) == 1
    assert stage.alice.get(f"/clients/{stage.acme.id}").json["slug"] == "acme"


def test_preferences_are_merged_field_by_field(stage):
    path = f"/clients/{stage.acme.id}"
    stage.alice.patch(path, {"notice_preferences": {"emails": ["ops@acme.example"], "quiet_from": "20:00"}})

    changed = stage.alice.patch(
        path, {"notice_preferences": {"quiet_from": None, "max_per_hour": 5}, "report_preferences": {"weekday": 5}}
    ).json

    assert changed["notice_preferences"] == DEFAULT_NOTICES | {"emails": ["ops@acme.example"], "max_per_hour": 5}
    assert changed["report_preferences"] == {"enabled": True, "emails": [], "weekday": 5, "hour": 8}
    assert stage.alice.get(path).json == changed
    assert told(stage, "client.changed") == [("client.changed", stage.alice.id)] * 2


@pytest.mark.parametrize(
    "body",
    [
        {"notice_preferences": {"quiet_from": "24:00"}},
        {"notice_preferences": {"quiet_from": "7:30"}},
        {"notice_preferences": {"min_temperature": "tepid"}},
        {"notice_preferences": {"emails": ["not a mail"]}},
        {"notice_preferences": {"emails": ["a@b.example"] * 21}},
        {"notice_preferences": {"max_per_hour": 0}},
        {"notice_preferences": {"unknown": 1}},
        {"report_preferences": {"weekday": 0}},
        {"report_preferences": {"weekday": 8}},
        {"report_preferences": {"hour": 24}},
        {"report_preferences": None},
        {"timezone": "Europe/Nowhere"},
        {"timezone": "../../etc/passwd"},
        {"name": " "},
        {"name": "x" * 121},
        {"slug": "Not A Slug"},
        {"archived_at": None},
    ],
    ids=str,
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_bad_change_is_refused_and_changes_nothing(stage, body):
    before = stage.root.get(f"/clients/{stage.acme.id}").json

    refused = stage.root.patch(f"/clients/{stage.acme.id}", body)

    assert (refused.status_code, refused.json["code"]) == (422, "VALIDATION_FAILED")
    assert refused.json["details"].keys() == body.keys()
    assert stage.root.get(f"/clients/{stage.acme.id}").json == before


def test_a_change_meant_for_an_older_state_is_refused(stage):
    path = f"/clients/{stage.acme.id}"
    known = stage.alice.get(path).headers["ETag"]

    first = stage.alice.patch(path, {"name": "Acme AG"}, headers={"If-Match": known})
    late = stage.root.patch(path, {"name": "Acme SE"}, headers={"If-Match": known})

    assert first.status_code == 200
    assert (late.status_code, late.json["code"]) == (412, "PRECONDITION_FAILED")
    assert stage.root.get(path).json["name"] == "Acme AG"
    assert stage.root.patch(path, {"name": "Acme SE"}, headers={"If-Match": first.headers["ETag"]}).status_code == 200


def test_a_change_to_what_is_already_so_changes_nothing_and_is_not_told(stage):
    before = stage.alice.get(f"/clients/{stage.acme.id}")

    stage.alice.patch(f"/clients/{stage.acme.id}", {"name": "Acme", "timezone": "Europe/Berlin"})

    assert stage.alice.get(f"/clients/{stage.acme.id}").headers["ETag"] == before.headers["ETag"]
    assert told(stage, "client.changed") == []


def test_an_archived_client_keeps_its_data_takes_no_sender_and_can_come_back(stage):
    path = f"/clients/{stage.acme.id}"
    sender = {"client_id": stage.acme.id, "name": "Mira", "timezone": "Europe/Berlin"}

    archived = [stage.root.post(f"{path}/archive").json["archived_at"] for _ in range(2)]

    assert archived == ["2026-03-02T09:00:00Z"] * 2
    assert stage.alice.get(path).status_code == 200
    assert stage.alice.post("/linkedin-accounts", sender).json["code"] == "CLIENT_ARCHIVED"
    assert stage.root.post(f"{path}/restore").json["archived_at"] is None
    assert stage.alice.post("/linkedin-accounts", sender).status_code == 201
    assert [each for each, _ in told(stage, "client.archived", "client.restored")] == [
        "client.archived",
        "client.restored",
    ]


def test_a_membership_opens_a_client_at_once_and_its_end_closes_it_at_once(stage):
    alice, path = stage.alice, f"/clients/{stage.globex.id}"
    member = f"{path}/members/{alice.id}"
    assert alice.get(path).status_code == 404

    for _ in range(2):
        assert stage.root.put(member).json["email"] == "alice@agency.example"
    assert alice.get(path).status_code == 200
    assert alice.get(f"{path}/members").json["items"][0]["id"] == alice.id

    assert stage.root.delete(member).status_code == 204
    assert alice.get(path).status_code == 404
    assert stage.root.delete(member).status_code == 404
    assert told(stage, "client.member_added", "client.member_removed") == [
        ("client.member_added", stage.root.id),
        ("client.member_removed", stage.root.id),
    ]


def test_members_are_listed_to_those_who_see_the_client(stage):
    assert stage.alice.id != stage.carol.id
    names = [row["name"] for row in stage.bob.get(f"/clients/{stage.acme.id}/members").json["items"]]

    assert names == ["Alice", "Bob"]
    assert stage.carol.get(f"/clients/{stage.acme.id}/members").status_code == 404
