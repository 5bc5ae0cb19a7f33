"""What was decided in campaigns of the last release is decided again."""

from __future__ import annotations

from tests.rules.replayed import CAMPAIGNS, RECORDED, changes, decided


def test_fifty_campaigns_are_decided_as_they_were(record_property):
    """Whoever means to decide otherwise says why, and writes it down: `python -m tests.rules.replayed --accept`."""
    assert changes() == []
    record_property("says", f"{len(RECORDED.read_text().splitlines())} decisions of {CAMPAIGNS} campaigns as recorded")


def test_a_limit_that_is_another_by_one_would_be_seen():
    """The control."""
    recorded = [line for line in RECORDED.read_text().splitlines() if line.startswith("04 ")]

    assert decided(4) == recorded
    assert any(decided(4, invites_per_day=limit) != recorded for limit in (1, 2))
