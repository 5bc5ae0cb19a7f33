"""The version of the data is never older than the moment it was asked."""

from __future__ import annotations

import threading

from sqlalchemy import text

from rapport.kernel.db import is_postgresql
from rapport.people import clients


def rename(stage, client_id: str, name: str) -> None:
    with stage.tx() as tx:
        clients.change(tx, clients.get(tx, client_id), {"name": name})


def test_every_commit_of_a_client_moves_its_version_and_no_other(stage):
    acme, globex = frozenset([stage.acme.id]), frozenset([stage.globex.id])
    before = [stage.service.versions.current(each) for each in (acme, globex, None)]

    rename(stage, stage.acme.id, "Acme & Sons")

    after = [stage.service.versions.current(each) for each in (acme, globex, None)]
    assert [old != new for old, new in zip(before, after, strict=True)] == [True, False, True]


def test_whoever_asks_after_a_commit_sees_it_however_many_ask_at_once(stage):
    acme = frozenset([stage.acme.id])
    began = total(stage.service.versions.current(acme))
    committed = [0]
    counting, problems, ready = threading.Lock(), [], threading.Barrier(6)

    def write() -> None:
        ready.wait()
        for number in range(40):
            rename(stage, stage.acme.id, f"Acme {number}")
            with counting:
                committed[0] += 1

    def ask() -> None:
        ready.wait()
        while committed[0] < 40:
            with counting:
                known = committed[0]
            seen = total(stage.service.versions.current(acme)) - began
            if seen < known:
                problems.append((known, seen))

    threads = [threading.Thread(target=each) for each in (write, *[ask] * 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert committed[0] == 40
    assert problems == []


def test_a_kept_connection_that_the_database_cut_is_replaced(stage):
    acme = frozenset([stage.acme.id])
    before = stage.service.versions.current(acme)
    if is_postgresql(stage.service.engine):
        kept = stage.service.versions._kept.connection.driver_connection.info.backend_pid
        with stage.service.engine.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": kept})
    else:
        stage.service.versions._kept.connection.driver_connection.close()

    assert stage.service.versions.current(acme) == before
    assert stage.service.versions.current(acme) == before


def total(version: str) -> int:
    return int(version.partition(".")[2])
