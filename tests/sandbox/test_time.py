"""Time: it stands until moved, or runs at a pace; everything booked happens in order."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport_sandbox.agenda import Agenda
from rapport_sandbox.clock import MONDAY_MORNING, Running, Stepwise, iso, parse_instant
from rapport_sandbox.options import Options
from rapport_sandbox.sandbox import Sandbox
from tests.sandbox.stage import Listener, Stage, said


@given(st.lists(st.tuples(st.floats(0, 1_000), st.integers()), max_size=40))
def test_acts_happen_in_order_of_time_then_of_booking(booked: list[tuple[float, int]]) -> None:
    agenda, happened = Agenda(Stepwise(0)), []
    for position, (at, _) in enumerate(booked):
        agenda.at(at, lambda now, position=position: happened.append((now, position)))

    agenda.advance_to(2_000)

    assert happened == sorted((at, position) for position, (at, _) in enumerate(booked))
    assert agenda.clock.now() == 2_000


def test_an_act_may_book_another_within_the_same_advance() -> None:
    agenda, happened = Agenda(Stepwise(0)), []

    def again(now: float) -> None:
        happened.append(now)
        if now < 5:
            agenda.at(now + 1, again)

    agenda.at(1, again)

    assert agenda.advance_to(100) == 5
    assert happened == [1, 2, 3, 4, 5]


def test_the_stepwise_clock_never_goes_back() -> None:
    clock = Stepwise(100)
    clock.move_to(50)
    assert clock.now() == 100


def test_a_running_clock_is_not_advanced_by_hand() -> None:
    with pytest.raises(TypeError):
        Agenda(Running(0.0, speed=2)).advance_to(10)


def test_a_running_clock_changes_pace_without_a_jump() -> None:
    clock = Running(1_000.0, speed=3_600)
    before = clock.now()

    clock.run_at(0.001)

    assert 0 <= clock.now() - before < 60


def test_on_a_fast_clock_days_pass_by_themselves() -> None:
    delivered = threading.Event()
    listener = Listener(on_delivery=delivered.set)
    with Sandbox(Options(people=100, speed=100_000.0, spontaneous=False), deliver=listener) as sandbox:
        stage = Stage.__new__(Stage)
        stage.sandbox, stage.world, stage.listener = sandbox, sandbox.world, listener
        stage.account = sandbox.world.account(0)
        stage.listen()
        stage.world.replies(stage.friend(), timedelta(hours=5), "five hours later")
        while not delivered.wait(0.01):
            sandbox.agenda.wait(0.05)
            sandbox.agenda.run_due()

    assert listener.bodies[0]["message"] == "five hours later"


def test_instants_are_written_with_milliseconds_and_z() -> None:
    assert iso(MONDAY_MORNING) == "2026-01-05T08:00:00.000Z"
    assert parse_instant("2026-01-05T09:00:00+01:00") == MONDAY_MORNING
    with pytest.raises(ValueError, match="no time zone"):
        parse_instant("2026-01-05T09:00:00")


def test_a_story_may_say_when_in_any_way(stage: Stage) -> None:
    world = stage.world
    expected = MONDAY_MORNING + 3_600

    assert world.instant(expected) == expected
    assert world.instant(timedelta(hours=1)) == expected
    assert world.instant("2026-01-05T09:00:00Z") == expected
    assert world.instant(datetime(2026, 1, 5, 9, tzinfo=UTC)) == expected


def test_a_part_of_a_story_waits_until_it_can_happen(stage: Stage) -> None:
    ada = stage.stranger()
    stage.world.accepts(ada, timedelta(hours=1)).replies(ada, timedelta(hours=2), "Hello")
    stage.advance(5 * 3_600)
    assert stage.items("/chats") == [], "nobody has invited her yet"

    said(stage.invite(ada))
    stage.advance(2)

    assert [one["text"] for one in stage.items("/messages")] == ["Hello"]
    assert ada.number in stage.account.relations


def test_a_quiet_person_does_nothing_in_a_lively_world() -> None:
    stage = Stage(spontaneous=True, people=60)
    stage.sandbox.patience.change(burst=None)
    people = [stage.stranger(position) for position in range(40)]
    for person in people:
        stage.world.quiet(person)
        stage.invite(person)

    stage.advance(60 * 24 * 3_600)

    assert len(stage.everything("/users/invite/sent", limit=100)) == 40
