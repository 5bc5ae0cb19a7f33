"""A campaign too large to be forecast while one waits is forecast by a job, whose answer is then shown."""

from __future__ import annotations

from datetime import datetime, timedelta

from rapport.campaigns.queries import kept
from rapport.enrollments.enroll import enroll
from rapport.jobs.archive import archive
from rapport.leads import arriving
from rapport.leads.models import LeadSource
from rapport.rules import lead_fields
from tests.rooms.campaigns.world import a_running_campaign, visit


def join(stage, campaign, number):
    """So many new people begin."""
    with stage.tx() as tx:
        people = [lead_fields.read({"email": f"lead{stage.number()}@people.example"}) for _ in range(number)]
        arrived = arriving.arrive(tx, stage.acme.id, people, source=LeadSource.MANUAL, said_by=arriving.OPERATOR)
        enroll(tx, kept(tx, campaign["id"]), [each.lead_id for each in arrived], by=None)


def test_a_campaign_too_large_to_wait_for_is_forecast_by_a_job(stage):
    campaign = a_running_campaign(stage, steps=[visit()])
    path = f"/analytics/campaigns/{campaign['id']}/forecast"
    join(stage, campaign, 12)
    at_once = stage.bob.get(path).json

    asked, again = stage.alice.post(path), stage.alice.post(path)
    assert (asked.status_code, again.json["id"]) == (202, asked.json["id"])
    stage.run_due_jobs()
    job = stage.alice.get(f"/jobs/{asked.json['id']}").json
    assert (job["status"], job["entity_id"]) == ("completed", campaign["id"])
    instants = {name: job["result"][name] for name in ("at", "ends_at")}
    assert job["result"] == at_once | instants, "it finds what is found at once"

    stage.wait(hours=1)
    join(stage, campaign, 1000)
    shown = stage.bob.get(path).json
    assert shown == at_once, "now it would take too long: the newest that a job found is shown"
    assert datetime.fromisoformat(shown["at"]) == stage.clock.now() - timedelta(hours=1)
    assert stage.bob.get(path, headers={"Accept": "image/svg+xml"}).text.startswith("<svg ")
    with stage.tx() as tx:
        archive(tx, older_than=timedelta(0))
    refused = stage.bob.get(path)
    assert (refused.status_code, refused.json["code"]) == (409, "FORECAST_TOO_LARGE"), "of long ago it would be no help"
