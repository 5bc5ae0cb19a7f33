"""What leaves is counted, rests with the account that sends it, and keeps to the account's own hours."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from rapport.accounts import rebuild
from rapport_sandbox.faults import Fault
from tests.outreach import outreach
from tests.rooms.campaigns.world import invite, visit

BERLIN = ZoneInfo("Europe/Berlin")


def differences(it, account) -> list:
    with it.stage.reading() as reading:
        return rebuild.differences(reading, account.id, since=it.now - timedelta(days=30))


def used(it, account) -> dict:
    return it.stage.alice.get(f"/linkedin-accounts/{account.id}/usage").json


def test_what_was_sent_refused_and_never_begun_is_counted_as_the_ledger_and_the_log_say(make_stage):
    with outreach(make_stage) as it:
        account = it.sender()
        for word in ("blocked_recipient", "too_many_requests"):
            it.sandbox.faults.arm(Fault("status", on="invite", type=word))
        it.campaign(steps=[invite()], leads=6)
        it.run(days=2)

        days = it.stage.alice.get(f"/linkedin-accounts/{account.id}/usage/days").json["days"]
        assert sum(day["invites"] for day in days) == len(it.arrived("invite")) == 5
        assert {action["state"] for action in it.actions()} == {"sent", "refused"}
        assert differences(it, account) == []
        assert it.stage.root.post(f"/linkedin-accounts/{account.id}/usage/rebuild", {}).json["count"] == 0


def test_a_sender_with_hours_of_its_own_keeps_to_them_and_the_lead_is_told_why_it_waits(make_stage):
    with outreach(make_stage) as it:
        account = it.sender()
        week = {day: [{"opens": "14:00", "closes": "15:30"}] for day in ("tuesday", "wednesday")}
        it.stage.alice.patch(f"/linkedin-accounts/{account.id}", {"hours": week})
        campaign = it.campaign(steps=[visit()], leads=8)
        it.run(hours=3)

        (waiting, *_) = it.enrollments(campaign)
        why = it.stage.alice.get(f"/enrollments/{waiting['id']}/why").json
        assert (why["reason"], it.arrived("visit")) == ("outside_sender_hours", [])
        assert why["remedies"][0]["operation"] == "changeAccount"
        it.run(days=3)

        walls = [it.at(line).astimezone(BERLIN) for line in it.arrived("profile", "visit")]
        assert len(walls) >= 8
        assert {wall.strftime("%A") for wall in walls} <= {"Tuesday", "Wednesday"}
        assert all((14, 0) <= (wall.hour, wall.minute) < (15, 30) for wall in walls)


@pytest.mark.parametrize(
    ("word", "status", "comes_back"),
    [("account_restricted", "restricted", "by a person"), ("disconnected_account", "credentials", "by itself")],
)
def test_leads_wait_while_their_sender_is_in_trouble_and_go_on_when_it_is_over(make_stage, word, status, comes_back):
    with outreach(make_stage) as it:
        account = it.sender()
        it.sandbox.faults.arm(Fault("status", on="invite", type=word))
        campaign = it.campaign(steps=[invite()], leads=2)
        it.run(hours=1)

        assert it.arrived("invite") == []
        assert it.stage.alice.get(f"/linkedin-accounts/{account.id}").json["status"] == status
        assert {each["reason"] for each in it.enrollments(campaign)} == {"sender_not_ok"}
        if comes_back == "by a person":
            it.stage.alice.post(f"/linkedin-accounts/{account.id}/resume")
        it.stage.root.post("/jobs", {"type": "accounts.sync"})
        it.run(days=1)

        assert len(it.arrived("invite")) == 2
        assert differences(it, account) == []


def test_a_key_that_is_refused_stops_every_account_until_an_admin_lifts_the_hold(make_stage):
    with outreach(make_stage) as it:
        it.sender()
        it.sender()
        it.sandbox.faults.arm(Fault("status", on="invite", type="missing_credentials"))
        campaign = it.campaign(steps=[invite()], leads=4)
        it.run(hours=20)

        assert it.arrived("invite") == []
        assert len(it.actions()) == 1, "one call was enough to know"
        assert {each["reason"] for each in it.enrollments(campaign)} == {"service_held"}
        assert it.stage.root.delete("/service-hold").status_code == 204
        it.run(days=1)

        assert len(it.arrived("invite")) == 4
