"""One thing done with many leads: looked at first, done by the token."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from rapport.leads import arriving
from rapport.leads.models import LeadSource
from rapport.rules.lead_fields import read


def crowd(stage, count, *, of=None, tags=("fair",)):
    persons = [read({"email": f"p{number}@x.example", "first_name": f"P{number}"}, {}, tags) for number in range(count)]
    with stage.tx() as tx:
        client = (of or stage.acme).id
        return [
            each.lead_id for each in arriving.arrive(tx, client, persons, source=LeadSource.IMPORT, said_by="import")
        ]


def look(person, stage, action, **given):
    return person.post("/leads/bulk/preview", {"client_id": stage.acme.id, "filter": given, "action": action})


def test_a_look_counts_and_shows_some_and_changes_nothing(stage):
    crowd(stage, 12)
    stage.lead("Ada Lovelace")

    seen = look(stage.alice, stage, {"kind": "tag", "tags": ["vip"]}, tag="fair")

    assert seen.status_code == 200, seen.json
    assert seen.json["count"] == 12
    assert len(seen.json["sample"]) == 10
    assert stage.alice.get("/leads?filter[tag]=vip").json["items"] == []


@pytest.mark.parametrize(
    ("action", "query", "expected"),
    [
        ({"kind": "tag", "tags": ["vip"]}, "filter[tag]=vip", 3),
        ({"kind": "untag", "tags": ["fair"]}, "filter[tag]=fair", 0),
        ({"kind": "suppress", "reason": "No."}, "filter[do_not_contact]=true", 3),
        ({"kind": "delete"}, "", 1),
    ],
)
def test_it_is_done_with_all_that_were_shown_and_no_other(stage, action, query, expected):
    crowd(stage, 3)
    stage.lead("Ada Lovelace")
    token = look(stage.alice, stage, action, tag="fair").json["token"]

    done = stage.alice.post("/leads/bulk", {"token": token})

    assert done.status_code == 200, done.json
    assert (done.json["count"], done.json["done"], done.json["changed"], done.json["refused"]) == (3, 3, 3, 0)
    assert len(stage.alice.get(f"/leads?{query}").json["items"]) == expected


def test_a_custom_field_is_set_for_all(stage):
    crowd(stage, 2)
    action = {"kind": "set_custom_field", "field": "budget", "value": "10k"}
    token = look(stage.alice, stage, action).json["token"]

    assert stage.alice.post("/leads/bulk", {"token": token}).json["changed"] == 2

    assert [each["custom"] for each in stage.alice.get("/leads").json["items"]] == [{"budget": "10k"}] * 2


def test_nothing_is_done_when_others_match_by_then(stage):
    crowd(stage, 2)
    token = look(stage.alice, stage, {"kind": "delete"}).json["token"]
    stage.lead("Late Comer")

    refused = stage.alice.post("/leads/bulk", {"token": token})

    assert refused.status_code == 409
    assert len(stage.alice.get("/leads").json["items"]) == 3


def test_nothing_is_done_when_one_has_changed(stage):
    leads = crowd(stage, 2)
    token = look(stage.alice, stage, {"kind": "delete"}).json["token"]
    stage.wait(seconds=1)
    stage.alice.patch(f"/leads/{leads[0]}", {"title": "Customer"})

    assert stage.alice.post("/leads/bulk", {"token": token}).status_code == 409


def test_a_token_that_is_old_or_forged_is_refused(stage):
    crowd(stage, 1)
    token = look(stage.alice, stage, {"kind": "delete"}).json["token"]
    bent = bytearray(base64.urlsafe_b64decode(token))
    bent[-40] ^= 1

    assert stage.alice.post("/leads/bulk", {"token": base64.urlsafe_b64encode(bent).decode()}).status_code == 422
    assert stage.alice.post("/leads/bulk", {"token": "nonsense"}).status_code == 422
    stage.clock.advance(timedelta(minutes=15))
    assert stage.alice.post("/leads/bulk", {"token": token}).status_code == 422
    assert len(stage.alice.get("/leads").json["items"]) == 1


def test_the_leads_of_another_client_are_out_of_reach(stage):
    crowd(stage, 1)
    token = look(stage.alice, stage, {"kind": "delete"}).json["token"]

    assert look(stage.carol, stage, {"kind": "delete"}).status_code == 404
    assert stage.carol.post("/leads/bulk", {"token": token}).status_code == 409
    assert stage.bob.post("/leads/bulk", {"token": token}).status_code == 403
    assert len(stage.alice.get("/leads").json["items"]) == 1


@pytest.mark.parametrize(
    "action",
    [
        {"kind": "tag"},
        {"kind": "delete", "tags": ["x"]},
        {"kind": "explode"},
        {"kind": "set_custom_field", "field": "a"},
    ],
)
def test_an_action_must_say_what_it_needs_and_no_more(stage, action):
    assert look(stage.alice, stage, action).status_code == 422


def test_an_unknown_filter_is_refused_by_name(stage):
    refused = look(stage.alice, stage, {"kind": "delete"}, **{"shoe_size.gte": "42"})

    assert refused.status_code == 422
    assert "shoe_size.gte" in refused.json["details"]["filter"]


def test_many_leads_are_the_work_of_a_job_that_goes_in_steps(stage):
    crowd(stage, 1_100)
    token = look(stage.alice, stage, {"kind": "tag", "tags": ["vip"]}).json["token"]

    asked = stage.alice.post("/leads/bulk", {"token": token})
    assert asked.status_code == 202
    job_id = asked.json["job_id"]
    assert stage.alice.get("/leads?filter[tag]=vip").json["items"] == []
    stage.wait(seconds=1)
    stage.lead("Late Comer")

    stage.run_due_jobs(most=1)
    assert stage.job(job_id).progress == {"done": 500, "of": 1_100}
    stage.run_due_jobs()

    job = stage.alice.get(f"/jobs/{job_id}").json
    assert job["status"] == "completed"
    assert job["result"] == {"done": 1_100, "changed": 1_100, "refused": 0, "refusals": [], "count": 1_100}
    counts = stage.alice.get(f"/leads/tags?client_id={stage.acme.id}").json["items"]
    assert {each["tag"]: each["leads"] for each in counts} == {"fair": 1_100, "vip": 1_100}
