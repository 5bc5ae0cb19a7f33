"""Senders killed while they send. The long form is `python -m tests.faults.carnage`."""

from __future__ import annotations

import pytest

from tests.faults.carnage import Plan, carnage


def test_what_killed_senders_sent_was_sent_once_within_every_limit(database, seed, record_property):
    plan = Plan(kills=20, steps=60, seed=seed, accounts=10, workers=2)

    found = carnage(database, plan)

    assert found.wrong(plan) == [], found
    record_property("says", f"{found.kills} kills in {found.seconds} s: {dict(found.by_phase)}, {found.actions}")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sending_again_whatever_got_no_answer_would_be_seen(database, seed):
    """The control: a sender that repeats what timed out is found out by the judge, and by nobody else."""
    plan = Plan(kills=0, steps=30, seed=seed, accounts=10, is_reckless=True, faults=6)

    found = carnage(database, plan)

    assert "L1" in found.broken, found
    assert found.effects > plan.steps
