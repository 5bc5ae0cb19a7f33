"""`why` and the simulation say the same of random enrollments of running campaigns.

Asked alone, the run of an enrollment begins with the very send that `why` foretells, at its instant, or with none.
Asked with all the others, who may stand before it, it is sent nothing else and on no earlier day: what the sender did
before it draws the minutes.
`WHY_ENROLLMENTS` says how many, `WHY_SEED` which.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from rapport.accounts import health, senders
from rapport.accounts.models import AccountStatus
from rapport.enrollments import control, facts
from rapport.enrollments.placing import place
from rapport.enrollments.why import why
from rapport.leads import persons, relating, suppression
from rapport.leads.models import SuppressionKind
from rapport.rules.assumptions import SILENCE
from rapport.rules.outcomes import Accepted, Replied, Seen, Sent
from rapport.rules.simulation import Simulation
from tests.rooms.campaigns.world import a_campaign, a_sender, accepted, act, invite, message, visit
from tests.rooms.enrollments.test_enrolling import enroll, settle
from tests.stage import Stage

MANY = int(os.environ.get("WHY_ENROLLMENTS", "120"))
SEED = int(os.environ.get("WHY_SEED", "20260302"))
AHEAD = timedelta(days=60)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
SEQUENCES = (
    [invite(note="Hi {{ first_name }}"), accepted(), message(body="{{ first_name }} at {{ company }}"), visit()],
    [
        visit(),
        {**invite(), "delay": {"amount": 2, "unit": "hours"}},
        accepted(within={"amount": 3, "unit": "days"}, otherwise="mail"),
        message(),
        {"key": "mail", "kind": "email", "variants": [{"subject": "Hello", "body": "Hi"}]},
    ],
)


@pytest.fixture
def demo(stage: Stage) -> tuple[Stage, list[str]]:
    """Campaigns that run, with leads of every kind at every place; answers the enrollments."""
    draw = random.Random(SEED)
    accounts = [a_sender(stage, f"Sender {number}").id for number in range(4)]
    campaigns = [
        a_campaign(stage, account_ids=accounts[number % 2 :], steps=SEQUENCES[number % 2], schedule={"timezone": zone})
        for number, zone in enumerate(ZONES)
    ]
    made = []
    for campaign in campaigns:
        leads = [_lead(stage, draw) for _ in range(MANY // len(campaigns))]
        made += enroll(stage, campaign, *leads)["enrollment_ids"]
        act(stage, campaign, "start", {"accept": ["variable_missing"]})
    settle(stage)
    for enrollment_id in made:
        _live(stage, enrollment_id, draw)
    with stage.tx() as tx:
        senders.pause(tx, senders.get(tx, accounts[2]), reason="On leave.")
        health.set_status(tx, senders.get(tx, accounts[3]), AccountStatus.CREDENTIALS, detail=None)
    act(stage, campaigns[3], "pause", {"reason": "A look."})
    settle(stage)
    stage.wait(days=draw.randrange(3), hours=draw.randrange(24))
    return stage, made


def _lead(stage: Stage, draw: random.Random) -> str:
    more = {"company": "Engines"} if draw.random() < 0.7 else {}
    number = stage.number()
    if draw.random() < 0.5:
        more["email"] = f"p{number}@people.example"
    return stage.lead(f"Ada {number}", **more, profile_url=f"ada-{number}")


def _live(stage: Stage, enrollment_id: str, draw: random.Random) -> None:
    """Something that may have happened to an enrollment, or nothing."""
    with stage.tx() as tx:
        row = control.get(tx, enrollment_id)
        at = tx.now - timedelta(days=draw.randrange(4), minutes=draw.randrange(600))
        match draw.randrange(10):
            case 0 | 1 | 2:
                place(tx, [row.id], happened=lambda _: Sent(row.step_key or "", None, at))
                relating.invited(tx, row.client_id, row.account_id or "", row.lead_id, at=at)
            case 3:
                place(tx, [row.id], happened=lambda _: Sent("invite", None, at))
                place(tx, [row.id], happened=lambda _: Accepted(at))
                relating.connected(tx, row.client_id, row.account_id or "", [(row.lead_id, at)])
            case 4:
                control.pause(tx, row, reason="Wait.")
            case 5:
                control.override(tx, row, due_at=tx.now + timedelta(hours=draw.randrange(200)))
            case 6:
                control.skip(tx, row, step_key=row.step_key or "")
            case 7:
                place(tx, [row.id], happened=lambda _: Replied(at, here=draw.random() < 0.5))
            case 8:
                lead = persons.get(tx, row.lead_id)
                shown = {"reason": None, "created_by": None}
                if lead.email:
                    suppression.add(tx, row.client_id, kind=SuppressionKind.PERSON, value=lead.email, **shown)
            case _:
                place(tx, [row.id], happened=lambda _: Seen(at))


def test_why_says_of_every_enrollment_what_the_simulation_then_does(demo):
    stage, made = demo
    answers: Counter[str] = Counter()

    with stage.reading() as reading:
        everything = {}
        for campaign_id in {row["campaign_id"] for row in facts.gather(reading).rows.values()}:
            start = facts.snapshot(reading, campaign_id)
            together = Simulation(start, SILENCE).run(start.at + AHEAD, most=None)
            first = {send.enrollment_id: send for send in reversed([*together.beside, *together.sends])}
            for seat in (each for each in start.seats if each.campaign_id == campaign_id):
                alone = Simulation(replace(start, seats=(seat,)), SILENCE).run(start.at + AHEAD, most=1).sends
                everything[seat.enrollment.id] = (alone[0] if alone else None, first.get(seat.enrollment.id))
        for enrollment_id in made:
            said = why(reading, enrollment_id)
            alone, among_others = everything.get(enrollment_id, (None, None))
            answers[f"{said['answer']} {said['reason'] or ''}".strip()] += 1
            where = (SEED, enrollment_id, said)
            if said["sends_at"] is None or said["sends_at"] >= reading.now + AHEAD:
                assert (alone, among_others) == (None, None), where
                continue
            assert alone is not None, where
            assert (alone.at, alone.sender_id) == (said["sends_at"], said["account_id"]), where
            if said["answer"] == "send":
                assert (alone.step, alone.variant) == (said["step"]["key"], said["variant"]), where
            if among_others is not None:
                assert among_others.day >= alone.day, where
                assert (among_others.step, among_others.variant) == (alone.step, alone.variant), where
    assert len(answers) >= 8, answers  # a world in which little happens would agree too easily
    assert sum(answers.values()) == len(made) == MANY // 4 * 4
