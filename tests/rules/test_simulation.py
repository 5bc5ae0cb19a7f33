"""A run on the virtual clock breaks no law, and is what a plain execution of the same decisions does."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.kernel.chance import Chance
from rapport.rules.answers import Send, Wait
from rapport.rules.assumptions import People, Rates, Script, World
from rapport.rules.decision import decide, next_send
from rapport.rules.delays import Delay, Unit
from rapport.rules.facts import Facts
from rapport.rules.outcomes import Accepted, Outcome, Replied, Sent
from rapport.rules.plan import advance
from rapport.rules.reasons import Reason
from rapport.rules.sequences import Asked, Sequence, StepKind
from rapport.rules.simulating import simulate, spread
from rapport.rules.simulation import queue, simulate_once
from rapport.rules.snapshots import Seat, Snapshot
from rapport.rules.statuses import CampaignState, EnrollmentStatus
from tests.rules.builders import (
    MONDAY,
    ONE_WORKING_DAY,
    at,
    campaign,
    chain,
    enrollment,
    invite,
    lead,
    message,
    sender,
    snapshot,
    wait_for,
)
from tests.rules.laws import Diary, broken
from tests.rules.worlds import diaries, snapshots

NOBODY = Rates(acceptance=0.0, acceptance_after=timedelta(days=1), reply=0.0, reply_after=timedelta(days=1))
SOME = Rates(acceptance=0.4, acceptance_after=timedelta(days=2), reply=0.2, reply_after=timedelta(days=1))


def _people(rates: Rates = SOME, seed: str = "seed") -> Diary:
    return Diary(People(rates, Chance(seed), run=0))


@given(snapshots(), diaries())
def test_no_run_breaks_a_law(drawn, diary):
    run = simulate_once(drawn, diary, days=10)

    assert broken(run.sends, drawn, diary) == []


@pytest.mark.parametrize(
    ("stricter", "words"),
    [
        ({"invites_per_day": 24}, "invites_per_day"),
        ({"invites_per_week": 99}, "in the seven days"),
        ({"pending_invites": 99}, "pending at"),
    ],
)
def test_a_run_over_a_limit_by_one_is_found_out(stricter, words):
    looser = snapshot(leads=200, begins=MONDAY)
    diary = _people(NOBODY)
    run = simulate_once(looser, diary, days=6)

    judged_by = replace(looser, senders={"ada": sender(limits=stricter)})

    assert broken(run.sends, looser, diary) == []
    assert any(words in found for found in broken(run.sends, judged_by, diary))


def test_a_run_that_sends_twice_or_after_a_reply_or_at_night_is_found_out():
    begun = snapshot(leads=3, begins=MONDAY)
    diary = _people(NOBODY)
    sends = simulate_once(begun, diary, days=1).sends

    late = replace(sends[0], at=at("2026-03-02 23:00"), enrollment_id="e99999")
    diary.did.append((sends[0].enrollment_id, Replied(sends[0].at - timedelta(seconds=1), here=True)))
    found = " ".join(broken([*sends, replace(sends[-1], at=sends[-1].at + timedelta(seconds=29)), late], begun, diary))

    assert all(words in found for words in ("2 times", "after the reply", "outside the working time", "no gap"))


def _executed(snapshot: Snapshot, world: World, until: datetime) -> list[tuple[datetime, str, str, str]]:
    """A plain execution: at every instant that matters, ask for everybody, longest due first."""
    known = {
        seat.enrollment.id: Facts(
            snapshot.campaigns[seat.campaign_id], seat.enrollment, seat.lead, snapshot.senders[seat.sender_id or ""]
        )
        for seat in snapshot.seats
    }
    senders = dict(snapshot.senders)
    coming: list[tuple[datetime, int, str, Outcome]] = []
    sent: list[tuple[datetime, str, str, str]] = []
    now = snapshot.at

    def facts_of(seat_id: str) -> Facts:
        return replace(known[seat_id], sender=senders[known[seat_id].sender.id])

    def apply(seat_id: str, outcome: Outcome | None) -> None:
        known[seat_id] = advance(facts_of(seat_id), outcome, now).facts
        senders[known[seat_id].sender.id] = known[seat_id].sender

    while now < until:
        while coming and min(coming)[0] <= now:
            coming.remove(first := min(coming))
            apply(first[2], first[3])
        for seat_id in known:
            apply(seat_id, None)
        for sender_id in sorted(senders):
            mine = [seat_id for seat_id, each in known.items() if each.sender.id == sender_id]
            due = [(advance(facts_of(seat_id), None, now).look_at, seat_id) for seat_id in mine]
            for _, seat_id in sorted((due_at, seat_id) for due_at, seat_id in due if due_at and due_at <= now):
                decision = decide(facts_of(seat_id), now)
                if isinstance(decision, Send):
                    sent.append((now, sender_id, seat_id, decision.step.key))
                    answers = world.answers(seat_id, decision.step, now)
                    coming += [(answer.at, len(coming) + len(sent), seat_id, answer) for answer in answers]
                    apply(seat_id, Sent(decision.step.key, decision.variant, now))
        waits = [decide(facts_of(seat_id), now) for seat_id in known]
        instants = [wait.until for wait in waits if isinstance(wait, Wait) and wait.until is not None]
        now = min([*instants, *(each[0] for each in coming)], default=until)
    return sent


@settings(max_examples=settings().max_examples // 10)
@given(snapshots(), diaries())
def test_the_simulation_sends_what_a_plain_execution_sends(drawn, diary):
    small = replace(drawn, seats=drawn.seats[:6])

    run = simulate_once(small, copy.deepcopy(diary), days=5)

    simulated = [(send.at, send.sender_id, send.enrollment_id, send.step) for send in run.sends]
    executed = _executed(small, diary, small.at + timedelta(days=5))
    assert sorted(simulated) == sorted(executed)


@given(snapshots(), diaries())
def test_what_why_says_of_a_lead_alone_is_what_the_run_does(drawn, diary):
    alone = replace(drawn, seats=drawn.seats[:1])
    seat = alone.seats[0]
    says = next_send(
        Facts(alone.campaigns["campaign"], seat.enrollment, seat.lead, alone.senders[seat.sender_id]), alone.at
    )

    run = simulate_once(alone, diary, days=10)

    first = run.sends[0] if run.sends else None
    if isinstance(says, Send) and says.at < alone.at + timedelta(days=10):
        assert first is not None
        assert (first.at, first.step, first.variant) == (says.at, says.step.key, says.variant)
    else:
        assert first is None


@given(snapshots(), st.integers(0, 10**6))
@settings(max_examples=settings().max_examples // 10)
def test_the_same_seed_gives_the_same_run(drawn, seed):
    again = copy.deepcopy(drawn)

    first, second = (simulate_once(each, _people(seed=str(seed)), days=8) for each in (drawn, again))

    assert first == second


def test_leads_are_served_in_the_order_in_which_they_came():
    run = simulate_once(snapshot(leads=60, begins=MONDAY), _people(NOBODY), days=3)

    assert [send.enrollment_id for send in run.sends] == [f"e{number:05}" for number in range(60)]
    assert [send.day.isoformat() for send in run.sends].count("2026-03-02") == 25


@pytest.mark.parametrize(("invite_waits", "first"), [(2, "e-message"), (4, "e-invite")])
def test_of_several_kinds_of_steps_the_one_due_longest_goes_first(invite_waits, first):
    afternoon = at("2026-03-02 15:00")
    one = enrollment(id="e-invite", reached_at=afternoon - timedelta(hours=invite_waits))
    two = enrollment(id="e-message", step="message", reached_at=at("2026-02-27 12:00"))
    seats = (Seat("campaign", "ada", one, lead()), Seat("campaign", "ada", two, lead(id="two", connected_at=MONDAY)))

    run = simulate_once(
        Snapshot(afternoon, {"campaign": campaign()}, {"ada": sender()}, seats, of=None), _people(NOBODY), days=1
    )

    assert run.sends[0].enrollment_id == first


def test_the_queue_is_the_beginning_of_the_run_in_which_nobody_answers():
    begun = snapshot(leads=60, begins=MONDAY)

    assert queue(begun, most=10, days=30) == simulate_once(begun, _people(NOBODY), days=30).sends[:10]


def test_limits_that_hold_somebody_back_are_named_by_day():
    run = simulate_once(snapshot(leads=150, begins=MONDAY), _people(NOBODY), days=10)

    reasons = {(day.isoformat(), reason) for day, _, reason in run.bound}
    assert ("2026-03-02", Reason.DAILY_LIMIT) in reasons
    assert ("2026-03-06", Reason.WEEKLY_LIMIT) in reasons


def test_a_full_house_of_pending_invitations_goes_on_when_somebody_accepts():
    tight = sender(limits={"pending_invites": 1})
    everybody = Rates(acceptance=1.0, acceptance_after=timedelta(hours=1), reply=0.0, reply_after=timedelta(0))
    steps = chain(invite(), wait_for(Asked.CONNECTED))
    begun = snapshot(leads=5, begins=MONDAY, senders=[tight], of=campaign(steps))

    run = simulate_once(begun, _people(everybody), days=10)

    assert len(run.sends) == run.accepted == 5
    assert run.statuses == {EnrollmentStatus.COMPLETED: 5}
    assert run.ended_at is not None


def test_a_lead_without_a_company_holds_up_nobody_else():
    begun = snapshot(leads=3, begins=MONDAY)
    first = begun.seats[0]
    held = replace(first, lead=replace(first.lead, missing={"invite": ("company",)}))

    run = simulate_once(replace(begun, seats=(held, *begun.seats[1:])), _people(NOBODY), days=2)

    assert [send.enrollment_id for send in run.sends] == ["e00001", "e00002"]
    assert run.held == {Reason.MISSING_VARIABLE: 1, Reason.NOT_CONNECTED: 2}


def test_a_reply_ends_every_campaign_of_the_person():
    one, two = campaign(id="one"), campaign(id="two")
    seats = tuple(
        Seat(key, "ada", enrollment(id=key, step="message", sent=frozenset({"invite"})), lead(connected_at=MONDAY))
        for key in ("one", "two")
    )
    eager = Rates(acceptance=0.0, acceptance_after=timedelta(0), reply=1.0, reply_after=timedelta(0))
    begun = Snapshot(MONDAY, {"one": one, "two": two}, {"ada": sender(limits={"messages_per_day": 1})}, seats, of=None)

    run = simulate_once(begun, _people(eager), days=5)

    assert len(run.sends) == 1
    assert run.statuses == {EnrollmentStatus.RESPONDED: 1, EnrollmentStatus.STOPPED: 1}


def test_people_may_follow_a_script():
    accepts, replies = Accepted(at("2026-03-03 10:00")), Replied(at("2026-03-09 18:30"), here=True)
    script = Script({}, {("e00000", "invite"): (accepts,), ("e00000", "message"): (replies,)})
    steps = chain(invite(), message(after=ONE_WORKING_DAY), message("more", after=Delay(5, Unit.WORKING_DAYS)))

    run = simulate_once(snapshot(leads=2, begins=MONDAY, of=campaign(steps)), script, days=30)

    assert [(send.enrollment_id, send.step) for send in run.sends] == [
        ("e00000", "invite"),
        ("e00001", "invite"),
        ("e00000", "message"),
    ]
    assert run.statuses == {EnrollmentStatus.RESPONDED: 1, EnrollmentStatus.INVITE_SENT: 1}


def test_a_draft_is_simulated_as_if_it_were_started():
    drafted = snapshot(leads=40, begins=MONDAY, of=campaign(state=CampaignState.DRAFT))

    shown = simulate(drafted, SOME, Chance("seed"), days=30, runs=9)

    assert len(shown.sends) >= 40
    assert shown.by_kind[StepKind.INVITE].low == shown.by_kind[StepKind.INVITE].high == 40
    assert shown.accepted.low < shown.accepted.middle < shown.accepted.high
    assert shown.days[0].count.high <= 25
    assert shown.runs == 9


def _two_of_one_sender(state: CampaignState, *, of: str) -> Snapshot:
    """Thirty leads in each of two campaigns with one sender, the second in a state."""
    each = {"one": campaign(id="one"), "two": campaign(id="two", state=state)}
    seats = tuple(
        Seat(name, "ada", enrollment(id=f"{number:02} {name}"), lead(id=f"{number:02} {name}"))
        for number in range(30)
        for name in each
    )
    return Snapshot(MONDAY, each, {"ada": sender(id="ada")}, seats, of=of)


def test_only_the_campaign_asked_about_is_counted_and_others_take_of_what_its_senders_may_do():
    shown = simulate(_two_of_one_sender(CampaignState.ACTIVE, of="one"), SOME, Chance("seed"), days=1, runs=3)

    first_day = [send for send in shown.sends if send.day == MONDAY.date()]
    assert {send.campaign_id for send in shown.sends} == {"one"}
    assert sum(spread.middle for spread in shown.by_status.values()) == 30
    assert len(first_day) + shown.beside.middle == 25 == shown.days[0].count.middle + shown.beside.middle
    assert shown.beside.middle > 0


def test_another_campaign_is_not_started_because_one_that_shares_its_sender_is_asked_about():
    shown = simulate(_two_of_one_sender(CampaignState.DRAFT, of="one"), SOME, Chance("seed"), days=1, runs=3)
    draft = simulate(_two_of_one_sender(CampaignState.DRAFT, of="two"), SOME, Chance("seed"), days=1, runs=3)

    assert (len(shown.sends), shown.beside.high) == (25, 0)
    assert {send.campaign_id for send in draft.sends} == {"two"}
    assert draft.beside.low > 0


def test_a_campaign_that_some_runs_do_not_finish_has_no_latest_end():
    steps = chain(invite(), wait_for(Asked.CONNECTED), message())
    begun = snapshot(leads=3, begins=MONDAY, of=campaign(steps))

    shown = simulate(begun, replace(SOME, acceptance=0.7), Chance("seed"), days=30, runs=20)

    assert shown.ends_at[0] is not None
    assert shown.ends_at[2] is None


def test_somebody_invited_long_ago_is_less_likely_to_accept():
    def accepted(invited_at: datetime) -> int:
        seats = tuple(
            Seat("campaign", "ada", enrollment(id=f"e{number}", step="message"), lead(invited_at=invited_at))
            for number in range(400)
        )
        begun = Snapshot(MONDAY, {"campaign": campaign()}, {"ada": sender()}, seats, of=None)
        return simulate_once(begun, _people(), days=60).accepted

    assert accepted(MONDAY - timedelta(days=6)) < accepted(MONDAY - timedelta(hours=1)) / 2


def test_percentiles_are_numbers_that_occurred():
    assert [getattr(spread(range(1, 12)), name) for name in ("low", "middle", "high")] == [2, 6, 10]


def test_an_empty_campaign_comes_to_nothing():
    run = simulate_once(snapshot(leads=0, begins=MONDAY, of=campaign(Sequence("none", 1))), _people(), days=5)

    assert (run.sends, run.statuses) == ([], {})
