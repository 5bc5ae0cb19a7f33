"""What an account may do in a day and a week, from its first day on, and when it rests."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.rules import cooldowns, warmup
from rapport.rules.limits import BUDGET_OF, LIMITS, Budget
from rapport.rules.sequences import StepKind
from rapport.rules.usage import WEEK, nothing_used
from tests.rules.builders import MONDAY, at

TODAY = MONDAY.date()


@pytest.mark.parametrize(
    ("day", "limit", "allowed"),
    [
        (0, 25, 5),
        (10, 25, 15),
        (19, 25, 24),
        (20, 25, 25),
        (300, 25, 25),
        (-3, 25, 5),
        (0, 1, 1),
        (0, 0, 0),
        (0, 100, 20),
    ],
)
def test_a_warm_up_rises_from_a_fifth_to_the_limit_in_twenty_days(day, limit, allowed):
    assert warmup.allowed(limit, started_on=TODAY, on=TODAY + timedelta(days=day)) == allowed


@given(st.integers(0, 1500), st.integers(-10, 40))
def test_a_warm_up_never_falls_never_exceeds_the_limit_and_never_starves(limit, day):
    today, tomorrow = (
        warmup.allowed(limit, started_on=TODAY, on=TODAY + timedelta(days=each)) for each in (day, day + 1)
    )

    assert min(1, limit) <= today <= tomorrow <= limit


def test_an_account_without_a_warm_up_has_its_limit():
    assert warmup.allowed(25, started_on=None, on=TODAY) == 25


@pytest.mark.parametrize(("idle", "again"), [(29, False), (30, True), (400, True)])
def test_an_account_idle_for_thirty_days_warms_up_again(idle, again):
    assert warmup.begins_again(TODAY - timedelta(days=idle), on=TODAY) is again


def test_an_account_that_never_acted_does_not_begin_again():
    assert not warmup.begins_again(None, on=TODAY)


def test_a_warm_up_goes_on_while_the_account_acts_and_begins_again_after_a_month_of_nothing():
    first, later = TODAY - timedelta(days=40), TODAY - timedelta(days=29)

    assert warmup.begun_on(first, last_on=later, on=TODAY) == first
    assert warmup.begun_on(first, last_on=later - timedelta(days=1), on=TODAY) == TODAY
    assert warmup.begun_on(first, last_on=None, on=TODAY) == TODAY  # it was added, and never used
    assert warmup.begun_on(None, last_on=first, on=TODAY) is None


@pytest.mark.parametrize(
    ("asked", "strikes", "minutes"),
    [
        (None, 1, 60),
        (None, 3, 240),
        (None, 9, 24 * 60),
        (None, 0, 60),
        (timedelta(minutes=10), 5, 10),
        (timedelta(seconds=1), 1, 1),
        (timedelta(days=3650), 1, 24 * 60),
        (timedelta(minutes=-5), 1, 60),
        (timedelta(0), 2, 120),
    ],
)
def test_a_rest_is_what_was_asked_within_reason_or_doubles(asked, strikes, minutes):
    assert cooldowns.until(MONDAY, asked=asked, strikes=strikes) == MONDAY + timedelta(minutes=minutes)


def test_an_account_that_may_invite_no_more_rests_until_its_own_tomorrow():
    assert cooldowns.until_tomorrow(at("2026-03-02 22:30"), zone="Europe/Berlin", hours=None) == at("2026-03-02 23:00")


def test_a_days_counts_end_with_the_day_and_not_with_a_clock_that_jumps_back():
    usage = nothing_used(TODAY).counted(Budget.INVITES, at=MONDAY, on=TODAY)

    assert usage.used(Budget.INVITES, on=TODAY) == 1
    assert usage.used(Budget.INVITES, on=TODAY + timedelta(days=1)) == 0
    assert usage.used(Budget.INVITES, on=TODAY - timedelta(days=1)) == 1
    earlier = usage.counted(Budget.INVITES, at=MONDAY - timedelta(days=1), on=TODAY - timedelta(days=1))
    assert (earlier.on, earlier.used(Budget.INVITES, on=TODAY)) == (TODAY, 2)


def test_an_email_counts_for_nothing_and_an_invitation_for_day_week_and_pending():
    nothing = nothing_used(TODAY)
    usage = nothing.counted(Budget.INVITES, at=MONDAY, on=TODAY).counted(Budget.MESSAGES, at=MONDAY + WEEK, on=TODAY)

    assert nothing.counted(None, at=MONDAY, on=TODAY) == nothing
    assert (usage.invites, usage.pending, usage.last_at) == ((MONDAY,), 1, MONDAY + WEEK)
    assert usage.last_by == {Budget.INVITES: MONDAY, Budget.MESSAGES: MONDAY + WEEK}


def test_only_the_invitations_of_seven_days_are_kept():
    usage = nothing_used(TODAY)
    for day in range(30):
        usage = usage.counted(Budget.INVITES, at=MONDAY + timedelta(days=day), on=TODAY + timedelta(days=day))

    assert usage.invites == tuple(MONDAY + timedelta(days=day) for day in range(23, 30))
    assert usage.invites_since(MONDAY + timedelta(days=28)) == (MONDAY + timedelta(days=29),)


def test_every_kind_of_step_knows_its_budget_and_every_budget_its_limit():
    assert set(BUDGET_OF) == set(StepKind)
    assert {budget.per_day for budget in Budget} <= set(LIMITS)
    assert all(budget.words for budget in Budget)
