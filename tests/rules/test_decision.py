"""The decision: which gate answers, with which reason, until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rapport.rules.answers import Send, Stop, Wait
from rapport.rules.decision import decide, explain, next_send
from rapport.rules.delays import Delay, Unit
from rapport.rules.gates import GATES
from rapport.rules.limits import Budget
from rapport.rules.reasons import Gate, Reason, sentence
from rapport.rules.sequences import Asked, Step, StepKind
from rapport.rules.statuses import CampaignState, EnrollmentStatus, Unsettled
from rapport.rules.usage import Usage
from tests.rules.builders import (
    MONDAY,
    ONE_WORKING_DAY,
    at,
    campaign,
    chain,
    enrollment,
    facts,
    invite,
    lead,
    schedule,
    sender,
    text,
    visit,
    wait_for,
    window,
)

NOON = at("2026-03-02 12:00")
MESSAGE_NEXT = enrollment(
    status=EnrollmentStatus.CONNECTED, step="message", sent=frozenset({"invite"}), reached_at=at("2026-02-26 10:00")
)
CONNECTED = lead(connected_at=at("2026-02-27 10:00"))


def _used(**more):
    known = {"on": NOON.date(), "today": {}, "invites": (), "pending": 0, "last_at": None, "last_by": {}}
    known |= {"last_on": None}
    return Usage(**(known | more))


def test_a_stranger_before_the_invitation_is_invited():
    decision = decide(facts(), NOON)

    assert isinstance(decision, Send)
    assert (decision.step.key, decision.sender_id, decision.variant, decision.at) == ("invite", "ada", None, NOON)


def test_gates_are_asked_in_the_products_order():
    asked = [answer.gate for answer in explain(facts(), NOON).answers]

    assert asked == list(Gate)
    assert len(asked) == len(GATES)


WAITS = {
    "a draft": ({"campaign": campaign(state=CampaignState.DRAFT)}, NOON, Reason.CAMPAIGN_DRAFT, None),
    "a paused campaign": ({"campaign": campaign(state=CampaignState.PAUSED)}, NOON, Reason.CAMPAIGN_PAUSED, None),
    "before its first day": (
        {"campaign": campaign(starts_at=at("2026-03-03 00:00"))},
        NOON,
        Reason.CAMPAIGN_NOT_BEGUN,
        "2026-03-03 00:00",
    ),
    "a paused lead": ({"enrollment": enrollment(paused_at=MONDAY)}, NOON, Reason.PAUSED, None),
    "a step an edit took away": ({"enrollment": enrollment(step="gone")}, NOON, Reason.STEP_REMOVED, None),
    "an action under way": ({"enrollment": enrollment(unsettled=Unsettled.IN_FLIGHT)}, NOON, Reason.IN_FLIGHT, None),
    "an uncertain action": ({"enrollment": enrollment(unsettled=Unsettled.UNCERTAIN)}, NOON, Reason.UNCERTAIN, None),
    "no sender": ({"sender": None}, NOON, Reason.NO_SENDER, None),
    "a paused sender": ({"sender": sender(paused_at=MONDAY)}, NOON, Reason.SENDER_PAUSED, None),
    "a sender at a checkpoint": (
        {"sender": sender(is_ok=False, status="checkpoint")},
        NOON,
        Reason.SENDER_NOT_OK,
        None,
    ),
    "a sender cooling down": (
        {"sender": sender(cooling_until={None: at("2026-03-02 13:00")})},
        NOON,
        Reason.COOLING_DOWN,
        "2026-03-02 13:00",
    ),
    "invitations cooling down for longer": (
        {"sender": sender(cooling_until={None: at("2026-03-02 13:00"), Budget.INVITES: at("2026-03-03 00:00")})},
        NOON,
        Reason.COOLING_DOWN,
        "2026-03-03 00:00",
    ),
    "before nine": ({}, at("2026-03-02 08:59:59"), Reason.OUTSIDE_HOURS, "2026-03-02 09:00"),
    "at five sharp": ({}, at("2026-03-02 17:00"), Reason.OUTSIDE_HOURS, "2026-03-03 09:00"),
    "a Saturday": ({}, at("2026-03-07 12:00"), Reason.WEEKEND, "2026-03-09 09:00"),
    "a holiday": (
        {"campaign": campaign(schedule=schedule(holidays=[NOON.date()]))},
        NOON,
        Reason.HOLIDAY,
        "2026-03-03 09:00",
    ),
    "a day off": (
        {"campaign": campaign(schedule=schedule(days_off=[NOON.date()]))},
        NOON,
        Reason.DAY_OFF,
        "2026-03-03 09:00",
    ),
    "no working time at all": (
        {"campaign": campaign(schedule=schedule(windows=[]))},
        NOON,
        Reason.NEVER_OPEN,
        None,
    ),
    "a delay that is not over": (
        {"enrollment": replace(MESSAGE_NEXT, reached_at=at("2026-03-02 10:00")), "lead": CONNECTED},
        NOON,
        Reason.NOT_DUE,
        "2026-03-03 10:00",
    ),
    "an override": (
        {"enrollment": replace(MESSAGE_NEXT, due_override_at=at("2026-03-04 15:00")), "lead": CONNECTED},
        NOON,
        Reason.OVERRIDDEN,
        "2026-03-04 15:00",
    ),
    "a message to somebody who has not accepted": ({"enrollment": MESSAGE_NEXT}, NOON, Reason.NOT_CONNECTED, None),
    "an invitation three days after a withdrawal": (
        {"lead": lead(withdrawn_at=at("2026-02-27 12:00"))},
        NOON,
        Reason.INVITED_RECENTLY,
        "2026-03-20 12:00",
    ),
    "an email to nowhere": (
        {
            "campaign": campaign(chain(Step("email", StepKind.EMAIL, None, variants=text(subject="Hello")))),
            "enrollment": enrollment(step="email"),
        },
        NOON,
        Reason.NO_EMAIL,
        None,
    ),
    "an invitation of somebody unknown by a sender who has visited enough": (
        {"lead": lead(is_recognised=False), "sender": sender(usage=_used(today={Budget.VISITS: 80}))},
        NOON,
        Reason.NOT_LOOKED_UP,
        "2026-03-03 00:00",
    ),
    "an email by a sender without a mailbox": (
        {
            "campaign": campaign(chain(Step("email", StepKind.EMAIL, None, variants=text(subject="Hello")))),
            "enrollment": enrollment(step="email"),
            "lead": lead(email_at=at("2026-02-27 12:00")),
            "sender": sender(has_mailbox=False),
        },
        NOON,
        Reason.NO_MAILBOX,
        None,
    ),
    "25 invitations today": (
        {"sender": sender(usage=_used(today={Budget.INVITES: 25}))},
        NOON,
        Reason.DAILY_LIMIT,
        "2026-03-03 00:00",
    ),
    "the first day of a warm-up": (
        {"sender": sender(warmup_started_on=NOON.date(), usage=_used(today={Budget.INVITES: 5}))},
        NOON,
        Reason.DAILY_LIMIT,
        "2026-03-03 00:00",
    ),
    "a clock that jumped back over midnight": (
        {"sender": sender(usage=_used(on=date(2026, 3, 3), today={Budget.INVITES: 25}))},
        NOON,
        Reason.DAILY_LIMIT,
        "2026-03-04 00:00",
    ),
    "no invitations allowed": (
        {"sender": sender(limits={"invites_per_day": 0})},
        NOON,
        Reason.DAILY_LIMIT_ZERO,
        None,
    ),
    "100 invitations in seven days": (
        {"sender": sender(usage=_used(invites=(at("2026-02-24 10:15"),) * 2 + (at("2026-02-25 09:00"),) * 98))},
        NOON,
        Reason.WEEKLY_LIMIT,
        "2026-03-03 10:15",
    ),
    "no invitations a week": (
        {"sender": sender(limits={"invites_per_week": 0})},
        NOON,
        Reason.WEEKLY_LIMIT_ZERO,
        None,
    ),
    "a person out of office": (
        {"enrollment": enrollment(away_until=at("2026-03-09 00:00"))},
        NOON,
        Reason.OUT_OF_OFFICE,
        "2026-03-09 00:00",
    ),
    "400 pending invitations": ({"sender": sender(usage=_used(pending=400))}, NOON, Reason.PENDING_INVITES, None),
    "a company without a name": (
        {"lead": lead(missing={"invite": ("company", "title")})},
        NOON,
        Reason.MISSING_VARIABLE,
        None,
    ),
}


@pytest.mark.parametrize(("known", "now", "reason", "until"), WAITS.values(), ids=WAITS.keys())
def test_what_closes_a_gate_is_named_with_the_instant_at_which_it_opens(known, now, reason, until):
    decision = decide(facts(**known), now)

    assert isinstance(decision, Wait)
    assert (decision.reason, decision.until) == (reason, None if until is None else at(until))
    assert decision.sentence.endswith(".")


STOPS = {
    "a completed campaign": ({"campaign": campaign(state=CampaignState.COMPLETED)}, Reason.CAMPAIGN_COMPLETED),
    "an archived campaign": ({"campaign": campaign(state=CampaignState.ARCHIVED)}, Reason.CAMPAIGN_ARCHIVED),
    "a campaign that is over": ({"campaign": campaign(ends_at=NOON)}, Reason.CAMPAIGN_OVER),
    "dates without a day between": (
        {"campaign": campaign(starts_at=at("2026-03-05 00:00"), ends_at=at("2026-03-04 00:00"))},
        Reason.CAMPAIGN_OVER,
    ),
    "a reply": ({"enrollment": enrollment(replied_at=MONDAY)}, Reason.REPLIED),
    "a reply in another campaign": ({"lead": lead(replied_at=MONDAY)}, Reason.REPLIED_ELSEWHERE),
    "a do-not-contact list": ({"lead": lead(do_not_contact="company Acme")}, Reason.DO_NOT_CONTACT),
    "no step left": ({"enrollment": enrollment(step=None)}, Reason.COMPLETED),
    "a response": ({"enrollment": enrollment(status=EnrollmentStatus.RESPONDED)}, Reason.REPLIED),
    "an error": ({"enrollment": enrollment(status=EnrollmentStatus.ERROR)}, Reason.ERROR),
    "a withdrawal": ({"enrollment": enrollment(status=EnrollmentStatus.WITHDRAWN)}, Reason.WITHDRAWN),
    "an operator": ({"enrollment": enrollment(status=EnrollmentStatus.STOPPED)}, Reason.STOPPED),
}


@pytest.mark.parametrize(("known", "reason"), STOPS.values(), ids=STOPS.keys())
def test_what_ends_it_is_named(known, reason):
    decision = decide(facts(**known), NOON)

    assert isinstance(decision, Stop)
    assert decision.reason is reason
    assert decision.sentence.endswith(".")


def test_a_reply_from_before_the_enrollment_does_not_stop_it():
    known = facts(lead=lead(replied_at=enrollment().enrolled_at - timedelta(days=200)))

    assert isinstance(decide(known, NOON), Send)


def test_a_campaign_may_go_on_after_replies_elsewhere():
    known = facts(campaign=campaign(stops_on_reply_elsewhere=False), lead=lead(replied_at=MONDAY))

    assert isinstance(decide(known, NOON), Send)


def test_a_reply_weighs_more_than_the_weekend():
    known = facts(enrollment=enrollment(replied_at=MONDAY))

    assert isinstance(decide(known, at("2026-03-07 12:00")), Stop)


def test_the_explanation_shows_every_closed_gate_and_the_decision_is_the_first():
    known = facts(sender=sender(limits={"invites_per_day": 0}), lead=lead(missing={"invite": ("company",)}))

    explained = explain(known, at("2026-03-07 12:00"))

    closed = [answer.gate for answer in explained.answers if not answer.is_open]
    assert closed == [Gate.WORKING_HOURS, Gate.DAILY_LIMIT, Gate.TEMPLATE]
    assert explained.decision == decide(known, at("2026-03-07 12:00"))
    assert explained.decision.gate is Gate.WORKING_HOURS


def test_an_open_window_says_when_it_closes_and_a_limit_how_much_is_used():
    answers = {answer.gate: answer for answer in explain(facts(), NOON).answers}

    assert answers[Gate.WORKING_HOURS].changes_at == at("2026-03-02 17:00")
    assert answers[Gate.DAILY_LIMIT].details == {"used": 0, "limit": 25}
    assert answers[Gate.WEEKLY_LIMIT].details == {"used": 0, "limit": 100}


def test_a_due_message_on_friday_evening_leaves_on_monday():
    known = facts(enrollment=replace(MESSAGE_NEXT, reached_at=at("2026-03-05 10:00")), lead=CONNECTED)

    assert decide(known, at("2026-03-06 18:30")).until == at("2026-03-09 09:00")
    sent = next_send(known, at("2026-03-06 18:30"))
    assert isinstance(sent, Send)
    assert at("2026-03-09 09:00") <= sent.at < at("2026-03-09 09:06")


def test_what_no_time_brings_is_told_without_an_instant():
    waits = next_send(facts(lead=lead(missing={"invite": ("company",)})), at("2026-03-07 12:00"))

    assert isinstance(waits, Wait)
    assert (waits.until, waits.reason, waits.sentence) == (
        None,
        Reason.MISSING_VARIABLE,
        "The text lacks: company.",
    )


def test_a_limit_below_what_is_used_waits_until_enough_invitations_are_a_week_old():
    days = (at("2026-02-24 10:00"), at("2026-02-25 10:00"), at("2026-02-26 10:00"))
    known = facts(sender=sender(limits={"invites_per_week": 2}, usage=_used(invites=days)))

    assert decide(known, NOON).until == at("2026-03-04 10:00")


def test_an_email_uses_none_of_the_accounts_limits():
    email = Step("email", StepKind.EMAIL, None, variants=text(subject="Hello"))
    used_up = _used(today=dict.fromkeys(Budget, 1000), pending=1000)
    known = facts(
        campaign=campaign(chain(email)),
        enrollment=enrollment(step="email"),
        lead=lead(email_at=MONDAY),
        sender=sender(usage=used_up),
    )

    assert isinstance(decide(known, NOON), Send)


BRANCHING = campaign(
    chain(
        invite(),
        wait_for(Asked.CONNECTED, within=Delay(7, Unit.DAYS), otherwise="visit"),
        Step("message", StepKind.MESSAGE, "end", ONE_WORKING_DAY, variants=text()),
        visit(after=Delay(2, Unit.HOURS)),
        Step("end", StepKind.FOLLOW, None),
    )
)
WAITING = enrollment(step="wait", status=EnrollmentStatus.INVITE_SENT, reached_at=at("2026-02-24 10:00"))


def test_a_wait_says_what_it_waits_for_and_when_it_gives_up_even_at_night():
    decision = decide(facts(campaign=BRANCHING, enrollment=WAITING), at("2026-03-02 02:00"))

    assert (decision.reason, decision.until) == (Reason.WAITING_FOR_CONDITION, at("2026-03-03 10:00"))
    assert decision.sentence == "The lead waits for: connected."


def test_after_the_wait_the_other_branch_is_counted_from_its_end():
    decision = decide(facts(campaign=BRANCHING, enrollment=WAITING), at("2026-03-03 10:30"))

    assert (decision.reason, decision.until) == (Reason.NOT_DUE, at("2026-03-03 12:00"))


def test_an_acceptance_in_time_leads_to_the_message_counted_from_the_acceptance():
    accepted = lead(connected_at=at("2026-02-27 15:00"))

    decision = decide(facts(campaign=BRANCHING, enrollment=WAITING, lead=accepted), at("2026-03-02 10:00"))

    assert (decision.reason, decision.until) == (Reason.NOT_DUE, at("2026-03-02 15:00"))


def test_an_acceptance_after_the_wait_changes_the_branch_no_more():
    accepted = lead(connected_at=at("2026-03-03 10:00:01"))

    decision = decide(facts(campaign=BRANCHING, enrollment=WAITING, lead=accepted), at("2026-03-03 13:00"))

    assert decision.step.key == "visit"


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence(reason):
    names = (
        "entry",
        "sender",
        "status",
        "zone",
        "delay",
        "days",
        "used",
        "limit",
        "budget",
        "missing",
        "condition",
        "why",
    )
    words = dict.fromkeys(names, "x")

    assert sentence(reason, words).endswith(".")
    assert all(gate.question.endswith("?") for gate in Gate)


def test_a_campaign_with_two_windows_keeps_its_pause():
    pause = campaign(schedule=schedule(windows=[window("9:00-12:00"), window("13:00-17:00")]))

    assert decide(facts(campaign=pause), NOON).until == at("2026-03-02 13:00")


def test_a_sender_with_hours_of_its_own_sends_while_both_it_and_the_campaign_work():
    mornings = schedule("America/New_York", windows=[window("5:00-10:00")], weekend=frozenset())
    early_bird = sender(zone="America/New_York", hours=mornings)
    known = facts(sender=early_bird)  # the campaign works 9:00-17:00 in London, so both do 10:00-15:00

    early, open_, late = (decide(known, at(f"2026-03-02 {clock}")) for clock in ("09:30", "14:59", "15:00"))

    assert (early.reason, early.until) == (Reason.OUTSIDE_SENDER_HOURS, at("2026-03-02 10:00"))
    assert early.sentence == "It is outside the working hours of Ada Lovelace (America/New_York)."
    assert isinstance(open_, Send)
    assert (late.reason, late.until) == (Reason.OUTSIDE_SENDER_HOURS, at("2026-03-03 10:00"))


def test_when_the_campaign_is_shut_its_reason_is_told_and_the_instant_at_which_both_work():
    the_last_hour = schedule(windows=[window("16:00-17:00")], weekend=frozenset())

    decision = decide(facts(sender=sender(hours=the_last_hour)), at("2026-03-07 12:00"))

    assert (decision.reason, decision.until) == (Reason.WEEKEND, at("2026-03-09 16:00"))


def test_hours_that_meet_in_a_few_weeks_of_the_year_are_found_and_hours_that_never_do_are_told():
    """New York changes its clocks three weeks before London: 5:00 there is 9:00 here only in between."""
    rare = schedule("America/New_York", windows=[window("4:30-5:00")], weekend=frozenset())
    first_hour = campaign(schedule=schedule(windows=[window("8:30-9:00")]))

    seldom = decide(
        facts(campaign=first_hour, sender=sender(zone="America/New_York", hours=rare)), at("2026-03-02 09:00")
    )
    never = decide(facts(sender=sender(hours=schedule(windows=[window("3:00-4:00")]))), NOON)

    assert (seldom.reason, seldom.until) == (Reason.OUTSIDE_HOURS, at("2026-03-09 08:30"))
    assert (never.reason, never.until) == (Reason.HOURS_NEVER_MEET, None)
    assert never.sentence == "The campaign and Ada Lovelace never work at the same time."


def test_a_step_that_only_waits_asks_nothing_of_its_senders_hours():
    asleep = sender(hours=schedule(windows=[window("3:00-4:00")]))
    waiting = facts(
        campaign=campaign(chain(wait_for(Asked.CONNECTED))), enrollment=enrollment(step="wait"), sender=asleep
    )

    assert decide(waiting, NOON).reason is Reason.WAITING_FOR_CONDITION
