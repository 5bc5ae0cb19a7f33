"""Finding out about leads: by their profile within an account's visits, or by whoever calls back."""

from __future__ import annotations

from datetime import timedelta

from rapport.accounts import health, senders
from rapport.accounts.models import AccountStatus
from rapport.enrichment.models import LeadEnrichment
from rapport.rules.permissions import Permission, Role
from tests.sandboxes import sandbox_server, settings_for


def at(stage, minutes=0):
    return (stage.clock.now() + timedelta(minutes=minutes)).isoformat()


def tell(stage, lead_id, *, by, **more):
    body = {"lead_id": lead_id, "source": "n8n", "last_updated": at(stage)} | more
    return by.post("/callbacks/enrichment", body)


def test_what_is_told_twice_or_late_changes_nothing_and_an_operators_word_stays(stage):
    key = stage.key(Permission.CALLBACKS, of=stage.acme)
    lead_id = stage.lead("Ada Lovelace", email="ada@engines.example", title="Typed by hand")
    stage.wait(hours=1)
    fields = {"title": "Head of Engines", "company": "Engines Ltd", "company_size": "50-100"}
    first = {"fields": fields, "brief": "Built the first engine.", "last_updated": at(stage, -10)}

    assert tell(stage, lead_id, by=key, **first).json == {"applied": True, "reason": None, "fields": ["company"]}
    assert tell(stage, lead_id, by=key, **first).json["reason"] == "repeated"
    late = {"fields": {"company": "Older Ltd"}, "last_updated": at(stage, -30)}
    assert tell(stage, lead_id, by=key, **late).json == {"applied": False, "reason": "stale", "fields": []}
    lead = stage.alice.get(f"/leads/{lead_id}").json
    assert (lead["title"], lead["company"]) == ("Typed by hand", "Engines Ltd")
    assert (lead["said"]["company"]["by"], lead["said"]["title"]["by"]) == ("enrichment", "operator")

    # Another source knows better only where it is newer; a person's own word ends it.
    other = {"source": "elsewhere", "fields": {"company": "Other Ltd"}}
    assert tell(stage, lead_id, by=key, **other, last_updated=at(stage, -20)).json["fields"] == []
    assert tell(stage, lead_id, by=key, **other).json["fields"] == ["company"]
    etag = stage.alice.get(f"/leads/{lead_id}").headers["ETag"]
    assert (
        stage.alice.patch(f"/leads/{lead_id}", json={"company": "Mine Ltd"}, headers={"If-Match": etag}).status_code
        == 200
    )
    stage.wait(minutes=5)
    assert tell(stage, lead_id, by=key, fields={"company": "Never Ltd"}).json["fields"] == []
    assert stage.alice.get(f"/leads/{lead_id}").json["company"] == "Mine Ltd"

    shown = {each["source"]: each for each in stage.bob.get(f"/leads/{lead_id}/enrichments").json["items"]}
    assert shown["n8n"]["fields"] == {"company": "Never Ltd"}
    assert shown["elsewhere"]["is_stale"] is False
    assert tell(stage, lead_id, by=key, source="brief", brief="For people.").json["applied"] is True

    assert tell(stage, lead_id, by=key, last_updated=at(stage, 60)).status_code == 422
    assert tell(stage, lead_id, by=key, fields={"email": "no address"}).status_code == 422
    assert tell(stage, stage.lead("Grace Hopper", of=stage.globex), by=key).status_code == 404
    snapshot = f"/api/v1/metrics/snapshot?client_id={stage.acme.id}"
    watcher = stage.key(Permission.READ, of=stage.acme)
    assert watcher.get(snapshot).json["enrichments_stale_count"] == 0
    stage.wait(days=91)
    assert watcher.get(snapshot).json["enrichments_stale_count"] == 1

    admin = stage.person("Eve", Role.ADMIN)  # sessions are over after three months
    assert admin.post(f"/leads/{lead_id}/erase", {"confirm": lead_id}).status_code == 200
    stage.run_consumers()
    with stage.reading() as reading:
        assert reading.session.query(LeadEnrichment).count() == 0


def test_a_profile_is_read_within_the_accounts_visits_or_by_n8n(make_stage):
    with sandbox_server(people=5) as server:
        stage = make_stage(settings=settings_for(server))
        state = server.sandbox.world.state
        person = state.people[1]
        account = stage.account("Mira", unipile_account_id=next(iter(state.accounts)))
        with stage.tx() as tx:
            health.set_status(tx, senders.get(tx, account.id), AccountStatus.OK, detail=None)
        lead_id = stage.lead("Some Body", profile_url=f"https://www.linkedin.com/in/{person.public_identifier}")

        asked = stage.alice.post(f"/leads/{lead_id}/enrich")
        assert asked.status_code == 202
        assert stage.alice.post(f"/leads/{lead_id}/enrich").status_code == 200
        assert stage.bob.get(f"/leads/{lead_id}/enrichments").json["is_running"] is True
        stage.run_due_jobs()
        job = stage.alice.get(f"/jobs/{asked.json['id']}").json
        assert (job["status"], job["executor"]) == ("completed", "worker")
        used = stage.root.get(f"/linkedin-accounts/{account.id}/usage").json
        assert used["today"]["visits"]["used"] == 1
        (found,) = stage.bob.get(f"/leads/{lead_id}/enrichments").json["items"]
        assert found["source"] == "unipile"
        assert stage.alice.get(f"/leads/{lead_id}").json["headline"]

        # From now on the client's own n8n does it; no worker takes such a job.
        chosen = {"client_id": stage.acme.id, "type": "lead.enrich", "executor": "n8n"}
        assert stage.alice.put("/jobs/executors", json=chosen).json["items"] == [
            {"type": "lead.enrich", "executor": "n8n", "usual": "worker"}
        ]
        refused = {**chosen, "type": "custom.task"}
        assert stage.alice.put("/jobs/executors", json=refused).status_code == 422
        again = stage.alice.post(f"/leads/{lead_id}/enrich").json
        stage.run_due_jobs()
        assert stage.alice.get(f"/jobs/{again['id']}").json["status"] == "pending"
        taken = stage.key(Permission.JOBS, of=stage.acme).get("/jobs/next?types=lead.enrich").json
        assert (taken["id"], taken["entity_id"]) == (again["id"], lead_id)
