"""LinkedIn accounts: added, limited, warmed up, paused, changed by one person at a time."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from rapport.accounts.models import Account
from rapport.rules.limits import LIMITS, defaults
from tests.rooms.people.test_signing_in import told


def body(stage, **more):
    return {"client_id": stage.acme.id, "name": "Mira", "timezone": "Europe/Berlin", **more}


def test_a_new_sender_has_the_usual_limits_and_warms_up_from_its_local_day(stage):
    stage.clock.set(stage.clock.now().replace(hour=23))  # in Auckland the next day has begun

    added = stage.alice.post("/linkedin-accounts", body(stage, timezone="Pacific/Auckland"))

    assert added.status_code == 201
    assert added.json["limits"] == defaults()
    assert (added.json["warmup"], added.json["warmup_started_on"]) == (True, "2026-03-03")
    assert (added.json["status"], added.json["paused_at"]) == ("disconnected", None)
    assert stage.alice.get(f"/linkedin-accounts/{added.json['id']}").json == added.json
    assert told(stage, "account.added") == [("account.added", stage.alice.id)]


def test_a_sender_with_a_unipile_account_is_connecting_until_the_provider_speaks(stage):
    added = stage.alice.post("/linkedin-accounts", body(stage, unipile_account_id="kYp3x9Qz")).json
    assert added["status"] == "connecting"
    with stage.tx() as tx:
        heard = {"status": "ok", "provider_id": "ACoAA1", "public_identifier": "mira", "status_at": tx.now}
        tx.session.execute(update(Account).values(**heard))

    path = f"/linkedin-accounts/{added['id']}"
    assert stage.alice.patch(path, {"unipile_account_id": "kYp3x9Qz"}).json["status"] == "ok"
    other = stage.alice.patch(path, {"unipile_account_id": "another"}).json
    none = stage.alice.patch(path, {"unipile_account_id": None}).json

    assert [other[name] for name in ("status", "provider_id", "public_identifier", "status_at")] == [
        "connecting",
        None,
        None,
        None,
    ]
    assert none["status"] == "disconnected"


def test_one_unipile_account_belongs_to_one_sender(stage):
    first = stage.alice.post("/linkedin-accounts", body(stage, unipile_account_id="kYp3x9Qz"))
    second = stage.alice.post("/linkedin-accounts", body(stage)).json

    for refused in (
        stage.alice.post("/linkedin-accounts", body(stage, unipile_account_id="kYp3x9Qz")),
        stage.alice.patch(f"/linkedin-accounts/{second['id']}", {"unipile_account_id": "kYp3x9Qz"}),
    ):
        assert (refused.status_code, refused.json["code"]) == (409, "ACCOUNT_ALREADY_EXISTS")
    assert first.status_code == 201
    assert stage.alice.get(f"/linkedin-accounts/{second['id']}").json == second


def test_each_limit_holds_its_bounds_and_the_others_stay(stage):
    path = f"/linkedin-accounts/{stage.account().id}"
    expected = defaults()
    for name, bound in LIMITS.items():
        for good in (0, bound.most):
            expected[name] = good
            assert stage.alice.patch(path, {"limits": {name: good}}).json["limits"] == expected
        for bad in (-1, bound.most + 1, 1.5, "5", True, None, 2**53):
            refused = stage.alice.patch(path, {"limits": {name: bad}})
            assert refused.status_code == 422, (name, bad)
            assert refused.json["details"]["limits"].keys() == {name}
    assert stage.alice.get(path).json["limits"] == expected


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_database_itself_refuses_a_limit_beyond_its_bound(stage, name):
    stage.account()
    for beyond in (-1, LIMITS[name].most + 1):
        with pytest.raises(IntegrityError), stage.tx() as tx:
            tx.session.execute(update(Account).values(**{name: beyond}))


def test_warm_up_begins_anew_when_it_is_turned_on_again(stage):
    path = f"/linkedin-accounts/{stage.account().id}"
    assert stage.alice.patch(path, {"warmup": False}).json["warmup_started_on"] is None
    stage.wait(days=10)

    assert stage.alice.patch(path, {"warmup": True}).json["warmup_started_on"] == "2026-03-12"
    stage.wait(days=1)
    assert stage.alice.patch(path, {"warmup": True}).json["warmup_started_on"] == "2026-03-12"


def test_a_zone_is_one_of_the_worlds(stage):
    for wrong in ("Europe/Nowhere", "", "UTC+1", "../Berlin", None, "europe/berlin"):
        assert stage.alice.post("/linkedin-accounts", body(stage, timezone=wrong)).status_code == 422
    for right in ("UTC", "Asia/Kathmandu", "America/Argentina/Buenos_Aires"):
        assert stage.alice.post("/linkedin-accounts", body(stage, timezone=right)).status_code == 201


def test_a_paused_sender_keeps_its_first_reason_until_it_is_resumed(stage):
    path = f"/linkedin-accounts/{stage.account().id}"

    first = stage.alice.post(f"{path}/pause", {"reason": "On holiday."}).json
    stage.wait(hours=1)
    second = stage.alice.post(f"{path}/pause", {"reason": "Ill."}).json
    resumed = [stage.alice.post(f"{path}/resume").json for _ in range(2)]

    assert (first["paused_at"], first["pause_reason"]) == ("2026-03-02T09:00:00Z", "On holiday.")
    assert second == first
    assert [(each["paused_at"], each["pause_reason"]) for each in resumed] == [(None, None)] * 2
    assert stage.alice.post(f"{path}/pause", {}).status_code == 422
    assert [each for each, _ in told(stage, "account.paused", "account.resumed")] == [
        "account.paused",
        "account.resumed",
    ]


def test_of_two_people_who_change_a_sender_the_later_is_told_that_it_changed(stage):
    path = f"/linkedin-accounts/{stage.account().id}"
    alices, roots = (person.get(path).headers["ETag"] for person in (stage.alice, stage.root))
    assert alices == roots

    mine = stage.alice.patch(path, {"limits": {"invites_per_day": 5}}, headers={"If-Match": alices})
    for late in (
        stage.root.patch(path, {"limits": {"invites_per_day": 50}}, headers={"If-Match": roots}),
        stage.root.delete(path, headers={"If-Match": roots}),
    ):
        assert (late.status_code, late.json["code"]) == (412, "PRECONDITION_FAILED")

    assert stage.root.get(path).json["limits"]["invites_per_day"] == 5
    assert stage.root.get(path).headers["ETag"] == mine.headers["ETag"]
    assert stage.root.delete(path, headers={"If-Match": f'"other", {mine.headers["ETag"]}'}).status_code == 204


def test_a_removed_sender_is_gone_and_it_is_told(stage):
    account = stage.account(unipile_account_id="kYp3x9Qz")
    path = f"/linkedin-accounts/{account.id}"

    assert stage.alice.delete(path).status_code == 204

    assert stage.alice.get(path).status_code == stage.alice.delete(path).status_code == 404
    assert stage.alice.get("/linkedin-accounts").json["items"] == []
    assert told(stage, "account.removed") == [("account.removed", stage.alice.id)]
    assert stage.alice.post("/linkedin-accounts", body(stage, unipile_account_id="kYp3x9Qz")).status_code == 201


def test_a_viewer_reads_senders_and_changes_none(stage):
    path = f"/linkedin-accounts/{stage.account().id}"

    assert stage.bob.get(path).status_code == 200
    for refused in (
        stage.bob.patch(path, {"name": "x"}),
        stage.bob.delete(path),
        stage.bob.post(f"{path}/pause", {"reason": "x"}),
        stage.bob.post("/linkedin-accounts", body(stage)),
    ):
        assert refused.status_code == 403


def test_a_cached_answer_is_never_older_than_the_last_change(stage):
    path = f"/linkedin-accounts/{stage.account().id}"
    assert stage.bob.get(path).headers["X-Cache"] == "miss"
    assert stage.bob.get(path).headers["X-Cache"] == "hit"

    stage.alice.patch(path, {"name": "Mira S."})

    assert stage.bob.get(path).json["name"] == "Mira S."
