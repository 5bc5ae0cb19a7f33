"""The fast clock: every process that was told the same reads the same, and production does not have it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from rapport.kernel.clock import ScaledClock, VirtualClock
from rapport.kernel.settings import SettingsError, read_settings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_second_is_an_hour_and_two_clocks_agree():
    base = VirtualClock(NOON)
    clock = ScaledClock(base, speed=3600, since=NOON)
    base.advance(timedelta(seconds=2))
    later = ScaledClock(base, speed=3600, since=NOON)

    assert clock.now() == later.now() == NOON + timedelta(hours=2)


def test_waiting_for_what_has_come_does_not_wait_and_a_stop_ends_it():
    clock = ScaledClock(VirtualClock(NOON), speed=3600, since=NOON)
    stop = threading.Event()

    assert not clock.wait_until(NOON, stop)
    stop.set()
    assert clock.wait_until(NOON + timedelta(days=9), stop)


@pytest.mark.parametrize(
    "more",
    [
        {"UNIPILE_BASE_URL": "https://api.example/api/v1", "UNIPILE_API_KEY": "key"},  # pragma: allowlist secret
        {"RAPPORT_ENV": "production"},
    ],
)
def test_a_fast_clock_is_refused_where_people_are_real(more):
    with pytest.raises(SettingsError, match="RAPPORT_SPEED"):
        read_settings({"RAPPORT_SPEED": "600", **more}, None)
    assert read_settings({"RAPPORT_SPEED": "600"}, None).rapport_speed == 600


def test_the_instant_of_the_fast_clock_needs_its_offset():
    with pytest.raises(SettingsError, match="RAPPORT_SPEED_SINCE"):
        read_settings({"RAPPORT_SPEED_SINCE": "2026-03-02T12:00:00"}, None)
