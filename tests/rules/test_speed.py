"""The rules are fast enough to be asked for every lead: measured in CPU, best of a few rounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from rapport.kernel.chance import Chance
from rapport.rules.assumptions import Rates
from rapport.rules.decision import decide, explain, next_send
from rapport.rules.delays import Delay, Unit
from rapport.rules.sequences import Asked, Step, StepKind
from rapport.rules.simulating import simulate
from tests.rules.builders import (
    MONDAY,
    ONE_WORKING_DAY,
    at,
    campaign,
    chain,
    facts,
    invite,
    sender,
    snapshot,
    text,
    visit,
    wait_for,
)

FIVE_STEPS = chain(
    invite(),
    wait_for(Asked.CONNECTED, within=Delay(14, Unit.DAYS), otherwise="visit"),
    Step("first", StepKind.MESSAGE, "second", ONE_WORKING_DAY, variants=text()),
    Step("second", StepKind.MESSAGE, "visit", Delay(3, Unit.DAYS), variants=text()),
    visit(),
)
RATES = Rates(acceptance=0.35, acceptance_after=timedelta(days=2), reply=0.12, reply_after=timedelta(days=1))


def _seconds(act: Callable[[], object], *, times: int) -> float:
    """CPU seconds of one act, in the best of five rounds."""

    def once() -> float:
        begun = time.process_time()
        for _ in range(times):
            act()
        return (time.process_time() - begun) / times

    return min(once() for _ in range(5))


def test_a_decision_takes_less_than_a_millisecond_and_a_why_less_than_five():
    known, saturday = facts(), at("2026-03-07 12:00")

    assert _seconds(lambda: decide(known, saturday), times=200) < 0.001
    assert _seconds(lambda: explain(known, saturday), times=200) < 0.005
    assert _seconds(lambda: next_send(known, saturday), times=50) < 0.005


def test_ten_thousand_leads_of_five_senders_are_simulated_for_sixty_days_in_ten_seconds():
    senders = [sender(id=f"s{number}") for number in range(5)]
    begun = snapshot(leads=10_000, begins=MONDAY, senders=senders, of=campaign(FIVE_STEPS))

    began = time.process_time()
    shown = simulate(begun, RATES, Chance("seed"), days=60, runs=1)

    assert time.process_time() - began < 10
    assert len(shown.sends) > 5000
