"""From draft to archive: what is checked before a start, what follows what, who sends."""

from __future__ import annotations

from datetime import UTC, datetime

from rapport.accounts import senders
from rapport.campaigns import facts
from rapport.enrollments import control
from rapport.enrollments.models import Enrollment
from rapport.rules.statuses import CampaignState
from tests.rooms.campaigns.world import (
    STEPS,
    a_campaign,
    a_lead,
    a_ready_campaign,
    a_running_campaign,
    a_sender,
    accepted,
    act,
    codes,
    enroll,
    invite,
    message,
    told,
    visit,
)
from tests.together import together


def test_a_campaign_goes_from_draft_to_archive(stage):
    campaign = a_ready_campaign(stage)
    enroll(stage, campaign, a_lead(stage))

    started = act(stage, campaign, "start").json
    paused = act(stage, campaign, "pause", {"reason": "The offer changed."}).json
    resumed = act(stage, campaign, "resume").json
    completed = act(stage, campaign, "complete", {"reason": "Enough."}).json
    archived = act(stage, campaign, "archive").json

    assert started["state"] == "active"
    assert started["started_at"] is not None
    assert (paused["state"], paused["pause_reason"]) == ("paused", "The offer changed.")
    assert (resumed["state"], resumed["pause_reason"], resumed["paused_at"]) == ("active", None, None)
    assert completed["state"] == "completed"
    assert archived["state"] == "archived"
    about_it = [each for each in told(stage, campaign) if each.startswith("campaign.")]
    assert about_it[2:] == [
        "campaign.started",
        "campaign.paused",
        "campaign.resumed",
        "campaign.completed",
        "campaign.archived",
    ]


def test_what_does_not_follow_is_refused_and_says_what_does(stage):
    campaign = a_ready_campaign(stage)

    refused = [
        act(stage, campaign, "resume"),
        act(stage, campaign, "pause", {"reason": "Early."}),
        act(stage, campaign, "complete", {"reason": "Early."}),
    ]
    act(stage, campaign, "start")
    refused += [act(stage, campaign, "start"), act(stage, campaign, "archive")]

    codes = ["CAMPAIGN_STATE", "CAMPAIGN_NOT_ACTIVE", "CAMPAIGN_STATE", "CAMPAIGN_STATE", "CAMPAIGN_STATE"]
    assert [answer.json["code"] for answer in refused] == codes
    assert refused[-1].json["details"] == {
        "state": ["The campaign is active: archive is not possible, complete, pause is."]
    }
    assert stage.alice.get(f"/campaigns/{campaign['id']}").json["state"] == "active"


def test_pausing_and_completing_need_a_reason(stage):
    campaign = a_running_campaign(stage)

    answers = [act(stage, campaign, what, body) for what in ("pause", "complete") for body in ({}, {"reason": " "})]

    assert {answer.status_code for answer in answers} == {422}


def test_of_two_starts_at_once_one_starts(stage):
    campaign = a_ready_campaign(stage)
    alice, root = stage.alice, stage.root
    path = f"/campaigns/{campaign['id']}/start"

    answers = together(lambda: alice.post(path), lambda: root.post(path), lambda: alice.post(path))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert told(stage, campaign).count("campaign.started") == 1


