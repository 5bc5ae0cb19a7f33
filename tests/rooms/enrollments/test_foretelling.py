"""Why, queue and simulation: three looks ahead that cannot disagree, for they ask the same rule."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.rooms.campaigns.world import a_campaign, a_ready_campaign, a_sender, act
from tests.rooms.enrollments.test_enrolling import enroll, settle, why
from tests.stage import Stage
from tests.statements import statements


@pytest.fixture
def running(stage: Stage) -> tuple[Stage, dict, list[str]]:
    """A started campaign of sixty leads and one sender with 25 invitations a day."""
    sender = a_sender(stage)
    stage.alice.patch(f"/linkedin-accounts/{sender.id}", {"warmup": False})
    campaign = a_ready_campaign(stage, account_ids=[sender.id])
    made = enroll(stage, campaign, *(stage.lead(f"Lead {number}") for number in range(60)))["enrollment_ids"]
    act(stage, campaign, "start")
    settle(stage)
    return stage, campaign, made


def queue(stage: Stage, campaign: dict, limit: int) -> list[dict]:
    answer = stage.alice.get(f"/campaigns/{campaign['id']}/queue?limit={limit}")
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def simulate(stage: Stage, campaign: dict, **assumptions):
    return stage.alice.post(f"/campaigns/{campaign['id']}/simulate", assumptions)


def test_the_queue_keeps_limits_and_hours(running):
    stage, campaign, _ = running

    coming = queue(stage, campaign, 60)

    days = Counter(send["at"][:10] for send in coming)
    assert [days[day] for day in sorted(days)][:2] == [25, 25]
    assert all("08:00" <= send["at"][11:16] < "16:00" for send in coming)  # nine to five in Berlin, in March
    assert [send["at"] for send in coming] == sorted(send["at"] for send in coming)


def test_the_first_in_the_queue_goes_when_why_says(running):
    stage, campaign, _ = running

    first = queue(stage, campaign, 1)[0]

    assert why(stage, first["enrollment_id"])["sends_at"] == first["at"]


def test_the_queue_is_the_first_run_of_the_simulation_when_nobody_answers(running):
    stage, campaign, _ = running

    coming = queue(stage, campaign, 60)
    run = simulate(stage, campaign, days=10, runs=1, acceptance=0, reply=0).json["result"]["sends"]

    assert [(send["at"], send["enrollment_id"], send["account_id"], send["step"]["key"]) for send in coming] == [
        (send["at"].replace("+00:00", "Z"), send["enrollment_id"], send["account_id"], send["step"]) for send in run
    ]


def test_asking_twice_gives_the_same_answer_and_writes_nothing(running):
    stage, campaign, made = running
    before = stage.alice.get(f"/enrollments/{made[0]}").json

    once, again = (simulate(stage, campaign, days=30, runs=5).json["result"] for _ in range(2))

    assert once == again
    assert stage.alice.get(f"/enrollments/{made[0]}").json == before


def test_a_draft_is_simulated_as_if_it_were_started(stage):
    campaign = a_campaign(stage, account_ids=[a_sender(stage).id])
    enroll(stage, campaign, *(stage.lead(f"Lead {number}") for number in range(3)))

    result = simulate(stage, campaign, days=5, runs=3).json["result"]

    assert result["by_kind"]["invite"]["middle"] == 3
    assert result["runs"] == 3


def test_a_simulation_is_kept_and_listed(running):
    stage, campaign, _ = running
    asked = stage.alice.post(f"/campaigns/{campaign['id']}/simulate", {"days": 1, "runs": 100})

    shown = stage.alice.get(f"/campaigns/simulations/{asked.json['id']}").json
    assert shown["result"]["runs"] == 100
    listed = stage.alice.get(f"/campaigns/{campaign['id']}/simulations").json["items"]
    assert [row["id"] for row in listed] == [asked.json["id"]]


def test_the_snapshot_counts_every_lead_once(running):
    stage, campaign, _ = running

    shown = stage.alice.get(f"/campaigns/{campaign['id']}/snapshot").json

    assert shown["leads"] == 60 == sum(shown["by_status"].values())
    (sender,) = shown["senders"]
    assert sender["today"]["invites"] == {"used": 0, "limit": 25}


def test_the_automation_status_says_what_comes_and_what_is_in_the_way(running):
    stage, campaign, _ = running

    runs = stage.alice.get(f"/campaigns/{campaign['id']}/automation").json
    assert (runs["runs"], runs["is_open"], runs["next_send"]["step"]["kind"]) == (True, True, "invite")

    act(stage, campaign, "pause", {"reason": "Wait."})
    settle(stage)
    paused = stage.alice.get(f"/campaigns/{campaign['id']}/automation").json
    assert (paused["runs"], paused["next_send"]) == (False, None)
    assert paused["in_the_way"] == [{"reason": "campaign_paused", "leads": 60}]


def test_a_campaign_is_found_by_its_name_in_any_case(running):
    stage, campaign, _ = running
    name = campaign["name"].upper()

    found = stage.alice.get("/campaigns/by-name/snapshot", query_string={"client_id": stage.acme.id, "name": name})

    assert found.json["campaign_id"] == campaign["id"]
    foreign = {"client_id": stage.acme.id, "name": name}
    assert stage.carol.get("/campaigns/by-name/snapshot", query_string=foreign).status_code == 404


def test_why_costs_as_many_statements_for_every_lead(running):
    stage, _, made = running
    why(stage, made[0])

    with statements(stage) as first:
        why(stage, made[0])
    with statements(stage) as last:
        why(stage, made[-1])

    assert len(first) == len(last) <= 20
