"""Slow statements are noted by their texts, however they are run; quick ones and what was given to them are not."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, literal, select, text

from rapport.kernel import watching
from rapport.kernel.clock import SystemClock
from rapport.kernel.db import make_engine
from rapport.kernel.line import Line
from rapport.kernel.once import Once
from rapport.kernel.watching import Watch

LOOKS_APART = 0.1


class Ticking(SystemClock):
    """Between two looks at it a tenth of a second passes."""

    def __init__(self) -> None:
        self._looks = 0

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 9, tzinfo=UTC)

    def monotonic(self) -> float:
        self._looks += 1
        return self._looks * LOOKS_APART


def noted(database, slow_from: float) -> dict[str, tuple[int, float]]:
    """The texts that are noted of two statements, one run twice by SQLAlchemy and one by the driver itself."""
    watch = Watch(Ticking(), threading.Lock(), slow_from)
    engine = make_engine(database.settings(), Line(threading.Lock), watch)
    once = Once(select(literal("Grace").label("direct"), bindparam("whom", type_=None, value="x").label("other")))
    with engine.begin() as connection:
        for whom in ("Ada", "Emmy"):
            connection.execute(text("SELECT :whom\n  AS by_alchemy"), {"whom": whom}).all()
        once.run(connection, {"whom": "Hopper"}, {}).all()
    engine.dispose()
    said = {each.text: (each.times, each.worst_s) for each in watch.slow()}
    assert not {"Ada", "Emmy", "Hopper"} & set(" ".join(said).split()), said
    return {name: each for name, each in said.items() if "SELECT" in name and ("direct" in name or "alchemy" in name)}


def test_a_slow_statement_is_noted_by_its_text_and_a_quick_one_is_not(database):
    slow = noted(database, LOOKS_APART * 0.9)
    assert sorted(times for times, _ in slow.values()) == [1, 2]
    assert all(worst == pytest.approx(LOOKS_APART) for _, worst in slow.values())
    assert noted(database, LOOKS_APART * 1.1) == {}


def test_of_many_texts_those_that_cost_least_are_forgotten():
    watch = Watch(Ticking(), threading.Lock(), 0)
    for number in range(watching.MOST):
        watch.took(f"SELECT {number}", watch.stopwatch())
    watch.took("SELECT 7", watch.stopwatch())
    watch.took("SELECT dear", watch.stopwatch() - 60)

    kept = [each.text for each in watch.slow()]
    assert (len(kept), kept[:2]) == (watching.MOST, ["SELECT dear", "SELECT 7"])
