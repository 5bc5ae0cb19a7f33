"""What keeps a campaign from starting, and what an operator may do to one lead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rapport.rules.answers import Send
from rapport.rules.decision import decide
from rapport.rules.interventions import Intervention, may, restarted
from rapport.rules.readiness import check
from rapport.rules.sequences import Sequence, Step, StepKind
from rapport.rules.statuses import EnrollmentStatus
from tests.rules.builders import MONDAY, at, campaign, chain, enrollment, facts, lead, schedule, sender, text

NOON = at("2026-03-02 12:00")


def _codes(of, senders=(), *, leads=1):
    found, in_sequence = check(of, senders, NOON, leads=leads, all_connected=False, render=None)
    assert all(each.sentence.endswith(".") for each in found)
    return [each.code.value for each in found], [each.code.value for each in in_sequence]


def test_a_sequence_that_sends_emails_needs_a_mailbox_of_every_sender():
    mail = campaign(chain(Step("email", StepKind.EMAIL, None, variants=text(subject="Hello"))))

    assert _codes(mail, [sender(has_mailbox=False), sender()]) == (["sender_without_mailbox"], [])


def test_a_campaign_in_order_may_start():
    assert _codes(campaign(), [sender()]) == ([], [])


def test_everything_that_is_wrong_is_told_at_once():
    wrong = campaign(Sequence("none", 1), schedule=schedule(windows=[]))

    assert _codes(wrong, leads=0) == (["no_sender", "never_opens", "no_leads"], ["empty"])


@pytest.mark.parametrize(
    ("of", "who", "expected"),
    [
        (campaign(), sender(is_ok=False, status="checkpoint"), "sender_not_ok"),
        (campaign(), sender(paused_at=MONDAY), "sender_paused"),
        (campaign(ends_at=NOON), sender(), "already_over"),
        (campaign(starts_at=at("2026-03-07 00:00"), ends_at=at("2026-03-09 09:00")), sender(), "never_opens"),
    ],
)
def test_a_trouble_is_named(of, who, expected):
    assert _codes(of, [who]) == ([expected], [])


@pytest.mark.parametrize(
    ("known", "allowed"),
    [
        (enrollment(), {"pause", "stop", "skip", "override"}),
        (enrollment(paused_at=MONDAY), {"resume", "stop", "skip", "override"}),
        (enrollment(status=EnrollmentStatus.ERROR), {"restart"}),
        (enrollment(status=EnrollmentStatus.STOPPED, replied_at=MONDAY), set()),
        (enrollment(status=EnrollmentStatus.RESPONDED, replied_at=MONDAY), set()),
        (enrollment(status=EnrollmentStatus.COMPLETED), set()),
    ],
)
def test_an_operator_may_do_what_makes_sense(known, allowed):
    assert may(known) == {Intervention(each) for each in allowed}


@pytest.mark.parametrize(
    ("sent", "person", "status"),
    [
        (set(), lead(), EnrollmentStatus.PENDING_INVITE),
        (set(), lead(invited_at=MONDAY), EnrollmentStatus.INVITE_SENT),
        ({"invite"}, lead(connected_at=MONDAY), EnrollmentStatus.CONNECTED),
        ({"message"}, lead(connected_at=MONDAY), EnrollmentStatus.MESSAGED),
    ],
)
def test_a_restarted_lead_stands_where_it_had_come(sent, person, status):
    ended = enrollment(status=EnrollmentStatus.ERROR, sent=frozenset(sent), paused_at=MONDAY)

    again = restarted(facts(enrollment=ended, lead=person), NOON)

    assert (again.status, again.step, again.reached_at, again.paused_at) == (status, "invite", NOON, None)


def test_a_withdrawn_lead_begins_again_and_is_not_invited_before_its_time():
    ended = facts(
        enrollment=enrollment(status=EnrollmentStatus.WITHDRAWN, step=None),
        lead=lead(withdrawn_at=at("2026-02-01 12:00")),
    )

    again = replace(ended, enrollment=restarted(ended, NOON))

    assert again.enrollment.step == "invite"
    assert isinstance(decide(again, NOON), Send)
