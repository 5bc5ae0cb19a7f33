"""What is due is sent, once, with its words, by whoever's turn it is."""

from __future__ import annotations

import itertools
import json

from rapport.leads import erasing, persons
from rapport.rules.permissions import Role
from rapport.sending import turn as sending
from rapport.sending.carry_out import carry_out
from tests.actions import ready_action
from tests.outreach import outreach
from tests.rooms.campaigns.world import accepted, invite, message, visit


def test_an_invitation_leaves_and_the_lead_waits_for_the_answer(make_stage):
    with outreach(make_stage) as it:
        campaign = it.campaign(steps=[invite(note="Hello {{ first_name }}"), accepted(), message()], leads=1)
        it.run(days=1)

        (sent,) = it.arrived("invite")
        (action,) = it.actions()
        assert (action["state"], action["settled_by"], action["kind"]) == ("sent", "answer", "invite")
        assert json.loads(sent["body"])["message"] == action["body"] == f"Hello {action['lead'].split()[0]}"
        (enrollment,) = it.enrollments(campaign)
        assert (enrollment["status"], enrollment["reason"]) == ("invite_sent", "waiting_for_condition")
        assert it.timeline("action.") == ["action.claimed", "action.sent"]


def test_who_accepted_gets_the_message_and_the_conversation_is_kept_on_the_action(make_stage):
    with outreach(make_stage) as it:
        campaign = it.campaign(steps=[invite(), accepted(), message(body="Thank you, {{ first_name }}.")], leads=1)
        it.run(hours=12)
        it.accept(it.enrollments(campaign)[0])
        it.run(days=3)

        said = it.arrived("message")
        assert [line["text"] for line in said] == [it.actions(kind="message")[0]["body"]]
        (action,) = it.actions(kind="message")
        assert (action["state"], action["conversation_id"] is not None) == ("sent", True)
        assert it.enrollments(campaign)[0]["status"] == "completed"


def test_a_lead_known_by_the_address_of_the_profile_is_looked_up_once_and_counted_as_a_visit(make_stage):
    with outreach(make_stage) as it:
        sender = it.sender()
        campaign = it.campaign(steps=[invite()])
        it.enroll(campaign, [it.person(known_by="public_identifier")])
        it.run(days=1)

        assert len(it.arrived("invite")) == 1
        lead = it.stage.alice.get(f"/leads/{it.enrollments(campaign)[0]['lead_id']}").json
        assert lead["provider_id"].startswith("ACo")
        assert it.used(sender, "visits") == it.used(sender, "invites") == 1


def test_who_must_be_looked_up_waits_for_the_visits_of_tomorrow_and_nobody_else_does(make_stage):
    with outreach(make_stage, people=60) as it:
        it.sender(visits_per_day=1)
        campaign = it.campaign(steps=[invite()])
        it.enroll(campaign, [it.person(known_by="public_identifier") for _ in range(2)] + [it.person()])
        it.run(hours=20)

        assert len(it.arrived("invite")) == 2
        assert [action["state"] for action in it.actions()] == ["sent", "sent"], "nothing is tried again and again"
        (waiting,) = [each for each in it.enrollments(campaign) if each["reason"] == "not_looked_up"]
        assert waiting["next_at"] is not None
        it.run(days=1)
        assert len(it.arrived("invite")) == 3


def test_a_day_is_not_begun_with_a_burst_and_ends_at_the_limit(make_stage):
    with outreach(make_stage, people=120) as it:
        sender = it.sender(invites_per_day=5)
        it.campaign(steps=[invite()], leads=12)
        it.run(days=1)

        instants = [it.at(line) for line in it.arrived("invite")]
        assert len(instants) == it.used(sender, "invites") == 5
        assert min((later - earlier).total_seconds() for earlier, later in itertools.pairwise(instants)) > 60
        it.run(days=1)
        assert len(it.arrived("invite")) == 10


def test_two_campaigns_of_one_sender_share_its_limit_and_the_longest_due_goes_first(make_stage):
    with outreach(make_stage, people=120) as it:
        sender = it.sender(invites_per_day=3)
        first = it.campaign(steps=[invite()], leads=2)
        second = it.campaign(steps=[invite()], leads=4)
        it.run(days=1)

        assert len(it.arrived("invite")) == it.used(sender, "invites") == 3
        assert [each["status"] for each in it.enrollments(first)].count("pending_invite") == 0
        assert [each["status"] for each in it.enrollments(second)].count("pending_invite") == 3


