"""Forecasts: little is said of what few have shown, and the truth lies where it is said to lie."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from rapport.kernel.chance import Chance
from rapport.rules.assumptions import People, Rates
from rapport.rules.delays import Delay, Unit
from rapport.rules.forecasting import ACCEPTANCE, REPLY, Evidence, forecast, rate_of
from rapport.rules.outcomes import Accepted, Replied
from rapport.rules.sequences import Asked, StepKind
from rapport.rules.simulation import Simulation, simulate_once
from rapport.rules.snapshots import Run, Snapshot
from tests.rules.builders import MONDAY, ONE_WORKING_DAY, campaign, chain, invite, message, sender, snapshot, wait_for
from tests.rules.laws import Diary

WORLDS = int(os.environ.get("FORECAST_WORLDS", "3"))
LEADS, RUNS, DAYS = 60, 40, 120
HOUR = 3600.0


def _asked(hours_ago: float, many: int) -> list[float]:
    return [hours_ago * HOUR] * many


def test_who_was_asked_an_hour_ago_says_nothing_yet():
    nobody = rate_of(Evidence([], []), ACCEPTANCE)
    young = rate_of(Evidence(_asked(0.01, 200), []), ACCEPTANCE)
    old = rate_of(Evidence(_asked(1000, 200), []), ACCEPTANCE)

    assert abs(young.middle[0] - nobody.middle[0]) < 0.01
    assert old.middle[0] < 0.03


def test_the_more_have_shown_it_the_surer_a_rate_is():
    few = rate_of(Evidence(_asked(500, 10), [24 * HOUR] * 4), ACCEPTANCE)
    many = rate_of(Evidence(_asked(500, 1000), [24 * HOUR] * 400), ACCEPTANCE)
    draws = [sorted(rate.draw(Chance("seed").stream(number))[0] for number in range(200)) for rate in (few, many)]

    spread_of_few, spread_of_many = (each[180] - each[20] for each in draws)
    assert spread_of_many < spread_of_few / 3
    assert abs(many.middle[0] - 0.4) < 0.01
    assert abs(many.middle[1] - timedelta(hours=24)) < timedelta(hours=1)


def test_the_truth_lies_in_the_interval_about_as_often_as_it_says(record_property):
    held = {"accepted": 0, "replied": 0, "ends_at": 0}
    for number in range(WORLDS):
        for name, is_held in _one_world(number).items():
            held[name] += is_held

    record_property("says", f"forecasts: of {WORLDS} worlds the interval of 80 % held the truth in {held}")
    assert min(held.values()) >= int(0.8 * WORLDS), held


def _one_world(number: int) -> dict[str, bool]:
    """A campaign that ran to its end, foretold when a quarter of its people were invited."""
    draw = Chance("worlds").stream(number)
    truth = Rates(
        acceptance=draw.uniform(0.15, 0.55),
        acceptance_after=timedelta(hours=draw.uniform(12, 60)),
        reply=draw.uniform(0.05, 0.3),
        reply_after=timedelta(hours=draw.uniform(6, 48)),
    )
    steps = chain(
        invite(),
        wait_for(Asked.CONNECTED, within=Delay(14, Unit.DAYS)),
        message("m1", after=ONE_WORKING_DAY),
        message("m2", after=Delay(3, Unit.DAYS)),
    )
    begun = snapshot(leads=LEADS, begins=MONDAY, senders=[sender(limits={"invites_per_day": 5})], of=campaign(steps))
    people = People(truth, Chance(f"truth {number}"), run=0)
    whole = simulate_once(begun, people, days=DAYS)
    asked_at = [send.at for send in whole.sends if send.kind is StepKind.INVITE][LEADS // 4]

    diary = Diary(people)
    first = Simulation(begun, diary)
    so_far = first.run(asked_at, most=None)
    senders = {key: each.facts for key, each in first._senders.items()}
    middle = Snapshot(asked_at, begun.campaigns, senders, tuple(first._seats.values()), of=None)
    found = forecast(
        middle,
        rate_of(_evidence(so_far, diary, asked_at, Accepted), ACCEPTANCE),
        rate_of(_evidence(so_far, diary, asked_at, Replied), REPLY),
        Chance(f"forecast {number}"),
        days=DAYS,
        runs=RUNS,
    )
    low, _, high = found.ends_at
    return {
        "accepted": found.accepted.low <= whole.accepted - so_far.accepted <= found.accepted.high,
        "replied": found.replied.low <= whole.replied - so_far.replied <= found.replied.high,
        "ends_at": _after(low, whole.ended_at) and _after(whole.ended_at, high),
    }


def _evidence(run: Run, diary: Diary, now: datetime, outcome: type[Accepted | Replied]) -> Evidence:
    """What the log would say by now."""
    kinds = {StepKind.INVITE} if outcome is Accepted else {StepKind.MESSAGE}
    asked = [send for send in run.sends if send.kind in kinds]
    answers = []
    for enrollment_id, happened in diary.did:
        if isinstance(happened, outcome) and happened.at <= now:
            before = [send.at for send in asked if send.enrollment_id == enrollment_id and send.at < happened.at]
            answers.append((happened.at - max(before)).total_seconds())
    return Evidence([(now - send.at).total_seconds() for send in asked], answers)


def _after(one: datetime | None, other: datetime | None) -> bool:
    """Whether the other is not before the one; None is after all days."""
    return other is None or (one is not None and one <= other)