def test_a_start_repeated_under_one_key_is_one_start(stage):
    campaign = a_ready_campaign(stage)
    path, key = f"/campaigns/{campaign['id']}/start", {"Idempotency-Key": "start it"}

    first, second = (stage.alice.post(path, {"accept": []}, headers=key) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.data == second.data


def test_a_start_lists_everything_that_is_wrong_and_changes_nothing(stage):
    ill, resting = a_sender(stage, "Ill", status="credentials"), a_sender(stage, "Resting")
    with stage.tx() as tx:
        senders.pause(tx, senders.get(tx, resting.id), reason="A holiday.")
    campaign = a_campaign(
        stage,
        account_ids=[ill.id, resting.id],
        schedule={"ends_on": "2026-03-01"},
        steps=[invite(note="Hello " * 40 + "{{ company }}"), accepted(), message(body="About {{ title }}")],
    )
    long = a_lead(stage, "Ada Lovelace", company="C" * 100, title="Countess")
    untitled = a_lead(stage, "Bo Ek", company="Ek")
    enroll(stage, campaign, long, untitled)

    refused = act(stage, campaign, "start")
    checked = stage.bob.get(f"/campaigns/{campaign['id']}/checks")

    assert refused.status_code == 409
    assert refused.json["code"] == "CAMPAIGN_NOT_READY"
    wrong = ["dates_over", "sender_not_ok", "sender_paused", "text_too_long", "variable_missing"]
    assert codes(refused) == wrong
    assert checked.json["ready"] is False
    assert checked.json["problems"] == refused.json["details"]
    found = {problem["code"]: problem for problem in refused.json["details"]}
    assert found["variable_missing"]["sentence"] == "1 leads lack title."
    assert found["variable_missing"]["leads"] == [{"id": untitled, "name": "Bo Ek"}]
    assert (found["variable_missing"]["step"], found["variable_missing"]["variant"]) == ("hello", "a")
    assert found["text_too_long"]["leads"] == [{"id": long, "name": "Ada Lovelace"}]
    assert found["text_too_long"]["details"] == {"length": 340, "count": 1, "most": 300}
    assert found["sender_not_ok"]["details"]["name"] == "Ill"
    assert stage.alice.get(f"/campaigns/{campaign['id']}").json["state"] == "draft"


def test_nothing_to_do_and_nobody_to_do_it(stage):
    campaign = a_campaign(stage, steps=[], schedule={"week": {key: [] for key in ["monday"]}, "weekend": []})
    stage.alice.patch(
        f"/campaigns/{campaign['id']}",
        {
            "schedule": {
                "week": {day: [] for day in ("tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")}
            }
        },
    )

    assert codes(act(stage, campaign, "start")) == ["empty", "never_opens", "no_leads", "no_sender"]


def test_no_leads_is_only_a_warning(stage):
    campaign = a_ready_campaign(stage)

    checked = stage.alice.get(f"/campaigns/{campaign['id']}/checks").json

    assert [(problem["code"], problem["weight"]) for problem in checked["problems"]] == [("no_leads", "warning")]
    assert checked["ready"] is True
    assert act(stage, campaign, "start").status_code == 200


def test_what_is_accepted_by_name_is_no_obstacle_and_nothing_else_can_be_accepted(stage):
    campaign = a_ready_campaign(stage, steps=[invite(), accepted(), message(body="About {{ company }}")])
    enroll(stage, campaign, a_lead(stage))

    by_name = {"accept": ["variable_missing"]}
    refused = [act(stage, campaign, "start"), act(stage, campaign, "start", {"accept": ["text_too_long"]})]
    not_acceptable = act(stage, campaign, "start", {"accept": ["no_sender"]})
    started = act(stage, campaign, "start", by_name)

    assert [codes(answer) for answer in refused] == [["variable_missing"]] * 2
    assert not_acceptable.status_code == 422
    assert started.json["state"] == "active"


def test_leads_whose_way_is_at_its_end_hold_nothing_up(stage):
    campaign = a_ready_campaign(stage, steps=[invite(), accepted(), message(body="About {{ company }}")])
    lead_id = a_lead(stage)
    enroll(stage, campaign, lead_id)
    with stage.tx() as tx:
        for enrollment in tx.session.query(Enrollment):
            control.stop(tx, enrollment, reason="Not this one.")

    assert act(stage, campaign, "start").status_code == 200


def test_a_campaign_that_could_not_be_started_is_not_resumed(stage):
    campaign = a_running_campaign(stage)
    act(stage, campaign, "pause", {"reason": "A pause."})
    with stage.tx() as tx:
        senders.pause(tx, senders.get(tx, campaign["account_ids"][0]), reason="Ill.")

    assert codes(act(stage, campaign, "resume")) == ["no_leads", "sender_paused"]
    assert act(stage, campaign, "resume", {"accept": ["sender_paused"]}).status_code == 200


def test_nothing_of_an_archived_client_starts(stage):
    campaign = a_ready_campaign(stage)
    stage.root.post(f"/clients/{stage.acme.id}/archive")

    assert act(stage, campaign, "start").json["code"] == "CLIENT_ARCHIVED"


def test_senders_are_set_added_and_removed(stage):
    ada, bo, cy = (a_sender(stage, name) for name in ("Ada", "Bo", "Cy"))
    campaign = a_campaign(stage)
    path = f"/campaigns/{campaign['id']}/senders"

    def names(answer) -> list[str]:
        return [sender["name"] for sender in answer.json["senders"]]

    assert names(stage.alice.put(path, {"account_ids": [ada.id, bo.id, ada.id]})) == ["Ada", "Bo"]
    assert names(stage.alice.post(path, {"account_id": cy.id})) == ["Ada", "Bo", "Cy"]
    assert names(stage.alice.post(path, {"account_id": cy.id})) == ["Ada", "Bo", "Cy"]
    assert stage.alice.delete(f"{path}/{ada.id}").status_code == 204
    assert stage.alice.delete(f"{path}/{ada.id}").status_code == 404
    assert names(stage.bob.get(path)) == ["Bo", "Cy"]
    assert stage.bob.get(f"/campaigns/{campaign['id']}").json["account_ids"] == [bo.id, cy.id]
    assert told(stage, campaign)[1:] == ["campaign.sender_added"] * 3 + ["campaign.sender_removed"]


def test_an_account_of_another_client_is_as_good_as_unknown(stage):
    foreign = a_sender(stage, "Olga", of=stage.globex)
    campaign = a_campaign(stage)
    path = f"/campaigns/{campaign['id']}/senders"
    unknown = "0190a1b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b"

    for person in (stage.alice, stage.root):
        answers = [person.put(path, {"account_ids": [each]}) for each in (foreign.id, unknown)]
        assert {answer.status_code for answer in answers} == {422}
        assert answers[0].json == answers[1].json
        assert answers[0].json["details"] == {"account_ids": {"0": ["The client has no such account."]}}
        assert person.post(path, {"account_id": foreign.id}).status_code == 422


def test_an_active_campaign_keeps_a_sender_and_a_completed_one_keeps_all(stage):
    campaign = a_running_campaign(stage)
    path = f"/campaigns/{campaign['id']}/senders"
    only = campaign["account_ids"][0]

    last = stage.alice.delete(f"{path}/{only}")
    act(stage, campaign, "complete", {"reason": "Enough."})
    closed = stage.alice.post(path, {"account_id": a_sender(stage, "Late").id})

    assert last.json["details"] == {"account_ids": ["An active campaign keeps at least one sender."]}
    assert closed.json["code"] == "CAMPAIGN_STATE"


def test_the_decision_is_told_of_the_campaign_as_it_stands(stage):
    campaign = a_running_campaign(stage, schedule={"starts_on": "2026-03-02", "ends_on": "2026-03-31"})
    stage.alice.put(f"/campaigns/{campaign['id']}/sequence", {"steps": [visit(), *STEPS]})

    with stage.reading() as reading:
        known = facts.of(reading, campaign["id"])

    assert known.state is CampaignState.ACTIVE
    assert (known.sequence.version, known.sequence.start) == (2, "visit")
    assert known.schedule.zone == "Europe/Berlin"
    assert (known.starts_at, known.ends_at) == (
        datetime(2026, 3, 1, 23, 0, tzinfo=UTC),
        datetime(2026, 3, 31, 22, 0, tzinfo=UTC),
    )
    assert known.seed
    assert known.stops_on_reply_elsewhere is True