def test_whoever_is_held_for_a_missing_word_holds_up_nobody(make_stage):
    with outreach(make_stage, people=120) as it:
        it.sender()
        campaign = it.campaign(steps=[invite(note="How is {{ company }}?")])
        nameless, named = it.person(), it.person(company="Engines")
        it.enroll(campaign, [nameless, named])
        it.run(days=1)

        reasons = {each["lead_id"]: each["reason"] for each in it.enrollments(campaign)}
        assert reasons[nameless] == "missing_variable"
        assert [json.loads(line["body"])["message"] for line in it.arrived("invite")] == ["How is Engines?"]
        it.stage.alice.patch(f"/leads/{nameless}", {"company": "Mills"})
        it.run(days=1)
        assert len(it.arrived("invite")) == 2


def test_a_visit_a_reaction_and_an_inmail_leave_by_their_own_calls(make_stage):
    with outreach(make_stage) as it:
        it.sender()
        steps = [
            visit(),
            {"key": "like", "kind": "react"},
            {"key": "mail", "kind": "inmail", "variants": [{"subject": "A word", "body": "Dear {{ first_name }}"}]},
        ]
        campaign = it.campaign(steps=steps, leads=1)
        it.run(days=3)

        states = {action["kind"]: action["state"] for action in it.actions()}
        assert states["visit"] == "sent"
        assert states["react"] in ("sent", "cancelled")  # not everybody has posted something
        assert states["inmail"] in ("sent", "refused")  # nor takes InMail
        assert len(it.arrived("visit")) == 1
        assert it.enrollments(campaign)[0]["status"] in ("messaged", "completed", "error")


def test_an_email_leaves_from_the_senders_mailbox_and_waits_while_there_is_none(make_stage):
    mail = {"key": "mail", "kind": "email", "variants": [{"subject": "A word", "body": "Dear {{ first_name }}"}]}
    with outreach(make_stage, accounts=3) as it:
        sender = it.sender(mailbox_id=it.sandbox.world.account(1).id)
        campaign = it.campaign(steps=[mail])
        it.change(sender, mailbox_id=None)
        it.enroll(campaign, [it.person(email="ada@engines.example")])
        it.run(days=1)

        (waiting,) = it.enrollments(campaign)
        assert (waiting["reason"], it.arrived("email")) == ("no_mailbox", [])
        mailbox = it.sandbox.world.account(2).id
        it.change(sender, mailbox_id=mailbox)
        it.run(days=1)
        assert [line["account"] for line in it.arrived("email")] == [mailbox]


def test_a_pause_takes_effect_before_the_next_send_and_a_resume_goes_on(make_stage):
    with outreach(make_stage, people=120) as it:
        it.sender()
        campaign = it.campaign(steps=[invite()], leads=6)
        it.run(hours=1)
        before = len(it.arrived("invite"))
        it.stage.alice.post(f"/campaigns/{campaign['id']}/pause", {"reason": "A holiday."})
        it.run(days=2)

        assert 0 < before < 6
        assert len(it.arrived("invite")) == before
        it.stage.alice.post(f"/campaigns/{campaign['id']}/resume", {"accept": []})
        it.run(days=1)
        assert len(it.arrived("invite")) == 6


def test_what_was_claimed_before_a_pause_is_given_back_uncalled(make_stage):
    with outreach(make_stage) as it:
        sender = it.sender()
        campaign = it.campaign(steps=[invite()], leads=1)
        (claimed,) = it.claim()
        it.stage.alice.post(f"/campaigns/{campaign['id']}/pause", {"reason": "Wait."})

        assert carry_out(it.stage.service, claimed) == "held_back"
        assert it.arrived("invite") == []
        (action,) = it.actions()
        assert (action["state"], action["code"]) == ("cancelled", "campaign_not_active")
        assert it.used(sender, "invites") == 0


def test_nobody_on_a_list_of_do_not_contact_is_sent_what_was_claimed_for_them(make_stage):
    with outreach(make_stage) as it:
        it.sender()
        campaign = it.campaign(steps=[invite()], leads=1)
        (claimed,) = it.claim()
        lead_id = it.enrollments(campaign)[0]["lead_id"]
        it.stage.alice.post(f"/leads/{lead_id}/do-not-contact", {"reason": "Asked us to."})

        assert carry_out(it.stage.service, claimed) == "held_back"
        it.run(days=1)
        assert it.arrived("invite") == []
        assert it.enrollments(campaign)[0]["reason"] == "do_not_contact"


