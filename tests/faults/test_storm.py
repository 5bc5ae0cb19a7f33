"""The storm of replies in its short form, with webhooks and without. Its long form: `python -m tests.faults.storm`."""

from __future__ import annotations

import pytest

from tests.faults.storm import storm


@pytest.mark.parametrize("webhooks", [True, False], ids=["webhooks", "polling alone"])
def test_in_a_storm_every_reply_is_there_once_and_stops_what_is_automatic(database, seed, webhooks, record_property):
    verdict = storm(database, people=16, webhooks=webhooks, seed=seed)
    record_property("says", str(verdict))
    assert verdict.is_good, verdict
