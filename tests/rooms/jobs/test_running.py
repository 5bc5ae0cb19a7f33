"""A job is claimed under a lease, run, and settled once; what fails is tried again, and what is dead is found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.jobs import claim, settle, sweep
from rapport.jobs.models import Executor
from rapport.kernel.errors import LEASE_LOST, RapportError
from rapport.runtime import loops
from tests.rooms.jobs.kinds import HOPELESS, REFUSES, Obedient, ask, effects, log
from tests.together import together

LEASE = timedelta(minutes=10)


@pytest.fixture
def kind():
    return Obedient()


@pytest.fixture
def story(make_stage, kind):
    return make_stage(more_job_types=[kind.type])


def take(stage, *, limit=1, by="a worker", types=("test.obedient",)):
    with stage.tx() as tx:
        return claim.claim(tx, executor=Executor.WORKER, types=types, limit=limit, lease=LEASE, by=by)


def finished(stage, job):
    """Whether a worker could still write the end of its job."""
    try:
        finish(stage, job)
    except RapportError as refused:
        return refused.code is not LEASE_LOST
    return True


def sweep_up(stage):
    with stage.tx() as tx:
        return sweep.sweep(tx, stage.service.job_types)


def finish(stage, job, result=None):
    with stage.tx() as tx:
        held = settle.hold(tx, job.id, job.lease_token, past_term=True)
        tx.emit("test.effect", client_id=job.client_id, job_id=job.id)
        settle.complete(tx, held, result)


def test_a_job_is_done_with_its_effect_and_its_result(story, kind):
    job_id = ask(story, "test.obedient")

    assert story.run_due_jobs() == 1

    job = story.job(job_id)
    assert (job.status, job.attempts, job.result) == ("completed", 1, {"ran": 1})
    assert job.lease_token is None
    assert job.completed_at == job.started_at == story.clock.now()
    assert effects(story, job_id) == 1
    assert log(story, job_id) == ["job.enqueued", "test.effect", "job.completed"]


def test_the_urgent_go_first_and_then_the_longest_due(story):
    late = ask(story, "test.obedient")
    story.wait(minutes=1)
    later = ask(story, "test.obedient")
    urgent = ask(story, "test.obedient", priority=5)
    future = ask(story, "test.obedient", priority=9, run_at=story.clock.now() + timedelta(hours=1))

    assert [job.id for _ in range(4) for job in take(story)] == [urgent, late, later]
    story.wait(hours=1)
    assert [job.id for job in take(story)] == [future]


def test_a_claim_counts_as_an_attempt_and_carries_a_lease_of_its_own(story):
    first, second = ask(story, "test.obedient"), ask(story, "test.obedient")

    claimed = take(story, limit=5, by="a worker")

    assert {job.id for job in claimed} == {first, second}
    assert len({job.lease_token for job in claimed}) == 2
    for job in claimed:
        assert (job.status, job.attempts, job.leased_by) == ("processing", 1, "a worker")
        assert job.lease_expires_at == story.clock.now() + LEASE
    assert take(story, limit=5) == []


def test_two_workers_at_once_never_hold_one_job(story, make_stage, kind):
    other = make_stage(more_job_types=[kind.type])
    ids = {ask(story, "test.obedient") for _ in range(40)}

    def claim_all(stage, by):
        held = []
        for _ in range(30):
            held += [job.id for job in take(stage, limit=3, by=by)]
        return held

    held = together(
        *[lambda stage=stage, by=by: claim_all(stage, by) for by, stage in enumerate((story, other, story, other))]
    )

    everything = [job_id for each in held for job_id in each]
    assert len(everything) == len(set(everything)) == 40
    assert set(everything) == ids


def test_a_failed_attempt_is_tried_after_one_five_and_fifteen_minutes_and_then_no_more(story, kind):
    kind.failing = ValueError("not today")
    job_id = ask(story, "test.obedient")
    for minutes in (1, 5, 15):
        assert story.run_due_jobs() == 1
        job = story.job(job_id)
        assert (job.status, job.error_code, job.error_message) == ("pending", "ValueError", "not today")
        assert job.run_at == story.clock.now() + timedelta(minutes=minutes)
        assert job.lease_token is None
        story.clock.set(job.run_at - timedelta(seconds=1))
        assert story.run_due_jobs() == 0
        story.clock.set(job.run_at)

    assert story.run_due_jobs() == 1

    job = story.job(job_id)
    assert (job.status, job.attempts, job.completed_at) == ("failed", 4, story.clock.now())
    story.wait(days=30)
    assert story.run_due_jobs() == 0
    assert kind.ran == 4
    assert effects(story, job_id) == 0
    assert log(story, job_id) == ["job.enqueued", *["job.retry_scheduled"] * 3, "job.failed"]


def test_waits_and_retries_are_the_types_own(make_stage):
    kind = Obedient(max_retries=2, waits=(timedelta(seconds=10),))
    stage = make_stage(more_job_types=[kind.type])
    kind.failing = ValueError()
    job_id = ask(stage, "test.obedient")
    for _ in range(2):
        stage.run_due_jobs()
        assert stage.job(job_id).run_at == stage.clock.now() + timedelta(seconds=10)
        stage.wait(seconds=10)
    stage.run_due_jobs()
    assert (stage.job(job_id).status, kind.ran) == ("failed", 3)


@pytest.mark.parametrize(("failure", "code"), [(HOPELESS, "cannot_heal"), (REFUSES, "CONFLICT")])
def test_what_cannot_heal_is_not_tried_again(story, kind, failure, code):
    kind.failing = failure
    job_id = ask(story, "test.obedient")

    story.run_due_jobs()

    job = story.job(job_id)
    assert (job.status, job.attempts, job.error_code, job.error_message) == ("failed", 1, code, str(failure))


def test_an_attempt_that_succeeds_after_others_failed_leaves_no_error_behind(story, kind):
    kind.failing = ValueError("not today")
    job_id = ask(story, "test.obedient")
    story.run_due_jobs()
    kind.failing = None
    story.wait(minutes=1)
    story.run_due_jobs()
    job = story.job(job_id)
    assert (job.status, job.attempts, job.error_code, job.error_message) == ("completed", 2, None, None)
    assert effects(story, job_id) == 1


def test_the_job_of_a_dead_worker_is_found_when_its_lease_is_over_and_done_once(story):
    job_id = ask(story, "test.obedient")
    take(story, by="a worker that dies")
    story.clock.advance(LEASE - timedelta(seconds=1))
    assert sweep_up(story) == 0
    story.wait(seconds=1)

    assert sweep_up(story) == 1

    job = story.job(job_id)
    assert (job.status, job.attempts, job.error_code) == ("pending", 1, "stale")
    assert "a worker that dies" in job.error_message
    assert job.run_at == story.clock.now() + timedelta(minutes=1)
    story.wait(minutes=1)
    story.run_due_jobs()
    assert (story.job(job_id).status, effects(story, job_id)) == ("completed", 1)


def test_a_stale_job_is_found_within_eleven_minutes_by_the_loops_own_pace(story):
    ask(story, "test.obedient")
    settings = story.service.settings
    assert settings.job_lease_seconds + settings.job_sweep_seconds <= 11 * 60
    assert loops.sweep_turn(story.service) == story.clock.now() + timedelta(seconds=settings.job_sweep_seconds)


def test_a_job_that_kills_its_workers_is_parked_and_blocks_nobody(story):
    poison = ask(story, "test.obedient", priority=100)
    for attempt in range(1, 5):
        assert [job.id for job in take(story)] == [poison]
        story.clock.advance(LEASE)
        assert sweep_up(story) == 1
        assert story.job(poison).attempts == attempt
        story.wait(minutes=15)
    others = [ask(story, "test.obedient") for _ in range(3)]

    assert story.run_due_jobs() == 3

    assert [story.job(each).status for each in others] == ["completed"] * 3
    assert (story.job(poison).status, story.job(poison).error_code) == ("failed", "stale")


def test_a_job_of_a_type_this_process_does_not_know_waits_for_one_that_does(story, make_stage):
    unknown = ask(story, "test.obedient", priority=100)
    older = make_stage()
    assert older.run_due_jobs() == 0
    assert story.run_due_jobs() == 1
    assert story.job(unknown).status == "completed"


def test_a_worker_that_lost_its_lease_writes_neither_end_nor_effect(story, kind):
    job_id = ask(story, "test.obedient")
    [slept] = take(story, by="the sleeper")
    story.clock.advance(LEASE)
    sweep_up(story)
    story.wait(minutes=1)
    story.run_due_jobs()
    assert effects(story, job_id) == 1

    loops._run(story.service, loops.Running(), slept)

    assert kind.ran == 2
    assert effects(story, job_id) == 1
    assert (story.job(job_id).attempts, story.job(job_id).result) == (2, {"ran": 1})


def test_a_failure_after_the_lease_was_lost_changes_nothing(story, kind):
    job_id = ask(story, "test.obedient")
    [slept] = take(story, by="the sleeper")
    story.clock.advance(LEASE)
    sweep_up(story)
    story.wait(minutes=1)
    take(story, by="the next")
    kind.failing = ValueError("too late")

    loops._run(story.service, loops.Running(), slept)

    job = story.job(job_id)
    assert (job.status, job.leased_by, job.error_code) == ("processing", "the next", "stale")


@pytest.mark.parametrize("token", ["", "forged", None])
def test_a_wrong_token_holds_nothing(story, token):
    job_id = ask(story, "test.obedient")
    take(story)
    with pytest.raises(RapportError) as refused, story.tx() as tx:
        settle.hold(tx, job_id, token or "", past_term=True)
    assert refused.value.code is LEASE_LOST


def test_a_worker_late_by_the_clock_but_not_swept_may_still_finish(story):
    job_id = ask(story, "test.obedient")
    [job] = take(story)
    story.clock.advance(LEASE * 2)

    finish(story, job, {"late": True})

    assert story.job(job_id).result == {"late": True}
    assert sweep_up(story) == 0


def test_a_sweep_and_a_late_worker_at_once_agree_on_one_of_them(story, make_stage, kind):
    other = make_stage(more_job_types=[kind.type])
    ids = [ask(story, "test.obedient") for _ in range(20)]
    held = take(story, limit=20)
    for stage in (story, other):
        stage.clock.advance(LEASE)

    def finish_all():
        return sum(not finished(story, job) for job in held)

    def sweep_all():
        return sum(sweep_up_some(other) for _ in range(20))

    def sweep_up_some(stage):
        with stage.tx() as tx:
            return sweep.sweep(tx, stage.service.job_types, limit=2)

    lost, swept = together(finish_all, sweep_all)

    assert lost == swept
    for job_id in ids:
        assert effects(story, job_id) == (story.job(job_id).status == "completed")


def test_heartbeats_hold_the_leases_of_what_runs_and_of_nothing_else(story):
    for _ in range(2):
        ask(story, "test.obedient")
    [mine] = take(story)
    [others] = take(story)
    running = loops.Running()
    running.add(mine.id, mine.lease_token)
    story.wait(minutes=9)

    again = loops.heartbeat_turn(story.service, running)

    assert again == story.clock.now() + LEASE / 3
    assert story.job(mine.id).lease_expires_at == story.clock.now() + LEASE
    assert story.job(others.id).lease_expires_at == story.clock.now() + timedelta(minutes=1)


def test_a_heartbeat_cannot_revive_a_lease_that_is_over(story):
    ask(story, "test.obedient")
    [job] = take(story)
    story.clock.advance(LEASE)
    with story.tx() as tx:
        assert not claim.extend(tx, job.id, job.lease_token, lease=LEASE)
    assert sweep_up(story) == 1


def test_a_worker_that_is_told_to_stop_gives_back_what_it_had_just_claimed(story, kind):
    job_id = ask(story, "test.obedient")

    loops.job_turn(story.service, loops.Running(), worker="here/1", stopping=lambda: True)

    job = story.job(job_id)
    assert (job.status, job.attempts, job.lease_token, kind.ran) == ("pending", 0, None, 0)
    assert story.run_due_jobs() == 1


def test_handlers_need_no_application_context(story, kind):
    from flask import has_app_context

    seen = []
    kind.during = lambda: seen.append(has_app_context())
    ask(story, "test.obedient")
    together(story.run_due_jobs)
    assert seen == [False]


def test_attempts_are_counted_by_type_and_outcome(story, kind):
    kind.failing = ValueError()
    ask(story, "test.obedient")
    story.run_due_jobs()
    kind.failing = None
    story.wait(minutes=1)
    story.run_due_jobs()
    shown = story.root.get("/metrics").text
    assert 'rapport_jobs_total{outcome="failed",type="test.obedient"} 1.0' in shown
    assert 'rapport_jobs_total{outcome="completed",type="test.obedient"} 1.0' in shown