def test_a_stopped_scheduler_begins_nothing_and_a_started_one_goes_on(make_stage):
    with outreach(make_stage) as it:
        it.sender()
        it.campaign(steps=[invite()], leads=1)
        root = it.stage.root
        root.post("/automation/scheduler/stop", {"reason": "Maintenance."})
        it.run(days=1)
        assert it.arrived("invite") == []
        assert root.get("/automation/scheduler/status").json["wanted"] == "stopped"

        root.post("/automation/scheduler/start", {"reason": "Done."})
        it.run(days=1)
        assert len(it.arrived("invite")) == 1


def test_a_campaign_whose_leads_are_all_at_their_end_completes_a_day_later(make_stage):
    with outreach(make_stage) as it:
        it.sender()
        campaign = it.campaign(steps=[visit()], leads=2)
        it.run(days=4)

        assert it.stage.alice.get(f"/campaigns/{campaign['id']}").json["state"] == "active"
        it.stage.root.post("/jobs", {"type": "campaigns.finish"})
        it.settle()
        assert it.stage.alice.get(f"/campaigns/{campaign['id']}").json["state"] == "completed"


def test_leads_behind_a_limit_are_counted_under_it(make_stage):
    with outreach(make_stage, people=120) as it:
        it.sender(invites_per_day=2)
        campaign = it.campaign(steps=[invite()], leads=5)
        it.until(lambda: len(it.arrived("invite")) == 2)
        it.turn()

        reasons = it.stage.alice.get(f"/campaigns/{campaign['id']}/snapshot").json["by_reason"]
        assert reasons == {"daily_limit": 3}


def test_an_old_invitation_is_withdrawn_within_office_hours(make_stage):
    with outreach(make_stage) as it:
        it.sender()
        campaign = it.campaign(steps=[invite()], leads=2)
        it.run(days=2)
        it.clock.advance(it.days(31))
        it.stage.root = it.stage.person("Rosa", Role.ADMIN)  # whoever was signed in is not any more
        it.stage.alice = it.stage.root
        it.stage.root.post("/jobs", {"type": "sending.withdraw_stale"})
        it.run(days=4)

        withdrawn = it.arrived("withdraw")
        assert len(withdrawn) == 2
        assert all(it.at(line).weekday() < 5 for line in withdrawn)
        lead_ids = {each["lead_id"] for each in it.enrollments(campaign)}
        assert {action["lead_id"] for action in it.actions(kind="withdraw", state="sent")} == lead_ids


def test_a_thread_leaves_the_work_to_one_that_hardly_waits_unless_that_one_is_stuck(make_stage):
    with outreach(make_stage) as it:
        mine, other = sending.crew(2)
        it.campaign(steps=[visit()], leads=12)

        def turns(*, quick, just_begun):
            """What comes of some turns while something is due and another thread is at work."""
            before = sum(mine.done.values())
            other.in_flight, other.asking = 1, 0.001 if quick else 0.25
            for _ in range(5):
                it.clock.advance(it.next_due() - it.now)
                other.since = it.clock.monotonic() - (0 if just_begun else 1)
                sending.turn(it.stage.service, mine, stopping=lambda: False)
            return sum(mine.done.values()) - before

        assert turns(quick=True, just_begun=True) == 0
        assert turns(quick=False, just_begun=True) > 0
        assert turns(quick=True, just_begun=False) > 0


def test_what_was_written_to_somebody_who_is_erased_is_forgotten_and_what_waits_is_called_off(stage):
    waits = ready_action(stage, body="Hello Ada", subject="Engines", recipient="ACoAAada")
    lead_id = stage.alice.get(f"/actions/{waits}").json["lead_id"]
    other = ready_action(stage, body="Hello Grace")

    with stage.tx() as tx:
        erasing.erase(tx, persons.get(tx, lead_id, in_turn=True), confirm=lead_id)
    stage.run_consumers()

    gone = stage.alice.get(f"/actions/{waits}").json
    assert (gone["state"], gone["code"]) == ("cancelled", "erased")
    assert (gone["body"], gone["subject"], gone["recipient"]) == ("", "", None)
    assert stage.alice.get(f"/actions/{other}").json["body"] == "Hello Grace"
