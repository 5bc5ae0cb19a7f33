"""What an operator does to one lead in a campaign, and what follows by itself."""

from __future__ import annotations

import pytest

from tests.rooms.campaigns.world import a_campaign, a_ready_campaign, a_sender, accepted, act, message
from tests.rooms.enrollments.test_enrolling import enroll, enrolled, settle, why
from tests.stage import Stage

GOES_ON = ("due", "spacing")
"""A sender's first turn of the day is drawn: the lead may be sent to now, or within the hour."""


@pytest.fixture
def running(stage: Stage) -> tuple[Stage, dict, str]:
    """A campaign that was started, and the enrollment of its one lead."""
    campaign = a_ready_campaign(stage)
    (made,) = enroll(stage, campaign, stage.lead("Ada Lovelace"))["enrollment_ids"]
    act(stage, campaign, "start")
    settle(stage)
    return stage, campaign, made


def do(stage: Stage, enrollment: str, what: str, body: dict | None = None):
    return stage.alice.post(f"/enrollments/{enrollment}/{what}", body)


def test_starting_the_campaign_puts_its_leads_on_their_way(running):
    stage, campaign, made = running

    (row,) = enrolled(stage, campaign)
    assert row["reason"] in GOES_ON
    assert row["next_at"].startswith("2026-03-02T")
    assert why(stage, made)["step"] == {"key": "invite", "kind": "invite"}
    assert why(stage, made)["sends_at"] is not None


def test_pausing_one_lead_holds_it_and_resuming_lets_it_go_on(running):
    stage, _, made = running

    paused = do(stage, made, "pause", {"reason": "On leave."}).json
    assert (paused["reason"], paused["pause_reason"], paused["next_at"]) == ("paused", "On leave.", None)
    assert why(stage, made)["remedies"] == [{"sentence": "Resume the lead.", "operation": "resumeEnrollment"}]

    assert do(stage, made, "resume").json["reason"] in GOES_ON


def test_a_stopped_lead_is_stopped_until_it_is_restarted(running):
    stage, _, made = running

    stopped = do(stage, made, "stop", {"reason": "Asked us to."}).json
    assert (stopped["status"], stopped["ended_at"]) == ("stopped", "2026-03-02T09:00:00Z")
    assert do(stage, made, "pause", {"reason": "No."}).json["code"] == "ENROLLMENT_STATE"

    again = do(stage, made, "restart").json
    assert (again["status"], again["ended_at"]) == ("pending_invite", None)
    assert again["reason"] in GOES_ON


def test_a_stopped_lead_may_go_elsewhere_and_is_then_not_restarted_here(running):
    stage, campaign, made = running
    do(stage, made, "stop", {"reason": "Elsewhere."})
    lead = enrolled(stage, campaign)[0]["lead_id"]
    elsewhere = a_campaign(stage, account_ids=[a_sender(stage, "Jonas").id])
    assert enroll(stage, elsewhere, lead)["enrolled"] == 1

    assert do(stage, made, "restart").json["code"] == "ALREADY_ENROLLED"


def test_a_skipped_step_is_passed_over_and_can_be_taken_back_before(running):
    stage, _, made = running

    skipped = do(stage, made, "skip", {"step_key": "hello"}).json
    assert [(step["step_key"], step["state"]) for step in skipped["steps"]] == [("hello", "skipped")]
    assert do(stage, made, "unskip", {"step_key": "hello"}).json["steps"] == []
    assert do(stage, made, "unskip", {"step_key": "hello"}).json["code"] == "ENROLLMENT_STATE"
    assert do(stage, made, "skip", {"step_key": "nowhere"}).json["code"] == "VALIDATION_FAILED"

    gone_on = do(stage, made, "skip", {"step_key": "invite"}).json
    assert (gone_on["step_key"], gone_on["reason"]) == ("accepted", "waiting_for_condition")


def test_an_override_sets_the_time_and_other_gates_still_hold(running):
    stage, _, made = running
    saturday = "2026-03-07T10:00:00Z"

    changed = do(stage, made, "override", {"due_at": saturday}).json
    assert (changed["reason"], changed["due_override_at"]) == ("overridden", saturday)
    assert why(stage, made)["sends_at"].startswith("2026-03-09T08:")

    assert do(stage, made, "override", {"due_at": None}).json["reason"] in GOES_ON


