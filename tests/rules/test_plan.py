"""How an enrollment goes on, whatever happens to it, in whatever order and however often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rapport.rules.answers import Send, Wait
from rapport.rules.decision import decide, explain
from rapport.rules.delays import Delay, Unit
from rapport.rules.limits import Budget
from rapport.rules.outcomes import Accepted, Invited, Refused, Replied, Seen, Sent, Skipped, Withdrawn
from rapport.rules.plan import advance
from rapport.rules.position import Passed, entry
from rapport.rules.sequences import Asked, Condition, Step, StepKind
from rapport.rules.statuses import EnrollmentStatus
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
    message,
    text,
    visit,
    wait_for,
)

TEN = at("2026-03-02 10:00")
BRANCHING = chain(
    visit("look"),
    invite(),
    wait_for(Asked.CONNECTED, within=Delay(7, Unit.DAYS), otherwise="withdraw"),
    Step("message", StepKind.MESSAGE, "follow-up", ONE_WORKING_DAY, variants=text()),
    Step("follow-up", StepKind.MESSAGE, None, ONE_WORKING_DAY, variants=text()),
    Step("withdraw", StepKind.WITHDRAW, None),
)
INVITED = Sent("invite", None, TEN)


def test_a_sent_invitation_leads_to_the_next_step_and_is_counted():
    after = advance(facts(), INVITED, TEN)

    assert after.facts.enrollment.status is EnrollmentStatus.INVITE_SENT
    assert (after.position.step.key, after.look_at) == ("message", at("2026-03-03 10:00"))
    assert after.facts.lead.invited_at == TEN
    assert after.facts.sender.usage.today == {Budget.INVITES: 1}
    assert after.facts.sender.usage.pending == 1


def test_an_acceptance_makes_room_and_a_message_may_follow():
    invited = advance(facts(), INVITED, TEN).facts

    after = advance(invited, Accepted(at("2026-03-03 12:00")), at("2026-03-03 12:00"))

    assert after.facts.enrollment.status is EnrollmentStatus.CONNECTED
    assert after.facts.sender.usage.pending == 0
    assert isinstance(decide(after.facts, at("2026-03-03 15:00")), Send)


def test_the_last_step_sent_completes_the_enrollment():
    after = advance(facts(), INVITED, TEN).facts
    after = advance(after, Accepted(TEN), TEN).facts
    after = advance(after, Sent("message", "a", at("2026-03-03 11:00")), at("2026-03-03 11:00"))

    assert after.facts.enrollment.status is EnrollmentStatus.COMPLETED
    assert after.facts.enrollment.variants == {"message": "a"}
    assert after.look_at is None


def test_nobody_accepting_leads_to_the_withdrawal_and_ends_withdrawn():
    known = facts(campaign=campaign(BRANCHING), enrollment=enrollment(step="invite"))
    later = TEN + timedelta(days=7)

    waiting = advance(known, INVITED, TEN)
    lapsed = advance(waiting.facts, None, later)
    ended = advance(lapsed.facts, Sent("withdraw", None, later), later)

    assert (waiting.position.step.key, waiting.look_at) == ("wait", later)
    assert [(move.step, move.why) for move in lapsed.moves] == [("wait", Passed.LAPSED)]
    assert lapsed.position.step.key == "withdraw"
    assert ended.facts.enrollment.status is EnrollmentStatus.WITHDRAWN
    assert (ended.facts.lead.invited_at, ended.facts.lead.withdrawn_at) == (None, later)
    assert ended.facts.sender.usage.pending == 0


def test_somebody_already_connected_starts_at_the_first_message():
    connected = lead(connected_at=MONDAY)

    assert entry(BRANCHING, connected) == "message"
    assert entry(BRANCHING, lead()) == "look"
    assert entry(chain(visit()), connected) == "visit"
    assert entry(chain(visit(), wait_for(Asked.HAS_EMAIL), message()), connected) == "wait"


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (lead(connected_at=MONDAY), Passed.ALREADY_CONNECTED),
        (lead(invited_at=MONDAY), Passed.ALREADY_INVITED),
    ],
)
def test_nobody_who_is_connected_or_invited_is_invited(known, why):
    after = advance(facts(lead=known), None, TEN)

    assert [(move.step, move.why) for move in after.moves] == [("invite", why)]
    assert after.facts.enrollment.step == "message"


def test_already_invited_is_a_fact_learned_and_not_an_error():
    after = advance(facts(), Invited(TEN), TEN)

    assert after.facts.enrollment.status is EnrollmentStatus.INVITE_SENT
    assert after.facts.enrollment.step == "message"
    assert after.facts.sender.usage.today == {}


def test_a_refusal_for_good_ends_in_an_error_unless_the_step_was_sent():
    refused = advance(facts(), Refused("invite", TEN), TEN)
    sent_first = advance(advance(facts(), INVITED, TEN).facts, Refused("invite", TEN), TEN)

    assert refused.facts.enrollment.status is EnrollmentStatus.ERROR
    assert sent_first.facts.enrollment.status is EnrollmentStatus.INVITE_SENT


def test_an_operator_skips_a_step_and_the_next_one_counts_from_the_last_sending():
    overridden = enrollment(due_override_at=at("2026-04-01 09:00"))
    after = advance(facts(enrollment=overridden, lead=lead(connected_at=MONDAY)), Skipped("message", TEN), TEN)

    assert after.facts.enrollment.status is EnrollmentStatus.COMPLETED
    assert after.facts.enrollment.due_override_at is None


def test_an_override_holds_until_the_next_sending_and_no_longer():
    earlier = at("2026-03-02 09:30")
    known = facts(enrollment=enrollment(due_override_at=earlier), lead=lead(invited_at=MONDAY))

    standing = advance(known, None, TEN)
    sent = advance(facts(enrollment=enrollment(due_override_at=earlier)), INVITED, TEN)

    assert (standing.position.step.key, standing.look_at) == ("message", earlier)
    assert sent.look_at == at("2026-03-03 10:00")


def test_a_step_removed_while_it_was_in_flight_still_counts_as_sent():
    carried = facts(campaign=campaign(chain(message())), enrollment=enrollment(step="message"))

    after = advance(carried, INVITED, TEN)

    assert after.facts.enrollment.sent == {"invite"}
    assert after.facts.enrollment.step == "message"


def test_a_seen_message_settles_a_wait_for_it():
    sequence = chain(
        message(), wait_for(Asked.MESSAGE_SEEN, within=Delay(2, Unit.DAYS), otherwise="more"), visit(), message("more")
    )
    known = facts(campaign=campaign(sequence), enrollment=enrollment(step="message"), lead=lead(connected_at=MONDAY))

    sent = advance(known, Sent("message", None, TEN), TEN)
    seen = advance(sent.facts, Seen(TEN + timedelta(hours=1)), TEN + timedelta(hours=1))

    assert seen.position.step.key == "visit"


@pytest.mark.parametrize(
    ("condition", "known"),
    [
        (Condition(Asked.HAS_EMAIL), lead(email_at=MONDAY)),
        (Condition(Asked.OPEN_INMAIL), lead(open_inmail_at=MONDAY)),
        (Condition(Asked.TAG, "vip"), lead(tags={"vip": MONDAY})),
    ],
)
def test_a_branch_without_a_wait_follows_what_is_known(condition, known):
    ask = Step("ask", StepKind.WAIT_FOR, "yes", condition=condition, within=Delay(0, Unit.DAYS), otherwise="no")
    sequence = chain(ask, replace(visit("yes"), then="no"), visit("no"))

    for person, expected in ((known, "yes"), (lead(), "no")):
        begins = enrollment(step="ask", reached_at=MONDAY)
        asked = facts(campaign=campaign(sequence), enrollment=begins, lead=person)
        assert advance(asked, None, TEN).position.step.key == expected


def test_a_loop_that_slipped_through_ends_instead_of_turning_for_ever():
    looping = chain(replace(wait_for(Asked.CONNECTED), then="wait"))

    after = advance(
        facts(campaign=campaign(looping), enrollment=enrollment(step="wait"), lead=lead(connected_at=MONDAY)), None, TEN
    )

    assert after.facts.enrollment.status is EnrollmentStatus.COMPLETED


class AnEnrollment(RuleBasedStateMachine):
    """Webhooks come twice, late and in any order; time passes; what may be sent is sent."""

    @initialize(connected=st.booleans())
    def enroll(self, connected):
        self.now = MONDAY
        person = lead(connected_at=MONDAY - timedelta(days=90) if connected else None)
        begins = enrollment(step=entry(BRANCHING, person), enrolled_at=MONDAY, reached_at=MONDAY)
        self.facts = facts(campaign=campaign(BRANCHING), enrollment=begins, lead=person)
        self.replied = False
        self.sent = []
        self.happened = []

    @rule(minutes=st.integers(1, 6000))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)
        before = decide(self.facts, self.now)
        self.facts = advance(self.facts, None, self.now).facts
        assert decide(self.facts, self.now) == before

    @rule()
    def the_scheduler_turns(self):
        decision = decide(self.facts, self.now)
        if isinstance(decision, Wait) and decision.until is not None:
            assert decision.until > self.now
        if isinstance(decision, Send):
            assert not self.replied
            self.sent.append(decision.step.key)
            self._happens(Sent(decision.step.key, decision.variant, self.now))

    @rule(ago=st.integers(0, 5000), kind=st.sampled_from([Accepted, Invited, Seen, Withdrawn]))
    def the_world_tells(self, ago, kind):
        self._happens(kind(max(MONDAY, self.now - timedelta(minutes=ago))))

    @rule(ago=st.integers(0, 5000), here=st.booleans())
    def the_person_replies(self, ago, here):
        self.replied = True
        self._happens(Replied(max(MONDAY, self.now - timedelta(minutes=ago)), here=here))

    @rule(key=st.sampled_from([step.key for step in BRANCHING.steps]))
    def an_operator_skips(self, key):
        self._happens(Skipped(key, self.now))

    @rule(which=st.integers(0, 100))
    def a_webhook_comes_again(self, which):
        if self.happened:
            self._happens(self.happened[which % len(self.happened)])

    def _happens(self, outcome):
        self.happened.append(outcome)
        was = self.facts.enrollment
        self.facts = advance(self.facts, outcome, self.now).facts
        assert advance(self.facts, outcome, self.now).facts == self.facts
        assert was.sent <= self.facts.enrollment.sent
        if was.status.is_final:
            assert self.facts.enrollment.status in {was.status, EnrollmentStatus.RESPONDED}

    @invariant()
    def no_step_is_sent_twice(self):
        if hasattr(self, "sent"):
            assert len(self.sent) == len(set(self.sent))

    @invariant()
    def the_explanation_is_the_decision(self):
        if hasattr(self, "sent"):
            explained = explain(self.facts, self.now)
            assert explained.decision == decide(self.facts, self.now)

    @invariant()
    def pending_invitations_are_those_of_the_lead(self):
        if hasattr(self, "sent"):
            assert self.facts.sender.usage.pending in {0, 1}


TestAnEnrollment = AnEnrollment.TestCase
TestAnEnrollment.settings = settings(max_examples=settings().max_examples // 5, stateful_step_count=30)
