"""Long work in steps: each is committed by itself, so that a worker which dies loses one step and not the work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from rapport.runtime import loops
from tests.rooms.jobs.stepping import STEPS, Stepping, ask, effects

ROOT = Path(__file__).parents[3]


@pytest.fixture
def stepping() -> Stepping:
    return Stepping()


@pytest.fixture
def stage(make_stage, stepping):
    return make_stage(more_job_types=[stepping.type])


def test_a_job_in_steps_is_done_when_its_last_step_is(stage, stepping):
    job_id = ask(stage, stepping.type)

    assert stage.run_due_jobs() == STEPS

    job = stage.job(job_id)
    assert (job.status, job.result, job.attempts) == ("completed", {"steps": STEPS}, 1)
    assert effects(stage, job_id) == list(range(STEPS))


def test_between_two_steps_a_job_shows_how_far_it_came_and_may_be_claimed_at_once(stage, stepping):
    job_id = ask(stage, stepping.type)

    stage.run_due_jobs(most=2)

    job = stage.job(job_id)
    assert (job.status, job.progress, job.attempts) == ("pending", {"step": 2, "of": STEPS}, 0)
    assert job.run_at == stage.clock.now()


def test_the_progress_stays_while_the_next_step_runs(stage, stepping):
    job_id = ask(stage, stepping.type)
    stage.run_due_jobs(most=2)
    seen = []
    stepping.during = lambda: seen.append(stage.job(job_id).progress)

    stage.run_due_jobs(most=1)

    assert seen == [{"step": 2, "of": STEPS}]


def test_a_step_may_put_the_next_off(stage, stepping):
    stepping.waits[1] = stage.clock.now() + timedelta(hours=7)
    job_id = ask(stage, stepping.type)

    assert stage.run_due_jobs() == 2
    stage.wait(hours=6, minutes=59)
    assert stage.run_due_jobs() == 0
    stage.wait(minutes=1)
    assert stage.run_due_jobs() == STEPS - 2
    assert stage.job(job_id).status == "completed"


def test_what_comes_before_a_step_is_done_outside_its_transaction_and_given_to_it(stage, stepping):
    def writes_meanwhile():
        with stage.tx() as tx:  # on SQLite this waits in vain while another transaction is open
            tx.emit("test.beside", client_id=stage.acme.id)

    stepping.beforehand = writes_meanwhile
    job_id = ask(stage, stepping.type)

    stage.run_due_jobs()

    assert stage.job(job_id).status == "completed"
    assert stepping.brought == list(range(STEPS))
    told = stage.root.get(f"/events/timeline?filter[job_id]={job_id}&filter[type]=test.step").json["items"]
    assert all(event["data"]["brought"] == event["data"]["step"] for event in told)


def test_failures_between_which_the_work_gets_on_do_not_add_up(stage, stepping):
    """Five steps, each failing once, with three retries: none is ever the fourth in a row."""
    stepping.failing = {step: RuntimeError("a passing trouble") for step in range(STEPS)}
    job_id = ask(stage, stepping.type)

    for _ in range(STEPS + 1):
        stage.run_due_jobs()
        stage.wait(hours=1)

    assert stage.job(job_id).status == "completed"
    assert effects(stage, job_id) == list(range(STEPS))


def test_a_step_that_keeps_failing_ends_the_job_with_what_was_done_before(stage, stepping):
    job_id = ask(stage, stepping.type)
    stage.run_due_jobs(most=3)
    for _ in range(4):
        stepping.failing = {3: RuntimeError("for ever")}
        stage.run_due_jobs()
        stage.wait(hours=1)

    job = stage.job(job_id)
    assert (job.status, job.error_code, job.attempts) == ("failed", "RuntimeError", 4)
    assert effects(stage, job_id) == [0, 1, 2]


def test_a_worker_that_lost_its_lease_leaves_no_step(stage, stepping):
    job_id = ask(stage, stepping.type)
    stage.run_due_jobs(most=1)

    def sleeps_through_the_lease():
        stepping.beforehand = lambda: None
        stage.wait(hours=1)
        loops.sweep_turn(stage.service)

    stepping.beforehand = sleeps_through_the_lease
    stage.run_due_jobs(most=1)

    assert effects(stage, job_id) == [0]
    stage.wait(hours=1)
    stage.run_due_jobs()
    assert effects(stage, job_id) == list(range(STEPS))


def test_a_job_dismissed_between_two_steps_goes_no_further(stage, stepping):
    job_id = ask(stage, stepping.type)
    stage.run_due_jobs(most=2)

    stage.root.post(f"/jobs/{job_id}/dismiss", {"reason": "Not wanted."})
    stage.run_due_jobs()

    assert stage.job(job_id).status == "failed"
    assert effects(stage, job_id) == [0, 1]


@pytest.mark.parametrize("dies_at", [2, STEPS - 1])
def test_work_goes_on_where_a_killed_worker_left_it_and_no_step_is_done_twice(stage, stepping, dies_at):
    job_id = ask(stage, stepping.type)

    killed = subprocess.run(
        [
            *(sys.executable, "-m", "tests.rooms.jobs.stepping"),
            *(stage.database.kind, stage.database.url, str(stage.database.home), str(dies_at)),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        timeout=60,
        check=False,
    )

    assert killed.returncode == -signal.SIGKILL
    assert effects(stage, job_id) == list(range(dies_at))
    assert stage.run_due_jobs() == 0, "the dead worker's lease still holds"
    stage.wait(minutes=11)
    loops.sweep_turn(stage.service)
    stage.wait(minutes=1)
    assert stage.run_due_jobs() == STEPS - dies_at
    assert stage.job(job_id).status == "completed"
    assert effects(stage, job_id) == list(range(STEPS))