def test_a_lead_is_given_to_another_sender_of_the_campaign_only(running):
    stage, _, made = running
    outsider = a_sender(stage, "Outsider")

    assert do(stage, made, "give", {"account_id": outsider.id}).json["code"] == "VALIDATION_FAILED"


def test_every_act_is_in_the_timeline(running):
    stage, campaign, made = running
    do(stage, made, "pause", {"reason": "On leave."})
    do(stage, made, "resume")
    do(stage, made, "skip", {"step_key": "hello"})
    do(stage, made, "stop", {"reason": "Asked us to."})

    lead = enrolled(stage, campaign)[0]["lead_id"]
    told = [event["type"] for event in stage.alice.get(f"/leads/{lead}/timeline").json["items"]]
    for expected in ("created", "paused", "resumed", "step_skipped", "stopped"):
        assert f"enrollment.{expected}" in told


def test_pausing_the_campaign_or_the_sender_is_seen_on_every_lead(running):
    stage, campaign, made = running

    act(stage, campaign, "pause", {"reason": "Wait."})
    settle(stage)
    assert enrolled(stage, campaign)[0]["reason"] == "campaign_paused"

    act(stage, campaign, "resume")
    sender = enrolled(stage, campaign)[0]["account_id"]
    stage.alice.post(f"/linkedin-accounts/{sender}/pause", {"reason": "On leave."})
    settle(stage)
    assert enrolled(stage, campaign)[0]["reason"] == "sender_paused"
    assert why(stage, made)["sentence"] == "Mira is paused."


def test_a_do_not_contact_entry_stops_a_lead_at_once(running):
    stage, campaign, made = running
    lead = enrolled(stage, campaign)[0]["lead_id"]

    stage.alice.post(f"/leads/{lead}/do-not-contact", {"reason": "Asked us to."})
    assert why(stage, made)["answer"] == "stop"

    settle(stage)
    (row,) = enrolled(stage, campaign)
    assert (row["status"], row["reason"]) == ("stopped", "do_not_contact")


def test_a_missing_variable_holds_the_lead_until_it_is_filled_in(stage):
    steps = [accepted(), message(body="Hi {{ first_name }} of {{ company }}", delay={"amount": 0, "unit": "minutes"})]
    campaign = a_ready_campaign(stage, steps=steps)
    ada = stage.lead("Ada Lovelace")
    (made,) = enroll(stage, campaign, ada)["enrollment_ids"]
    stage.alice.post(f"/campaigns/{campaign['id']}/start", {"accept": ["variable_missing"]})
    do(stage, made, "skip", {"step_key": "accepted"})
    settle(stage)

    gates = {gate["gate"]: gate for gate in why(stage, made)["gates"]}
    assert gates["template"]["sentence"] == "The text lacks: company."

    stage.alice.patch(f"/leads/{ada}", {"company": "Engines"})
    gates = {gate["gate"]: gate for gate in why(stage, made)["gates"]}
    assert gates["template"]["open"]


def test_a_lead_before_a_removed_step_goes_on_after_it(running):
    stage, campaign, made = running
    do(stage, made, "skip", {"step_key": "invite"})
    steps = stage.alice.get(f"/campaigns/{campaign['id']}/sequence").json["steps"]
    left = [step for step in steps if step["key"] != "accepted"]
    for step in left:
        step["then"] = None if step is left[-1] else left[left.index(step) + 1]["key"]
    body = {"steps": left}
    answer = stage.alice.put(f"/campaigns/{campaign['id']}/sequence", body)
    assert answer.status_code == 200, answer.json

    settle(stage)

    assert enrolled(stage, campaign)[0]["step_key"] == "hello"


def test_the_clock_alone_brings_the_next_day(running):
    stage, _, made = running
    stage.wait(hours=9)

    told = why(stage, made)

    assert (told["answer"], told["reason"]) == ("wait", "outside_hours")
    assert told["until"] == "2026-03-03T08:00:00Z"
