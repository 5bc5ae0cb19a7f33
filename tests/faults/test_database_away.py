"""A database that goes away is a 503 for as long as it is away, and nothing else ever.

The ten seconds of the real thing are `python -m tests.faults.outage`.
"""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from rapport.runtime import loops
from scripts.servers import PostgreSQL
from tests.databases import fresh_database
from tests.faults import beside
from tests.faults.outage import outage
from tests.stage import Stage


@pytest.fixture
def server():
    made = PostgreSQL(durable=True).start()  # a crash must not lose what was promised
    yield made
    made.remove()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
def test_postgresql_away_under_load_is_a_503_and_then_all_goes_on(server, tmp_path, how):
    seen = outage(server, tmp_path, seconds=1.5, how=how)

    assert seen.wrong() == [], seen


@pytest.fixture
def locked_stage(tmp_path):
    """A service on SQLite with little patience, and the file's lock in the hands of another process."""
    with fresh_database("sqlite", tmp_path) as database:
        stage = Stage(database, settings={"DB_WAIT_SECONDS": "0.3"})
        for person in (stage.alice, stage.root):
            assert person.get("/clients").status_code == 200
        with subprocess.Popen(
            [sys.executable, beside.__file__, str(tmp_path / "rapport.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as other:
            assert other.stdout.readline() == "locked\n"
            yield stage, other
            other.stdin.close()
        stage.close()


def test_sqlite_locked_by_another_process_is_a_503_for_writers_only(locked_stage):
    stage, other = locked_stage

    refused = stage.root.post("/clients", {"name": "Initech", "timezone": "UTC"})

    assert (refused.status_code, refused.json["code"]) == (503, "UNAVAILABLE")
    assert int(refused.headers["Retry-After"]) > 0
    assert stage.alice.get("/clients").status_code == 200
    assert loops.job_turn(stage.service, loops.Running(), worker="w", stopping=lambda: False) > stage.clock.now()

    other.stdin.close()
    other.wait(10)
    assert stage.root.post("/clients", {"name": "Initech", "timezone": "UTC"}).status_code == 201
    names = [client["name"] for client in stage.root.get("/clients").json["items"]]
    assert names.count("Initech") == 1
