"""Workers killed while jobs run. The long form is `python -m tests.faults.kills`."""

from __future__ import annotations

from tests.faults.slaughter import Plan, slaughter
from tests.faults.victim import MARKED


def test_every_job_of_killed_workers_is_done_once(database, seed):
    plan = Plan(kills=20, jobs=250, seed=seed)

    found = slaughter(database, plan)

    assert found.wrong(plan) == [], found
    assert found.retried > 0, found  # else no kill hit a job and nothing was shown


def test_an_effect_outside_the_jobs_transaction_would_be_doubled(database, seed):
    """The control: the same story with the mark committed by itself is seen to break."""
    plan = Plan(kills=2, jobs=12, seed=seed, mark_inside=False, aim=MARKED, job_seconds=0.05)

    found = slaughter(database, plan)

    assert max(found.marks) > 1, found
    assert any("marks by job" in said for said in found.wrong(plan))


def test_jobs_that_nobody_looks_for_would_be_seen_as_lost(database, seed):
    """The control: with leases that do not end in time, the jobs of killed workers stay where they were."""
    plan = Plan(kills=4, jobs=40, seed=seed, lease=600, aim=MARKED, job_seconds=0.2, patience=1)

    found = slaughter(database, plan)

    assert found.statuses["processing"] > 0, found
    assert any("jobs ended as" in said for said in found.wrong(plan))
