"""Recurring work: each occurrence is fired once, by however many processes."""

from __future__ import annotations

from datetime import timedelta

from rapport.jobs import cron
from rapport.jobs.registry import JobType
from rapport.rules.occurrences import Every
from rapport.runtime.loops import CronTurns
from tests.together import together

HOURLY = JobType("test.hourly", "Recurs.", handler=lambda _tx, _job: None, agency=True, every=Every(timedelta(hours=1)))


def jobs(stage):
    return stage.root.get("/jobs?filter[type]=test.hourly&sort=created_at&order=asc").json["items"]


def test_an_occurrence_is_fired_once_by_any_number_of_processes(make_stage):
    stages = [make_stage(more_job_types=[HOURLY]) for _ in range(4)]
    occurrence = HOURLY.every.latest(stages[0].clock.now())

    def fire(stage):
        with stage.tx() as tx:
            return cron.fire(tx, HOURLY, occurrence)

    fired = together(*[lambda stage=stage: fire(stage) for stage in stages])

    assert sorted(fired) == [False, False, False, True]
    assert len(jobs(stages[0])) == 1


def test_turns_of_several_processes_over_a_day_fire_each_hour_once(make_stage):
    stages = [make_stage(more_job_types=[HOURLY]) for _ in range(2)]
    turns = [CronTurns() for _ in stages]
    for _ in range(24):
        for stage, cron_turns in zip(stages, turns, strict=True):
            cron_turns.turn(stage.service)
            cron_turns.turn(stage.service)
        stages[0].run_due_jobs()
        for stage in stages:
            stage.wait(hours=1)

    found = jobs(stages[0])
    assert len(found) == 24
    assert len({job["payload"]["occurrence"] for job in found}) == 24


def test_a_process_that_slept_fires_only_the_newest_occurrence(make_stage):
    stage = make_stage(more_job_types=[HOURLY])
    turns = CronTurns()
    turns.turn(stage.service)
    stage.run_due_jobs()
    stage.wait(hours=7, minutes=20)
    turns.turn(stage.service)

    assert [job["payload"]["occurrence"][11:16] for job in jobs(stage)] == ["09:00", "16:00"]


def test_while_one_occurrence_is_open_the_next_adds_no_second_job(make_stage):
    stage = make_stage(more_job_types=[HOURLY])
    turns = CronTurns()
    for _ in range(3):
        turns.turn(stage.service)
        stage.wait(hours=1)
    assert len(jobs(stage)) == 1


def test_a_clock_that_goes_back_fires_nothing_again(make_stage):
    stage = make_stage(more_job_types=[HOURLY])
    turns = CronTurns()
    turns.turn(stage.service)
    stage.run_due_jobs()
    stage.wait(hours=1)
    turns.turn(stage.service)
    stage.run_due_jobs()
    stage.wait(hours=-1)
    turns.turn(stage.service)
    stage.wait(hours=1)
    turns.turn(stage.service)
    assert len(jobs(stage)) == 2
