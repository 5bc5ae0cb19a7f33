"""What became of an action: by a clear answer at once, otherwise by reading the provider, at last by a person."""

from __future__ import annotations

import pytest

from rapport_sandbox.faults import Fault
from tests.outreach import outreach
from tests.rooms.campaigns.world import accepted, invite, message

CONNECTED = [accepted(), message(delay={"amount": 0, "unit": "minutes"}, body="Hello {{ first_name }}.")]


@pytest.mark.parametrize("happened", [True, False], ids=["it happened", "it did not"])
def test_an_invitation_without_an_answer_is_settled_by_reading_the_provider(make_stage, happened):
    with outreach(make_stage) as it:
        sender = it.sender()
        campaign = it.campaign(steps=[invite()], leads=1)
        it.sandbox.faults.arm(Fault("reset", on="invite", effect=happened))
        it.until(lambda: it.actions(state="uncertain"))

        assert it.enrollments(campaign)[0]["reason"] == "uncertain"
        assert it.used(sender, "invites") == 1
        it.run(days=1)
        assert len(it.arrived("invite")) == 1, "one effect, whichever way it came about"
        settled = sorted((action["state"], action["settled_by"]) for action in it.actions())
        assert settled == ([("sent", "reading")] if happened else [("cancelled", "reading"), ("sent", "answer")])
        assert it.used(sender, "invites") == 1 if happened else it.used(sender, "invites") in (1, 2)


@pytest.mark.parametrize("happened", [True, False], ids=["it happened", "it did not"])
def test_a_message_without_an_answer_is_looked_for_in_the_chat(make_stage, happened):
    with outreach(make_stage) as it:
        it.sender()
        campaign = it.campaign(steps=CONNECTED, leads=1)
        it.accept(it.enrollments(campaign)[0])
        it.sandbox.faults.arm(Fault("status", on="message", status=504, effect=happened))
        it.run(days=2)

        assert len(it.arrived("message")) == 1
        states = sorted(action["state"] for action in it.actions())
        assert states == (["sent"] if happened else ["cancelled", "sent"])
        assert it.enrollments(campaign)[0]["status"] == "completed"


def test_what_is_not_seen_is_not_believed_absent_before_the_lists_had_their_time(make_stage):
    with outreach(make_stage, switched=(("list_lag", 600.0),)) as it:
        it.sender()
        it.campaign(steps=[invite()], leads=1)
        it.sandbox.faults.arm(Fault("timeout", on="invite", effect=True, seconds=0.2))
        it.run(days=2)

        assert len(it.arrived("invite")) == 1
        assert [action["state"] for action in it.actions()] == ["sent"]


def test_an_answer_that_cannot_be_read_back_for_a_day_is_a_persons_to_settle(make_stage):
    with outreach(make_stage) as it:
        sender = it.sender()
        campaign = it.campaign(steps=[invite()], leads=1)
        it.sandbox.faults.arm(Fault("status", on="invite", status=500, effect=False))
        it.sandbox.faults.arm(Fault("status", on="GET /api/v1/users", status=503, count=None))
        it.run(days=2)

        (action,) = it.actions(state="uncertain")
        assert action["needs_a_person"]
        assert it.used(sender, "invites") == 1
        it.sandbox.faults.disarm()
        answer = it.stage.alice.post(f"/actions/{action['id']}/confirm", {"sent": False})
        assert (answer.json["state"], answer.json["settled_by"]) == ("cancelled", "person")
        it.run(days=2)
        assert len(it.arrived("invite")) == 1
        assert it.enrollments(campaign)[0]["status"] == "completed"


def test_a_settled_action_cannot_be_confirmed_again(make_stage):
    with outreach(make_stage) as it:
        it.sender()
        it.campaign(steps=[invite()], leads=1)
        it.run(days=1)
        (action,) = it.actions()

        refused = it.stage.alice.post(f"/actions/{action['id']}/confirm", {"sent": False})
        assert (refused.status_code, refused.json["code"]) == (409, "ACTION_STATE")


def test_a_refusal_frees_the_count_and_ends_the_lead_with_its_reason(make_stage):
    with outreach(make_stage) as it:
        sender = it.sender()
        campaign = it.campaign(steps=[invite()], leads=1)
        it.sandbox.faults.arm(Fault("status", on="invite", status=422, type="user_unreachable"))
        it.run(days=1)

        (action,) = it.actions()
        assert (action["state"], action["code"]) == ("refused", "user_unreachable")
        assert it.enrollments(campaign)[0]["status"] == "error"
        assert it.used(sender, "invites") == 0


def test_already_connected_is_a_fact_learned_and_no_error(make_stage):
    with outreach(make_stage) as it:
        sender = it.sender()
        campaign = it.campaign(steps=[invite(), *CONNECTED], leads=1)
        it.sandbox.faults.arm(Fault("status", on="invite", status=422, type="already_connected"))
        it.until(lambda: it.actions(state="refused"))

        assert it.enrollments(campaign)[0]["status"] == "connected"
        assert it.used(sender, "invites") == 0


def test_a_limit_of_the_provider_cools_the_account_down_and_the_lead_goes_on_later(make_stage):
    with outreach(make_stage, people=120) as it:
        it.sender()
        campaign = it.campaign(steps=[invite()], leads=2)
        it.sandbox.faults.arm(Fault("status", on="invite", status=429, retry_after="7200"))
        it.until(lambda: it.actions(state="refused"))
        at = it.now

        why = it.stage.alice.get(f"/enrollments/{it.enrollments(campaign)[0]['id']}/why").json
        assert why["reason"] == "cooling_down"
        it.run(days=1)
        sent = it.arrived("invite")
        assert len(sent) == 2
        assert (it.at(sent[0]) - at).total_seconds() > 7100


def test_an_account_that_must_sign_in_pauses_and_its_leads_wait(make_stage):
    with outreach(make_stage) as it:
        it.sender()
        campaign = it.campaign(steps=[invite()], leads=1)
        it.sandbox.faults.arm(Fault("status", on="invite", status=401, type="expired_credentials"))
        it.until(lambda: it.actions(state="refused"))

        assert it.stage.alice.get("/linkedin-accounts").json["items"][0]["status"] == "credentials"
        assert it.enrollments(campaign)[0]["reason"] == "sender_not_ok"


def test_who_died_before_the_call_sent_nothing_and_who_died_in_it_is_looked_for(make_stage):
    with outreach(make_stage) as it:
        sender = it.sender()
        campaign = it.campaign(steps=[invite()], leads=1)
        it.claim()
        assert it.enrollments(campaign)[0]["reason"] == "in_flight"
        it.run(days=1)

        assert sorted(action["state"] for action in it.actions()) == ["cancelled", "sent"]
        assert len(it.arrived("invite")) == it.used(sender, "invites") == 1
