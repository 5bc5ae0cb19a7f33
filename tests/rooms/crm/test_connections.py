"""Connecting CRMs: what opens one is shown to nobody, what it says is, and one that is closed keeps what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.rules.permissions import Permission
from tests.rooms.crm.world import crms
from tests.rooms.inbox.world import wrote


@pytest.fixture
def world(make_stage):
    with crms(make_stage) as made:
        yield made


def test_what_opens_a_crm_is_sealed_and_tried_and_whatever_it_says_is_shown(world):
    alice = world.stage.alice
    made = world.connect("hubspot")
    shown = alice.get(f"/crm/connections/{made}").json
    assert (shown["field"], shown["last_error"], shown["last_ok_at"] is None) == ("outreach_lead_id", None, False)
    assert "pat-sandbox" not in alice.get("/crm/connections").text + alice.get("/connections").text

    assert alice.patch(f"/crm/connections/{made}", {"token": "pat-wrong"}, headers={"If-Match": "*"}).status_code == 200
    tried = alice.post(f"/crm/connections/{made}/test").json["job_id"]
    world.work()
    assert world.stage.job(tried).result["ok"] is False
    assert alice.get(f"/crm/connections/{made}").json["last_error"].startswith("not_let_in")

    lead = world.stage.lead("Ada Lovelace", email="ada@engines.example")
    world.push(lead)
    world.work(timedelta(minutes=5))
    assert world.links()["hubspot"]["status"] == "pending", "what waits for a person to look is kept"
    parked = [each for each in world.told() if each["type"] == "crm.parked"]
    assert [each["data"]["error"] for each in parked] == ["not_let_in"]

    alice.patch(f"/crm/connections/{made}", {"token": "pat-sandbox"}, headers={"If-Match": "*"})
    world.work()
    assert world.links()["hubspot"]["status"] == "synced"
    assert world.stage.carol.get(f"/crm/connections/{made}").status_code == 404

    assert alice.delete(f"/crm/connections/{made}").status_code == 204
    assert alice.get(f"/crm/connections/{made}").status_code == 404


def test_a_crm_that_asks_for_time_gets_it_and_what_cannot_heal_is_said(world):
    world.connect("pipedrive", push_when=["created"])
    world.connect("salesforce", push_when=["created"])
    world.fakes["pipedrive"].fail_next(1, 429, retry_after=600)
    world.fakes["pipedrive"].fail_next(2, 503)
    began = world.stage.clock.now()

    lead = world.stage.lead("Ada", email="ada@engines.example")
    world.work()

    links = world.links(lead_id=lead)
    assert links["pipedrive"]["status"] == "synced"
    assert world.stage.clock.now() - began >= timedelta(minutes=10)
    assert (links["salesforce"]["status"], links["salesforce"]["error"]) == ("skipped", "missing last_name")

    world.fakes["salesforce"].drop_field("Contact")
    other = world.stage.lead("Grace Hopper", email="grace@engines.example")
    world.work()
    link = world.links(lead_id=other)["salesforce"]
    assert (link["status"], link["error"].split(":")[0]) == ("failed", "field_missing")
    assert world.stage.job(link["job_id"]).status == "failed", "whoever asked sees it among what failed"


def test_n8n_pushes_what_it_is_given_and_tells_how_it_went(world):
    made = world.connect("n8n", push_when=["replied"])
    key = world.stage.key(Permission.JOBS, Permission.CALLBACKS, of=world.stage.acme)
    lead = world.stage.lead("Ada Lovelace", email="ada@engines.example")
    wrote(world.stage, lead=lead, text="Tell me more.")
    world.work()

    job = key.get("/jobs/next").json
    assert (job["type"], job["payload"]["key"]) == ("crm.push", lead)
    assert job["payload"]["fields"]["email"] == "ada@engines.example"
    (note,) = job["payload"]["notes"]
    assert "Tell me more." in note["text"]

    said = {
        "connection_id": made,
        "lead_id": lead,
        "status": "synced",
        "external_id": "z-1",
        "hash": job["payload"]["hash"],
        "notes": [note["event_id"]],
    }
    for _ in range(3):
        assert key.post("/callbacks/lead-sync", said).status_code == 200
    link = world.links()["n8n"]
    assert (link["status"], link["external_id"]) == ("synced", "z-1")
    told = world.told()
    assert [each["type"] for each in told].count("crm.synced") == 1, "the same told again is no news"

    old = {**said, "status": "failed", "error": "late", "synced_at": "2026-03-01T00:00:00Z"}
    assert key.post("/callbacks/lead-sync", old).status_code == 200
    assert world.links()["n8n"]["status"] == "synced", "what is older than what is known changes nothing"
    foreign = world.stage.key(Permission.CALLBACKS, of=world.stage.globex)
    assert foreign.post("/callbacks/lead-sync", said).status_code == 404
