"""The sending is broken at each of its points. The long form is `python -m tests.faults.points`."""

from __future__ import annotations

import pytest

from tests.faults.points import HOWS, OF_TWO, STORIES, tell

_FEW = {name: STORIES[name] for name in ("claim, call, settle as sent", "read back and find it absent")}
_ONE = {"claim, call, settle as sent": STORIES["claim, call, settle as sent"]}


def test_whatever_point_a_process_dies_at_the_laws_hold(make_stage, record_property):
    told = tell(make_stage, "die")

    assert told.broken == {}
    assert all(told.points.values()), told.points
    record_property("says", f"{told.count} points, {told.effects} effects")


@pytest.mark.parametrize("how", ["database", "provider"])
def test_whatever_point_the_database_or_the_provider_fails_at_the_laws_hold(make_stage, how):
    told = tell(make_stage, how, stories=_FEW)

    assert told.broken == {}
    assert all(told.points.values()), told.points


@pytest.mark.parametrize("how", HOWS)
def test_wherever_it_breaks_between_two_calls_of_one_thread_the_laws_hold(make_stage, how):
    told = tell(make_stage, how, stories=OF_TWO, senders=2)

    (points,) = told.points.values()
    assert told.broken == {}
    assert len(points) == {"die": 12, "database": 8, "provider": 4}[how], points


def test_a_restart_that_took_what_was_under_way_for_never_begun_would_be_seen(make_stage):
    """The control: forgetting an action that was being called sends it twice, and the judge says so."""
    assert "L1" in tell(make_stage, "die", stories=_ONE, blind=True).broken
