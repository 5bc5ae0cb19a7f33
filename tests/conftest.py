"""Servers once per run, a fresh database per test, and a count per database at the end."""

from __future__ import annotations

import gc
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from rapport.kernel.log import configure_log
from scripts.servers import PostgreSQL, Redis
from tests import scopes
from tests.databases import KINDS, Database, fresh_database
from tests.stage import Stage

_servers: list[Any] = []

for _profile, _examples in (("suite", 500), ("nightly", 10_000)):
    settings.register_profile(
        _profile,
        max_examples=_examples,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


class _Captured:
    """Standard error as it is at the moment of writing, so that a line belongs to the test it was written in."""

    def write(self, line: bytes) -> None:
        sys.stderr.write(line.decode())

    def flush(self) -> None:
        sys.stderr.flush()


captured = _Captured()
scopes.watch()
configure_log("error", captured)


def pytest_configure(config: pytest.Config) -> None:
    """The process that was started by hand starts the servers; its workers find them in the environment."""
    configure_log("error")
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if "TEST_POSTGRESQL_URL" not in os.environ:
        postgresql = PostgreSQL().start()
        os.environ["TEST_POSTGRESQL_URL"] = postgresql.url()
        _servers.append(postgresql)
    if "TEST_REDIS_URL" not in os.environ:
        redis = Redis().start()
        os.environ["TEST_REDIS_URL"] = redis.url
        _servers.append(redis)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: looking through it for garbage took a third of the time of a small test."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    for server in _servers:
        server.remove() if isinstance(server, PostgreSQL) else server.stop()
    _servers.clear()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database: every test that takes it runs on both kinds."""
    with fresh_database(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    made = Stage(database)
    yield made
    made.close()


@pytest.fixture
def make_stage(database: Database) -> Iterator[Callable[..., Stage]]:
    """A stage with settings or parts of its own."""
    made: list[Stage] = []

    def make(**more: Any) -> Stage:
        made.append(Stage(database, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of a random story: drawn from pytest-randomly's, and shown when the test fails."""
    drawn = random.randrange(10**9)
    request.node.add_report_section("setup", "seed", str(drawn))
    return drawn


@pytest.fixture
def redis_url() -> str:
    return os.environ["TEST_REDIS_URL"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many tests ran on which database."""
    counted: Counter[str] = Counter()
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, ()):
            if getattr(report, "when", "call") != "call":
                continue
            kind = next((kind for kind in KINDS if kind in report.nodeid.partition("[")[2]), "neither")
            counted[f"{kind} {outcome}"] += 1
            for name, value in report.user_properties:
                if name == "says":
                    terminalreporter.write_line(f"{value} ({kind})")
    if counted:
        terminalreporter.write_line(
            "databases: " + ", ".join(f"{name} {number}" for name, number in sorted(counted.items()))
        )
