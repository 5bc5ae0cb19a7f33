"""The product as processes: it starts, stops in good order within ten seconds, and is alone on its SQLite."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from rapport.jobs.enqueue import enqueue
from scripts.servers import free_port
from tests.databases import fresh_database
from tests.runtime import slow
from tests.runtime.processes import RAPPORT, SLOW, fetch, ready, running
from tests.stage import Stage

SECRET = "a test's secret key, long enough to be one"


def environment(database, **more):
    return {
        "RAPPORT_HOME": str(database.home),
        "DATABASE_URL": database.url,
        "SECRET_KEY": SECRET,
        "RAPPORT_DEMO_PASSWORD": "correct horse battery",
        **more,
    }


@pytest.fixture
def web(database):
    """Where a service of this database would answer."""
    port = free_port()
    return port, environment(database, PORT=str(port))


def ask_slowly(stage, seconds):
    with stage.tx() as tx:
        job, _ = enqueue(tx, slow.SLOW, client_id=stage.acme.id, payload={"seconds": seconds})
    return job.id


def test_a_service_starts_says_so_and_stops_when_told(web):
    port, given = web
    with running(RAPPORT, "run", **given) as service:
        service.line_with("Sign in as")
        ready(port)
        assert fetch(port, "/health/live") == (200, '{"status":"live"}')
        assert service.stop() < 10
        assert service.process.returncode == 0


def test_what_few_starts_need_is_not_loaded_before_it_is_asked_for():
    program = "import sys, rapport.app, rapport.runtime.web; print(*sys.modules)"
    with running((sys.executable, "-c", program)) as process:
        loaded = process.line_with("rapport.app").split()
    assert "sqlalchemy" in loaded  # the control: what is loaded is seen
    assert not {"openpyxl", "xlsxwriter", "redis"} & set(loaded)


def test_a_request_in_flight_is_finished_before_the_service_ends(web):
    port, given = web
    with running(SLOW, "serve", **given) as service, ThreadPoolExecutor(1) as pool:
        service.line_with("listens")
        asked = pool.submit(fetch, port, "/slow")
        service.line_with("begun")
        took = service.stop()
        assert asked.result(10) == (200, "done")
        assert 0.5 < took < 10
        assert service.process.returncode == 0


def test_a_job_in_flight_is_finished_before_a_worker_ends(database, stage):
    job_id = ask_slowly(stage, 1.5)
    with running(SLOW, "worker", **environment(database)) as worker:
        worker.line_with(f"begun {job_id}")
        took = worker.stop()
        assert worker.process.returncode == 0
    assert took < 10
    assert stage.job(job_id).status == "completed"


def test_what_cannot_be_finished_in_time_is_given_back_to_others(tmp_path):
    with fresh_database("postgresql", tmp_path) as database:
        stage = Stage(database)
        job_id = ask_slowly(stage, 60)
        with running(SLOW, "worker", **environment(database)) as worker:
            worker.line_with(f"begun {job_id}")
            took = worker.stop()
        job = stage.job(job_id)
        stage.close()
    assert took < 10
    assert (job.status, job.attempts, job.error_code, job.lease_token) == ("pending", 1, "interrupted", None)


def test_a_worker_of_the_products_own_stops_when_told(tmp_path):
    with (
        fresh_database("postgresql", tmp_path) as database,
        running(RAPPORT, "worker", **environment(database)) as worker,
    ):
        worker.line_with("Worker ")
        assert worker.stop() < 10
        assert worker.process.returncode == 0


@pytest.mark.parametrize("command", ["serve", "worker", "run"])
def test_a_second_process_on_one_sqlite_is_refused_in_one_line(tmp_path, command):
    with fresh_database("sqlite", tmp_path) as database:
        given = environment(database, PORT=str(free_port()))
        with running(RAPPORT, "worker", **given) as first:
            first.line_with("Worker ")
            with running(RAPPORT, command, **given) as second:
                said = second.line_with("rapport:")
                assert second.process.wait(20) != 0
            assert second.lines == [said]
            assert f"Process {first.process.pid} works on the database" in said
            assert "set DATABASE_URL" in said


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path):
    with fresh_database("sqlite", tmp_path) as database:
        for _ in range(2):
            with running(RAPPORT, "worker", **environment(database)) as worker:
                worker.line_with("Worker ")
                worker.stop(signal.SIGKILL)


def test_web_processes_that_are_reloaded_leave_no_loops_behind(tmp_path):
    """After a reload each worker is a new process, and the old ones' loops are gone with them."""
    with fresh_database("postgresql", tmp_path) as database:
        Stage(database).close()
        port = free_port()
        given = environment(database, PORT=str(port), WEB_WORKERS="2")
        with running(RAPPORT, "serve", **given) as service:
            ready(port)
            parent = psutil.Process(service.process.pid)
            before = {child.pid for child in parent.children()}
            os.kill(parent.pid, signal.SIGHUP)
            psutil.wait_procs([psutil.Process(pid) for pid in before if psutil.pid_exists(pid)], timeout=20)
            assert not before & {child.pid for child in parent.children()}
            ready(port)
            assert len(parent.children()) == 2
            assert service.stop() < 10


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_a_database_that_does_not_answer_at_the_start_is_one_clear_line(tmp_path, command):
    given = {
        "RAPPORT_HOME": str(tmp_path),
        "DATABASE_URL": f"postgresql://rapport:hunter2@127.0.0.1:{free_port()}/none",
        "SECRET_KEY": SECRET,
    }
    with running(RAPPORT, command, **given) as process:
        said = process.line_with("rapport:")
        assert process.process.wait(20) == 1
    assert process.lines == [said]
    assert "The database none at 127.0.0.1:" in said
    assert "hunter2" not in said
