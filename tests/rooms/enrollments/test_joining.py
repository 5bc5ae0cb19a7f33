"""Two leads turn out to be one person, who is in campaigns as both; and were two persons after all."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from sqlalchemy import update

from rapport.enrollments import holding
from rapport.enrollments.models import Enrollment
from rapport.enrollments.placing import place
from rapport.rules.outcomes import Sent
from tests.rooms.campaigns.world import a_campaign, a_sender, act
from tests.rooms.enrollments.test_enrolling import enroll, enrolled, settle, why
from tests.stage import Stage


def merge(stage: Stage, kept: str, other: str) -> None:
    answer = stage.alice.post(f"/leads/{kept}/merge", {"other_id": other})
    assert answer.status_code == 200, answer.json
    settle(stage)


def unmerge(stage: Stage, kept: str) -> None:
    answer = stage.alice.post(f"/leads/{kept}/unmerge")
    assert answer.status_code == 200, answer.json
    settle(stage)


def a_started(stage: Stage, *leads: str, **more: Any) -> tuple[dict, dict[str, str]]:
    """A campaign of one sender that runs, and lead → enrollment."""
    campaign = a_campaign(stage, account_ids=[a_sender(stage).id], **more)
    made = enroll(stage, campaign, *leads)["enrollment_ids"] if leads else []
    act(stage, campaign, "start")
    settle(stage)
    return campaign, dict(zip(leads, made, strict=True))


def sent(stage: Stage, enrollment_id: str, step: str = "invite") -> None:
    """A step that was really sent, now."""
    with stage.tx() as tx:
        place(tx, [enrollment_id], happened=lambda _: Sent(step, None, tx.now))


def steps(stage: Stage, enrollment_id: str) -> set[str]:
    return {each["step_key"] for each in stage.alice.get(f"/enrollments/{enrollment_id}").json["steps"]}


def row(stage: Stage, enrollment_id: str) -> dict:
    return stage.alice.get(f"/enrollments/{enrollment_id}").json


@pytest.fixture
def twice(stage: Stage) -> tuple[Stage, str, str, dict[str, str]]:
    """Ada as two leads in one running campaign; the second was invited on Monday."""
    ada, again = stage.lead("Ada Lovelace"), stage.lead("Ada Byron")
    _, made = a_started(stage, ada, again)
    sent(stage, made[again])
    return stage, ada, again, made


def test_a_step_sent_to_either_is_never_sent_to_the_person_again(twice):
    stage, ada, again, made = twice
    assert why(stage, made[ada])["step"]["key"] == "invite"

    merge(stage, ada, again)

    goes_on = why(stage, made[ada])
    assert (goes_on["status"], goes_on["step"]["key"]) == ("invite_sent", "accepted")
    stands = why(stage, made[again])
    assert (stands["answer"], stands["reason"]) == ("stop", "merged")
    assert row(stage, made[again])["next_at"] is None


def test_an_undo_brings_both_back_to_where_they_stood(twice):
    stage, ada, again, made = twice
    names = ("status", "step_key", "lead_id", "reached_at", "ended_at", "account_id")
    before = {key: {name: row(stage, key)[name] for name in names} for key in made.values()}

    merge(stage, ada, again)
    unmerge(stage, ada)

    assert {key: {name: row(stage, key)[name] for name in names} for key in made.values()} == before
    assert why(stage, made[ada])["step"]["key"] == "invite"


def test_what_happened_between_merge_and_undo_stays(twice):
    stage, ada, again, made = twice
    merge(stage, ada, again)
    stage.wait(hours=1)
    sent(stage, made[ada], "hello")

    unmerge(stage, ada)

    assert row(stage, made[ada])["status"] == "messaged"
    assert why(stage, made[again])["step"]["key"] == "accepted"


@pytest.mark.parametrize("arrives", [True, False], ids=["and is sent", "and is not sent"])
def test_an_action_under_way_for_one_holds_the_other_until_it_is_settled(stage, arrives):
    ada, again = stage.lead("Ada Lovelace"), stage.lead("Ada Byron")
    _, made = a_started(stage, ada, again)
    with stage.tx() as tx:
        holding.begin(tx, [made[again]])

    merge(stage, ada, again)
    assert why(stage, made[ada])["reason"] == "in_flight"

    with stage.tx() as tx:
        holding.end(tx, made[again], Sent("invite", None, tx.now) if arrives else None)
    goes_on = row(stage, made[ada])
    assert goes_on["step_key"] == ("accepted" if arrives else "invite")
    assert goes_on["reason"] == ("waiting_for_condition" if arrives else "due") or goes_on["reason"] == "spacing"


def test_a_person_stays_in_one_active_campaign_the_one_that_had_them_first(stage):
    ada, again = stage.lead("Ada Lovelace"), stage.lead("Ada Byron")
    second, later = a_started(stage, again)
    stage.wait(minutes=5)
    first, sooner = a_started(stage, ada)

    merge(stage, ada, again)

    assert why(stage, later[again])["reason"] != "merged"
    assert why(stage, sooner[ada])["reason"] == "merged"
    assert [each["lead_id"] for each in enrolled(stage, second)] == [ada]
    third = a_campaign(stage, account_ids=[a_sender(stage).id])
    (refusal,) = enroll(stage, third, ada)["refused"]
    assert refusal["detail"] == second["id"] != first["id"]

    unmerge(stage, ada)
    assert why(stage, sooner[ada])["reason"] != "merged"
    assert [each["lead_id"] for each in enrolled(stage, second)] == [again]
    (refusal,) = enroll(stage, third, ada)["refused"]
    assert refusal["detail"] == first["id"]


def test_a_person_may_be_in_campaigns_that_share_leads(stage):
    ada, again = stage.lead("Ada Lovelace"), stage.lead("Ada Byron")
    _, one = a_started(stage, ada)
    _, shared = a_started(stage, again, shares_leads=True)

    merge(stage, ada, again)

    assert {why(stage, made)["reason"] for made in (one[ada], shared[again])} <= {None, "spacing"}


def test_every_merge_and_undo_and_skip_taken_back_is_in_the_timeline(twice):
    stage, ada, again, made = twice
    merge(stage, ada, again)
    unmerge(stage, ada)
    stage.alice.post(f"/enrollments/{made[ada]}/skip", {"step_key": "hello"})
    stage.alice.post(f"/enrollments/{made[ada]}/unskip", {"step_key": "hello"})

    told = [each["type"] for each in stage.alice.get(f"/leads/{ada}/timeline?limit=100").json["items"]]
    assert {"enrollment.merged", "enrollment.unmerged", "enrollment.step_unskipped"} <= set(told)


ORDERS = [
    [(into, other) for into, other in order]
    for order in (
        [(0, 1), (0, 2)],
        [(0, 2), (0, 1)],
        [(1, 2), (0, 1)],
        [(2, 1), (0, 2)],
        [(1, 0), (2, 1)],
        [(2, 0), (1, 2)],
    )
]
STATES = ("pending_invite", "invite_sent", "messaged", "stopped", "completed", "error", None)


@pytest.mark.parametrize("seed", range(4))
def test_it_does_not_matter_which_leads_are_merged_first(stage, seed):
    """Three leads that are one person, in two campaigns in drawn places: every order of merging ends the same."""
    drawn = stage.service.chance.stream("merges", seed)
    sender = a_sender(stage)
    campaigns = [a_campaign(stage, account_ids=[sender.id]) for _ in range(2)]
    for campaign in campaigns:
        assert act(stage, campaign, "start").status_code == 200
    places = [[drawn.choice(STATES) for _ in range(3)] for _ in campaigns]
    minutes = {key: drawn.randrange(60) for key in itertools.product(range(2), range(3))}
    ends = []
    for at, order in enumerate(ORDERS):
        leads = [stage.lead(f"Ada {at}-{number}") for number in range(3)]
        for number, lead in enumerate(leads):
            of = next((each for each in range(2) if places[each][number] is not None), None)
            if of is not None:
                (made,) = enroll(stage, campaigns[of], lead)["enrollment_ids"]
                _stands(stage, made, places[of][number], minutes[of, number])
        for into, other in order:
            merge(stage, leads[into], leads[other])
        ends.append(_person(stage, leads))
    assert all(end == ends[0] for end in ends), (seed, places, ends)


def _stands(stage: Stage, enrollment_id: str, status: str, minutes: int) -> None:
    """Put an enrollment somewhere a story of its own would lead to."""
    now = stage.clock.now()
    at = now.replace(minute=minutes)
    with stage.tx() as tx:
        if status in ("invite_sent", "messaged"):
            place(tx, [enrollment_id], happened=lambda _: Sent("invite", None, at))
        values = {"enrolled_at": at, **({} if status == "pending_invite" else {"status": status})}
        tx.session.execute(update(Enrollment).where(Enrollment.id == enrollment_id).values(values))
        tx.session.flush()
        place(tx, [enrollment_id])


def _person(stage: Stage, leads: list[str]) -> dict[str, Any]:
    """What of a person in campaigns does not depend on which lead is theirs now."""
    found: dict[str, Any] = {}
    for lead in leads:
        for each in stage.alice.get(f"/enrollments?filter[lead_id]={lead}&limit=100").json["items"]:
            said = why(stage, each["id"])
            if said["reason"] != "merged":
                assert each["campaign_id"] not in found, "twice in one campaign"
                found[each["campaign_id"]] = (each["status"], said["step"] and said["step"]["key"], said["answer"])
    return found
