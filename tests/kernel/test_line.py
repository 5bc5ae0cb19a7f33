"""Writers on SQLite take turns in the order in which they asked, and a turn is never lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from rapport.kernel.clock import SystemClock
from rapport.kernel.db import AHEAD, READING, make_engine
from rapport.kernel.line import Line
from rapport.kernel.watching import TURN, Waits, Watch
from tests.databases import fresh_database
from tests.together import together
from tests.waiting import SOON, until


@pytest.fixture
def line() -> Line:
    return Line(threading.Lock)


@pytest.fixture
def patience() -> str:
    """Seconds that a writer waits."""
    return "20"


@pytest.fixture
def watch() -> Watch:
    return Watch(SystemClock(), threading.Lock(), 60)


@pytest.fixture
def engine(tmp_path, line, watch, patience) -> Iterator[Engine]:
    with fresh_database("sqlite", tmp_path, migrated=False) as database:
        made = make_engine(database.settings(DB_WAIT_SECONDS=patience, DB_POOL_SIZE="20"), line, watch)
        with made.begin() as connection:
            connection.execute(text("CREATE TABLE done (place INTEGER PRIMARY KEY AUTOINCREMENT, who INTEGER)"))
        yield made
        made.dispose()


def write(engine: Engine, who: int) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO done (who) VALUES (:who)"), {"who": who})


def done(engine: Engine) -> list[int]:
    with engine.execution_options(**{READING: True}).connect() as connection:
        return list(connection.execute(text("SELECT who FROM done ORDER BY place")).scalars())


def test_who_came_first_goes_first(line):
    order: list[int] = []

    def wait(number: int) -> None:
        assert line.take(SOON)
        order.append(number)
        line.leave()

    assert line.take(0)
    with ThreadPoolExecutor(8) as pool:
        for number in range(8):
            pool.submit(wait, number)
            assert until(lambda number=number: len(line._waiting) == number + 1)
        line.leave()
    assert order == list(range(8))
    assert line.take(0), "the turn was given back by the last"


def test_whoever_is_waited_for_goes_ahead_and_the_others_are_not_forgotten(line):
    """Every fifth turn is one of those that came first, however many go on going ahead."""
    order: list[str] = []

    def wait(name: str, *, ahead: bool) -> None:
        assert line.take(SOON, ahead=ahead)
        order.append(name)
        line.leave()

    assert line.take(0)
    with ThreadPoolExecutor(12) as pool:
        for number in range(12):
            ahead = number >= 2
            pool.submit(wait, f"ahead {number - 2}" if ahead else f"behind {number}", ahead=ahead)
            assert until(lambda number=number: len(line._waiting) + len(line._ahead) == number + 1)
        line.leave()
    went = [f"ahead {number}" for number in range(10)]
    assert order == [*went[:4], "behind 0", *went[4:8], "behind 1", *went[8:]]
    assert line.take(0, ahead=True), "the turn was given back by the last"


def test_a_request_writes_before_background_work_that_asked_first(engine, line):
    """Who 9 began with the option of a request's transactions."""
    with ThreadPoolExecutor(4) as pool, engine.begin() as held:
        held.execute(text("INSERT INTO done (who) VALUES (0)"))
        for number in (1, 2):
            pool.submit(write, engine, number)
            assert until(lambda number=number: len(line._waiting) == number)
        pool.submit(write, engine.execution_options(**{AHEAD: True}), 9)
        assert until(lambda: len(line._ahead) == 1)
    assert done(engine) == [0, 9, 1, 2]


def test_who_gave_up_is_passed_over(line):
    assert line.take(0)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(line.take, 0.01)
        assert first.result(SOON) is False
        second = pool.submit(line.take, SOON)
        assert until(lambda: len(line._waiting) == 1)
        line.leave()
        assert second.result(SOON) is True


def test_one_has_the_turn_whoever_gives_up_when(line):
    inside, most, turns = 0, 0, 0

    def hurry() -> None:
        nonlocal inside, most, turns
        for _ in range(300):
            if line.take(0.0001):
                inside += 1
                most, turns = max(most, inside), turns + 1
                inside -= 1
                line.leave()

    together(*[hurry] * 6)
    assert most == 1
    assert turns > 300
    assert line.take(0)


def test_writers_write_in_the_order_in_which_they_asked_and_their_waits_are_noted(engine, line, watch):
    assert watch.waits()[TURN] == Waits()
    with ThreadPoolExecutor(8) as pool, engine.begin() as first:
        first.execute(text("INSERT INTO done (who) VALUES (99)"))
        asked = []
        for number in range(8):
            asked.append(pool.submit(write, engine, number))
            assert until(lambda number=number: len(line._waiting) == number + 1)
        assert done(engine) == [], "reading waits for nobody and sees what is committed"
        first.commit()
        first.close()
        for each in asked:
            each.result(SOON)
    assert done(engine) == [99, *range(8)]
    noted = watch.waits()[TURN]
    assert noted.times >= 7, "the last may not have waited for a moment"
    assert (noted.in_vain, noted.total_s >= noted.longest_s > 0) == (0, True)


@pytest.mark.parametrize("patience", ["0.3"])
def test_who_waits_too_long_is_told_that_the_database_is_locked(engine, watch):
    with engine.begin() as first:
        first.execute(text("INSERT INTO done (who) VALUES (1)"))
        with ThreadPoolExecutor(1) as pool, pytest.raises(OperationalError, match="database is locked"):
            pool.submit(write, engine, 2).result(SOON)
    write(engine, 3)
    assert done(engine) == [1, 3]
    assert watch.waits()[TURN].in_vain == 1


def test_a_writer_that_fails_gives_its_turn_back(engine):
    def fail() -> None:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO done (who) VALUES (1)"))
            raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as pool, pytest.raises(KeyboardInterrupt):
        pool.submit(fail).result(SOON)
    write(engine, 2)
    assert done(engine) == [2]


def test_a_connection_that_is_given_up_gives_its_turn_back(engine):
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO done (who) VALUES (1)"))
        connection.invalidate()
    write(engine, 2)
    assert done(engine) == [2]


@pytest.mark.parametrize("patience", ["0.3"])
def test_another_process_is_waited_for_and_the_turn_is_not_lost_meanwhile(engine):
    other = create_engine(engine.url)
    with other.begin() as connection:
        connection.execute(text("INSERT INTO done (who) VALUES (1)"))
        with pytest.raises(OperationalError, match="database is locked"):
            write(engine, 2)
    write(engine, 3)
    other.dispose()
    assert done(engine) == [1, 3]
