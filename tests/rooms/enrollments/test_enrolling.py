"""Who comes into a campaign, with which sender, and who does not."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import update

from rapport.enrollments.models import Enrollment
from rapport.leads.models import Lead, Relation, RelationState, SuppressionKind
from tests.rooms.campaigns.world import a_campaign, a_ready_campaign, a_sender, act
from tests.stage import Stage
from tests.together import together


def settle(stage: Stage) -> None:
    """Let consumers and jobs do what has come up."""
    stage.run_consumers()
    stage.run_due_jobs()


def why(stage: Stage, enrollment: str) -> dict:
    answer = stage.alice.get(f"/enrollments/{enrollment}/why")
    assert answer.status_code == 200, answer.json
    return answer.json


def enroll(stage: Stage, campaign: dict, *leads: str, by=None):
    answer = (by or stage.alice).post(f"/campaigns/{campaign['id']}/enrollments", {"lead_ids": list(leads)})
    assert answer.status_code == 200, answer.json
    return answer.json


def enrolled(stage: Stage, campaign: dict) -> list[dict]:
    return stage.alice.get(f"/enrollments?filter[campaign_id]={campaign['id']}&sort=enrolled_at&order=asc").json[
        "items"
    ]


def test_a_lead_is_enrolled_with_a_sender_a_step_and_a_reason(stage):
    sender = a_sender(stage)
    campaign = a_campaign(stage, account_ids=[sender.id])
    ada = stage.lead("Ada Lovelace")

    enroll(stage, campaign, ada)

    (row,) = enrolled(stage, campaign)
    assert (row["lead"], row["account_id"], row["status"]) == ("Ada Lovelace", sender.id, "pending_invite")
    assert (row["step_key"], row["reason"]) == ("invite", "campaign_draft")
    told = stage.alice.get(f"/leads/{ada}/timeline").json["items"]
    assert any(event["title"] == f"Ada Lovelace was enrolled in {campaign['name']}" for event in told)


def test_a_lead_is_in_a_campaign_once(stage):
    campaign = a_campaign(stage, account_ids=[a_sender(stage).id])
    ada = stage.lead("Ada")

    first = enroll(stage, campaign, ada, ada)
    again = enroll(stage, campaign, ada)

    assert first["enrolled"] == 1
    assert [refusal["reason"] for refusal in again["refused"]] == ["already_enrolled"]


def test_a_lead_is_in_one_campaign_at_a_time_unless_the_operator_says_so(stage):
    sender = a_sender(stage)
    ada = stage.lead("Ada")
    first = a_campaign(stage, account_ids=[sender.id])
    enroll(stage, first, ada)

    second = a_campaign(stage, account_ids=[sender.id])
    sharing = a_campaign(stage, account_ids=[sender.id], shares_leads=True)

    assert enroll(stage, second, ada)["refused"] == [
        {"lead_id": ada, "reason": "in_another_campaign", "detail": first["id"]}
    ]
    assert enroll(stage, sharing, ada)["enrolled"] == 1


def test_whoever_must_not_be_contacted_is_not_enrolled_and_the_entry_is_named(stage):
    campaign = a_campaign(stage, account_ids=[a_sender(stage).id])
    ada = stage.lead("Ada", email="ada@engines.example")
    entry = {"client_id": stage.acme.id, "kind": SuppressionKind.DOMAIN.value, "value": "engines.example"}
    assert stage.alice.post("/do-not-contact", entry).status_code == 201

    (refusal,) = enroll(stage, campaign, ada)["refused"]

    assert (refusal["reason"], refusal["detail"]) == ("do_not_contact", "domain engines.example")


def test_another_clients_lead_is_like_none(stage):
    campaign = a_campaign(stage, account_ids=[a_sender(stage).id])
    hers = stage.lead("Grace", of=stage.globex)

    assert [refusal["reason"] for refusal in enroll(stage, campaign, hers)["refused"]] == ["not_found"]
    assert stage.carol.post(f"/campaigns/{campaign['id']}/enrollments", {"lead_ids": [hers]}).status_code == 404
    assert stage.carol.get(f"/enrollments?filter[campaign_id]={campaign['id']}").json["items"] == []


def test_leads_are_spread_over_the_senders_by_what_they_may_do(stage):
    quick, slow = a_sender(stage, "Quick"), a_sender(stage, "Slow")
    stage.alice.patch(f"/linkedin-accounts/{slow.id}", {"limits": {"invites_per_day": 5}})
    campaign = a_campaign(stage, account_ids=[quick.id, slow.id])

    enroll(stage, campaign, *(stage.lead(f"Lead {number}") for number in range(30)))

    counts = Counter(row["account_id"] for row in enrolled(stage, campaign))
    assert counts == {quick.id: 25, slow.id: 5}


def test_somebody_already_connected_starts_at_the_first_message_with_whom_they_know(stage):
    stranger, friend = a_sender(stage, "Stranger"), a_sender(stage, "Friend")
    campaign = a_campaign(stage, account_ids=[stranger.id, friend.id])
    ada = stage.lead("Ada")
    with stage.tx() as tx:
        connected = RelationState.CONNECTED.value
        known = Relation(
            account_id=friend.id, lead_id=ada, client_id=stage.acme.id, state=connected, connected_at=tx.now
        )
        tx.session.add(known)

    enroll(stage, campaign, ada)

    (row,) = enrolled(stage, campaign)
    assert (row["account_id"], row["status"], row["step_key"]) == (friend.id, "connected", "hello")


@pytest.fixture
def kept(stage: Stage) -> tuple[Stage, str, str]:
    """A lead whom Mira was the first to contact."""
    mira, ada = a_sender(stage, "Mira"), stage.lead("Ada Lovelace")
    with stage.tx() as tx:
        tx.session.execute(update(Lead).where(Lead.id == ada).values(account_id=mira.id))
    return stage, mira.id, ada


def test_whoever_first_contacted_a_person_keeps_them_where_they_do_not_send_and_why_says_what_to_do(kept):
    stage, mira, ada = kept
    campaign = a_campaign(stage, account_ids=[a_sender(stage, "Bo").id])
    (made,) = enroll(stage, campaign, ada)["enrollment_ids"]
    checks = stage.alice.get(f"/campaigns/{campaign['id']}/checks").json
    refused = act(stage, campaign, "start")
    act(stage, campaign, "start", {"accept": ["leads_without_sender"]})
    settle(stage)

    (finding,) = checks["problems"]
    assert (finding["code"], finding["details"]["count"], finding["weight"]) == (
        "leads_without_sender",
        1,
        "acceptable",
    )
    assert finding["leads"] == [{"id": ada, "name": "Ada Lovelace"}]
    assert refused.status_code == 409
    said = why(stage, made)
    assert (said["account_id"], said["reason"]) == (mira, "sender_not_in_campaign")
    assert said["sentence"] == "Mira keeps this person but does not send for this campaign."
    assert [each["operation"] for each in said["remedies"]] == ["addSender", "giveEnrollment"]

    stage.alice.post(f"/campaigns/{campaign['id']}/senders", {"account_id": mira})
    settle(stage)
    assert why(stage, made)["reason"] in (None, "spacing")


def test_a_sender_who_leaves_a_campaign_sends_nothing_more_for_it(stage):
    mira, bo = a_sender(stage, "Mira"), a_sender(stage, "Bo")
    campaign = a_campaign(stage, account_ids=[mira.id])
    (made,) = enroll(stage, campaign, stage.lead("Ada"))["enrollment_ids"]
    act(stage, campaign, "start")
    stage.alice.put(f"/campaigns/{campaign['id']}/senders", {"account_ids": [bo.id]})
    settle(stage)

    assert enrolled(stage, campaign)[0]["reason"] == "sender_not_in_campaign"
    assert stage.alice.get(f"/campaigns/{campaign['id']}/queue").json["items"] == []
    stage.alice.post(f"/enrollments/{made}/give", {"account_id": bo.id})
    assert why(stage, made)["reason"] in (None, "spacing")


def test_leads_enrolled_before_there_is_a_sender_are_given_to_those_who_come(stage):
    campaign = a_campaign(stage)
    enroll(stage, campaign, *(stage.lead(f"Lead {number}") for number in range(4)))
    assert {row["reason"] for row in enrolled(stage, campaign)} == {"campaign_draft"}
    two = [a_sender(stage, name).id for name in ("Mira", "Bo")]

    stage.alice.put(f"/campaigns/{campaign['id']}/senders", {"account_ids": two})
    settle(stage)

    assert Counter(row["account_id"] for row in enrolled(stage, campaign)) == dict.fromkeys(two, 2)


def test_a_filter_enrolls_by_a_job_and_counts_first(stage):
    campaign = a_campaign(stage, account_ids=[a_sender(stage).id])
    for number in range(5):
        stage.lead(f"Lead {number}", tags=("fair",) if number < 3 else ())
    wanted = {"filter": {"tag": "fair"}}

    counted = stage.alice.post(f"/campaigns/{campaign['id']}/enrollments/count", wanted)
    asked = stage.alice.post(f"/campaigns/{campaign['id']}/enrollments/by-filter", wanted)
    stage.run_due_jobs()

    assert (counted.json["count"], asked.status_code, asked.json["count"]) == (3, 202, 3)
    assert stage.job(asked.json["job_id"]).result == {"enrolled": 3, "refused": {}}
    assert len(enrolled(stage, campaign)) == 3


def test_leads_are_found_by_their_campaigns_and_what_became_of_them_there(stage):
    ada, bea, _ = (stage.lead(name) for name in ("Ada", "Bea", "Cleo"))
    first = a_ready_campaign(stage)
    made = enroll(stage, first, ada, bea)["enrollment_ids"]
    stage.alice.post(f"/enrollments/{made[1]}/stop", {"reason": "Not now."})

    def found(query: str) -> list[str]:
        answer = stage.alice.get(f"/leads?{query}&sort=name&order=asc")
        assert answer.status_code == 200, answer.json
        return [each["first_name"] for each in answer.json["items"]]

    assert found(f"filter[in_campaign]={first['id']}") == ["Ada", "Bea"]
    assert found(f"filter[not_in_campaign]={first['id']}") == ["Cleo"]
    assert found(f"filter[campaign_status]={first['id']}:stopped") == ["Bea"]
    both = f"{first['id']}:stopped,{first['id']}:pending_invite"
    assert found(f"filter[campaign_status][in]={both}") == ["Ada", "Bea"]
    assert stage.carol.get(f"/leads?filter[in_campaign]={first['id']}").json["items"] == []


def test_the_results_of_one_campaign_are_enrolled_in_another(stage):
    first, second = a_ready_campaign(stage), a_ready_campaign(stage)
    made = enroll(stage, first, stage.lead("Ada"), stage.lead("Bea"))["enrollment_ids"]
    stage.alice.post(f"/enrollments/{made[1]}/stop", {"reason": "Not now."})
    body = {"filter": {"campaign_status": f"{first['id']}:stopped"}}

    counted = stage.alice.post(f"/campaigns/{second['id']}/enrollments/count", body)
    stage.alice.post(f"/campaigns/{second['id']}/enrollments/by-filter", body)
    stage.run_due_jobs()

    assert counted.json["count"] == 1
    assert [row["lead"] for row in enrolled(stage, second)] == ["Bea"]


def test_a_completed_campaign_takes_nobody(stage):
    campaign = a_ready_campaign(stage)
    act(stage, campaign, "start")
    act(stage, campaign, "complete", {"reason": "Done."})

    for path, body in (("", {"lead_ids": [stage.lead("Ada")]}), ("/by-filter", {"filter": {}})):
        answer = stage.alice.post(f"/campaigns/{campaign['id']}/enrollments{path}", body)
        assert (answer.status_code, answer.json["code"]) == (409, "CAMPAIGN_STATE")


def test_two_operators_at_once_enroll_a_lead_once(stage):
    sender = a_sender(stage)
    ada = stage.lead("Ada")
    both = [a_campaign(stage, account_ids=[sender.id]) for _ in range(2)]

    answers = together(*(lambda each=each: enroll(stage, each, ada) for each in both))

    assert sorted(answer["enrolled"] for answer in answers) == [0, 1]


def test_the_database_itself_keeps_a_lead_from_two_campaigns(stage):
    from sqlalchemy.exc import IntegrityError

    sender = a_sender(stage)
    ada, grace = stage.lead("Ada"), stage.lead("Grace")
    first, second = (a_campaign(stage, account_ids=[sender.id]) for _ in range(2))
    enroll(stage, first, ada)
    (other,) = enroll(stage, second, grace)["enrollment_ids"]

    with pytest.raises(IntegrityError), stage.tx() as tx:
        tx.session.execute(update(Enrollment).where(Enrollment.id == other).values(exclusive_key=ada))
