"""Turns come in the order in which they were asked for, and nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import TimeoutError as WaitedTooLongError

from rapport.kernel.turns import Turns


@contextmanager
def someone_in(turns: Turns) -> Iterator[None]:
    """Somebody else has the turn for as long as this lasts."""
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with turns:
            inside.set()
            leave.wait(5)

    thread = threading.Thread(target=stay)
    thread.start()
    inside.wait(5)
    try:
        yield
    finally:
        leave.set()
        thread.join(5)


def in_line(turns: Turns, count: int) -> None:
    while len(turns._line) < count:
        threading.Event().wait(0.001)


def test_whoever_came_first_goes_first():
    turns = Turns(threading.Lock, longest_wait=5)
    went: list[int] = []

    def go(number: int) -> None:
        with turns:
            went.append(number)

    threads = [threading.Thread(target=go, args=(number,)) for number in range(20)]
    with someone_in(turns):
        for number, thread in enumerate(threads):
            thread.start()
            in_line(turns, number + 1)
    for thread in threads:
        thread.join(5)

    assert went == list(range(20))


def test_who_takes_turn_after_turn_passes_nobody_who_waits():
    turns = Turns(threading.Lock, longest_wait=5)
    stop = threading.Event()
    taken = [0]

    def without_a_pause() -> None:
        while not stop.is_set():
            with turns:
                taken[0] += 1

    busy = threading.Thread(target=without_a_pause)
    busy.start()
    try:
        for _ in range(200):
            with someone_in(turns):
                in_line(turns, 1)  # the busy one waits
                before = taken[0]
                asking = threading.Thread(target=turns.__enter__)
                asking.start()
                in_line(turns, 2)
            asking.join(5)
            assert taken[0] - before <= 1
            turns.__exit__()
    finally:
        stop.set()
        busy.join(5)


def test_who_waits_too_long_is_told_so_and_leaves_the_line():
    turns = Turns(threading.Lock, longest_wait=0.01)

    with someone_in(turns), pytest.raises(WaitedTooLongError), turns:
        raise AssertionError("it was not free")

    with turns:
        assert not turns._line


def test_a_turn_that_fails_is_given_on():
    turns = Turns(threading.Lock, longest_wait=1)

    with pytest.raises(ZeroDivisionError), turns:
        raise ZeroDivisionError

    with turns:
        assert turns._taken
