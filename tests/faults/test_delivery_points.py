"""A delivery is ended between every two statements. As a program: `python -m tests.faults.delivery_points`."""

from __future__ import annotations

from tests.faults.delivery_points import tell


def test_wherever_a_process_is_killed_a_mail_arrives_once(make_stage, record_property):
    told = tell(make_stage)

    assert told.doubled == []
    assert told.lost == []
    assert {"before carry", "after carry", "before a commit", "after a commit"} <= set(told.points)
    record_property("says", f"{len(told.points)} points of a delivery, {sum(told.arrived.values())} mails")


def test_a_carrier_that_makes_its_keys_anew_would_be_seen(make_stage):
    """The control."""
    assert tell(make_stage, blind=True).doubled
