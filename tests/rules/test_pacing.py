"""Sends are spread over the working time, with gaps that look random and repeat exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rapport.rules.limits import Budget
from rapport.rules.pacing import next_turn
from rapport.rules.usage import nothing_used
from tests.rules.builders import MONDAY, at, schedule, sender, window

OPENS = at("2026-03-02 09:00")
LONDON = schedule()


def _day(each, budget=Budget.INVITES, *, begins=OPENS, schedule=LONDON, most=200):
    """Every turn of a day on which somebody always waits."""
    usage, now, turns = nothing_used(begins.date()), begins, []
    limit = each.limits[budget.per_day]
    while len(turns) < min(limit, most):
        now = next_turn(replace(each, usage=usage), budget, schedule=schedule, now=now)
        if schedule.opening_around(now) is None:
            break
        turns.append(now)
        usage = usage.counted(budget, at=now, on=now.date())
    return turns


@given(st.text(max_size=20), st.integers(1, 100))
def test_a_day_uses_its_limit_and_spreads_it_over_the_whole_window(seed, limit):
    turns = _day(sender(seed=seed, limits={"invites_per_day": limit}))

    even = timedelta(hours=8) / (limit + 1)
    gaps = [after - before for before, after in zip([OPENS, *turns], turns, strict=False)]
    assert len(turns) == limit
    assert turns[0] <= OPENS + even
    assert max(gaps) < 3 * even
    assert all(gap >= min(even / 4, timedelta(seconds=30)) for gap in gaps[1:])
    if limit >= 20:
        assert turns[-1] > at("2026-03-02 15:00")
        assert sum(turn < at("2026-03-02 13:00") for turn in turns) in range(int(limit * 0.25), int(limit * 0.75) + 1)


def test_gaps_differ_from_each_other_from_day_to_day_and_from_sender_to_sender():
    one = _day(sender())
    other = _day(sender(seed="other"))
    next_day = _day(sender(), begins=OPENS + timedelta(days=1))

    assert len({after - before for before, after in pairwise(one)}) > 15
    assert one == _day(sender())
    assert one != other
    assert [turn - timedelta(days=1) for turn in next_day] != one


def test_no_two_days_begin_at_the_same_minute():
    begins = [_day(sender(seed=str(number)))[0] for number in range(20)]

    assert len(set(begins)) > 15
    assert OPENS + timedelta(minutes=5) < sorted(begins)[10] < OPENS + timedelta(minutes=14)


def test_who_becomes_due_in_the_afternoon_needs_not_wait_for_a_day_that_did_nothing():
    noon = at("2026-03-02 14:00")

    assert next_turn(sender(), Budget.INVITES, schedule=LONDON, now=noon) == noon


def test_a_late_start_is_not_made_up_in_a_burst():
    turns = _day(sender(), begins=at("2026-03-02 16:00"))

    gaps = [after - before for before, after in pairwise(turns)]
    assert len(turns) < 25
    assert min(gaps) >= timedelta(hours=8) / 25 / 3 / 2 - timedelta(seconds=1)


def test_a_gap_runs_over_the_pause_at_noon():
    pause = schedule(windows=[window("9:00-9:30"), window("16:30-17:00")])

    turns = _day(sender(limits={"invites_per_day": 10}), schedule=pause)

    assert len(turns) == 10
    assert any(turn < at("2026-03-02 09:30") for turn in turns)
    assert any(turn >= at("2026-03-02 16:30") for turn in turns)


def test_different_kinds_of_actions_of_one_account_do_not_fall_together():
    usage = nothing_used(MONDAY.date()).counted(Budget.VISITS, at=MONDAY, on=MONDAY.date())

    turn = next_turn(sender(usage=usage), None, schedule=LONDON, now=MONDAY)

    assert timedelta(seconds=30) <= turn - MONDAY <= timedelta(seconds=90)


def test_in_the_morning_an_account_waits_for_its_first_turn_after_the_opening():
    turn = next_turn(sender(), Budget.INVITES, schedule=LONDON, now=at("2026-03-02 06:00"))

    assert OPENS <= turn <= OPENS + timedelta(hours=8) / 26
