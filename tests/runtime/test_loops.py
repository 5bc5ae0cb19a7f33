"""The loops: they outlive what goes wrong in a turn, say how they are, and leave no thread behind."""

from __future__ import annotations

import threading

import pytest

from rapport.assembly import assemble
from rapport.kernel.clock import SystemClock
from rapport.runtime.supervisor import Supervisor
from tests.rooms.jobs.kinds import Obedient, ask
from tests.waiting import SOON, until


@pytest.fixture
def real(make_stage):
    """A stage whose loops run in real time."""
    kind = Obedient()
    stage = make_stage(more_job_types=[kind.type])
    stage.service.clock = SystemClock()
    return stage, kind


def rapport_threads():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("rapport-")]


def test_twenty_starts_and_stops_leave_no_thread(real):
    stage, _ = real
    for _ in range(20):
        supervisor = Supervisor(stage.service)
        supervisor.start()
        assert len(rapport_threads()) == len(supervisor.loops)
        assert supervisor.stop()
    assert rapport_threads() == []


def test_jobs_that_are_asked_for_while_the_loops_run_are_done_without_waiting_for_a_look(real):
    stage, kind = real
    supervisor = Supervisor(stage.service)
    supervisor.start()
    try:
        assert until(lambda: all(loop.last_turn_at for loop in supervisor.loops))
        ask(stage, "test.obedient", run_at=stage.clock.now())
        assert until(lambda: kind.ran == 1)
    finally:
        assert supervisor.stop()


def test_a_turn_that_raises_is_counted_and_the_loop_lives(real):
    stage, _ = real
    supervisor = Supervisor(stage.service)
    loop = next(each for each in supervisor.loops if each.name == "job-sweep")
    healthy, failed = loop.turn, []

    def failing():
        if len(failed) < 2:
            failed.append(1)
            raise ZeroDivisionError
        return healthy()

    loop.turn = failing
    supervisor.start()
    try:
        assert until(lambda: len(failed) == 2 and loop.failures == 0)
        assert loop.thread.is_alive()
        assert supervisor.dead() == []
        shown = stage.root.get("/metrics").text
        assert 'rapport_loop_turns_total{loop="job-sweep",outcome="error"} 2.0' in shown
    finally:
        assert supervisor.stop()


def test_while_it_fails_a_loop_says_what_with(real):
    stage, _ = real
    supervisor = Supervisor(stage.service)
    loop = next(each for each in supervisor.loops if each.name == "cron")

    def failing():
        raise ZeroDivisionError

    loop.turn = failing
    supervisor.start()
    try:
        assert until(lambda: loop.failures > 0)
        shown = {each["name"]: each for each in stage.root.get("/admin/status").json["loops"]}["cron"]
        assert shown["alive"]
        assert shown["last_error"] == "ZeroDivisionError"
        assert shown["failures_in_a_row"] >= 1
    finally:
        assert supervisor.stop()


def test_the_service_is_ready_when_everything_is(real):
    stage, _ = real
    supervisor = Supervisor(stage.service)
    supervisor.start()
    try:
        assert until(lambda: all(loop.last_turn_at for loop in supervisor.loops))
        answer = stage.nobody.get("/health/ready")
        assert answer.status_code == 200, answer.json
        assert {name: check["ok"] for name, check in answer.json["checks"].items()} == {
            "database": True,
            "migrations": True,
            "loops": True,
        }
    finally:
        supervisor.stop()


def test_a_loop_that_died_makes_the_service_unready_by_name(real):
    stage, _ = real
    supervisor = Supervisor(stage.service)
    supervisor.start()
    try:
        cron = next(each for each in supervisor.loops if each.name == "cron")
        cron.wake.stop()
        cron.thread.join(SOON)
        answer = stage.nobody.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json["checks"]["loops"] == {"ok": False, "detail": "dead: cron"}
        assert stage.nobody.get("/health/live").status_code == 200
    finally:
        supervisor.stop()


def test_loops_that_were_never_started_make_the_service_unready(stage):
    answer = stage.nobody.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json["checks"]["loops"] == {"ok": False, "detail": "not started"}


def test_a_service_without_loops_of_its_own_does_not_miss_them(make_stage):
    stage = make_stage(settings={"BACKGROUND": "false"})
    answer = stage.nobody.get("/health/ready")
    assert answer.status_code == 200
    assert "loops" not in answer.json["checks"]


def test_a_redis_that_is_away_is_named_and_answers_stay_right(make_stage):
    stage = make_stage(settings={"BACKGROUND": "false", "REDIS_URL": "redis://127.0.0.1:1/0"})

    answer = stage.nobody.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json["checks"]["redis"] == {"ok": False, "detail": "does not answer"}
    assert answer.json["checks"]["database"]["ok"]
    for name in ("First", "Second"):
        stage.root.patch(f"/clients/{stage.acme.id}", {"name": name})
        for _ in range(2):
            assert stage.alice.get(f"/clients/{stage.acme.id}").json["name"] == name


def test_a_redis_that_answers_is_said_to(make_stage, redis_url):
    stage = make_stage(settings={"BACKGROUND": "false", "REDIS_URL": redis_url})
    assert stage.nobody.get("/health/ready").json["checks"]["redis"] == {"ok": True, "detail": "answers"}


def test_a_database_without_its_migrations_is_named(tmp_path, database):
    from rapport.admin import migrations

    service = assemble(database.settings())
    migrations.bring_to(service.engine, "base")
    service.close()
    from rapport.app import create_app

    bare = assemble(database.settings(BACKGROUND="false"))
    try:
        answer = create_app(bare).test_client().get("/health/ready")
        assert answer.status_code == 503
        assert not answer.json["checks"]["migrations"]["ok"]
        assert "run rapport migrate" in answer.json["checks"]["migrations"]["detail"]
    finally:
        bare.close()


def test_numbers_are_for_those_who_may_see_them(make_stage):
    stage = make_stage(settings={"METRICS_TOKEN": "m" * 32})
    assert stage.nobody.get("/metrics").status_code == 401
    assert stage.alice.get("/metrics").status_code == 403
    assert stage.nobody.get("/metrics", headers={"Authorization": f"Bearer {'m' * 32}"}).status_code == 200
    assert "rapport_http_requests_total" in stage.root.get("/metrics").text
