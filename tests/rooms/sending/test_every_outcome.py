"""Each thing a provider may answer, for each kind of step: what becomes of action, count, lead and sender.

Which outcome an answer is, is tested at the socket (`tests/outside/test_outcome_table.py`); here begins what follows.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rapport.accounts import holding
from rapport.accounts.models import Account, AccountUsage
from rapport.enrollments.models import Enrollment
from rapport.enrollments.placing import place
from rapport.leads import relating
from rapport.outside.unipile.outcomes import FAULTS, TABLE, UNREADABLE, outcome
from rapport.ports.outcomes import (
    Accepted,
    Ids,
    LeadEffect,
    Learned,
    NeedsSignIn,
    Outcome,
    Refused,
    Restricted,
    StopService,
    Unknown,
    WriteKind,
)
from rapport.rules.outcomes import Accepted as Connected
from rapport.sending import begin, settle
from rapport.sending.claim import claim
from rapport.sending.claimed import Claimed
from rapport.sending.models import Action
from rapport.sending.prepare import Ready
from tests.outreach import ALWAYS
from tests.rooms.campaigns.world import a_campaign, a_sender, accepted, act, enroll
from tests.stage import Stage

STEPS: dict[str, dict[str, Any]] = {
    "invite": {},
    "message": {"variants": [{"body": "Hello."}]},
    "inmail": {"variants": [{"subject": "A word", "body": "Hello."}]},
    "visit": {},
    "follow": {},
    "react": {},
}
SHORT = ("invite", "message", "visit")
KINDS = tuple(STEPS) if os.environ.get("EVERY_KIND") else SHORT
LEASE = timedelta(days=1)
NEVER = datetime(2026, 3, 9, tzinfo=UTC)
ASSUMED = {"visit", "follow", "react"}
"""What nobody can look up, and what harms nobody when it is not done."""


def outcomes_of(kind: str) -> list[Outcome]:
    """One of each line of the table, of each fault of the wire, and a success with and without an id."""
    lines = [*TABLE, *FAULTS.values(), UNREADABLE]
    answers = [outcome(line, kind=WriteKind(kind), status=line.status, detail="Why not.") for line in lines]
    return [*answers, Accepted(Ids(invitation_id="i", chat_id="c", message_id="m")), Accepted(Ids())]


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_counted_and_leaves_lead_and_sender_where_it_says(stage, kind):
    outcomes = outcomes_of(kind)
    claimed = _called(stage, kind, len(outcomes))

    for each, said in zip(claimed, outcomes, strict=True):
        with stage.tx() as tx:
            settle.answered(tx, each, said)

    with stage.reading() as reading:
        read = reading.session
        actions = {row.id: row for row in read.query(Action)}
        enrollments = {row.id: row for row in read.query(Enrollment)}
        accounts = {row.id: row for row in read.query(Account)}
        counted = {row.action_id for row in read.query(AccountUsage)}
    for each, said in zip(claimed, outcomes, strict=True):
        action, enrollment = actions[each.action["id"]], enrollments[each.action["enrollment_id"]]
        assert action.state == _state(said, kind), said
        assert (action.id in counted) is not said.nothing_sent, said
        assert _place(enrollment) == _expected_place(said, kind), said
        assert accounts[each.account["id"]].status == _STATUS.get(type(said.account_effect), "ok"), said

    with stage.tx() as tx:
        holding.lift(tx)
    held = {each.account["id"] for each, said in zip(claimed, outcomes, strict=True) if said.account_effect in STOPS}
    again = {each.account["id"] for each in _claimed_within(stage, timedelta(minutes=5), len(outcomes))}
    assert again <= held, "whoever was told to wait knocks again at once"


_STATUS = {NeedsSignIn: "credentials", Restricted: "restricted"}
STOPS = (StopService("wrong_base_url"), StopService("missing_credentials"))


def _state(said: Outcome, kind: str) -> str:
    match said:
        case Accepted():
            return "sent"
        case Refused():
            return "refused"
        case Unknown():
            return "sent" if kind in ASSUMED else "uncertain"


def _place(enrollment: Enrollment) -> str:
    if enrollment.ended_at is not None:
        return enrollment.status
    return "in doubt" if enrollment.reason == "uncertain" else "waits"


def _expected_place(said: Outcome, kind: str) -> str:
    if isinstance(said, Unknown) and kind not in ASSUMED:
        return "in doubt"
    if not isinstance(said, Refused):
        return "completed"
    match said.lead_effect:
        case LeadEffect.FAILS:
            return "error"
        case LeadEffect.WAITS:
            return "waits"
        case LeadEffect.ADVANCES:
            # Whether two people are connected or invited says of no other step that it is done.
            return "completed" if kind == "invite" or said.learned is Learned.ALREADY_DONE else "error"


def _claimed_within(stage: Stage, how_long: timedelta, most: int) -> list[Claimed]:
    until = stage.clock.now() + how_long
    found: list[Claimed] = []
    while stage.clock.now() < until:
        with stage.tx() as tx:
            found += claim(tx, limit=most, lease=LEASE)
        stage.clock.advance(timedelta(minutes=1))
    return found


def _called(stage: Stage, kind: str, count: int) -> list[Claimed]:
    """So many actions of a kind whose calls have begun, each of a sender of its own to a lead of its own."""
    accounts = [a_sender(stage, f"Sender {number}") for number in range(count)]
    steps = [*([accepted()] if kind == "message" else []), {"key": "step", "kind": kind, **STEPS[kind]}]
    campaign = a_campaign(stage, steps=steps, account_ids=[each.id for each in accounts], schedule=ALWAYS)
    leads = [stage.lead(f"Ada {number}", provider_id=f"ACoAA{number}") for number in range(count)]
    enroll(stage, campaign, *leads)
    answer = act(stage, campaign, "start", {"accept": []})
    assert answer.status_code == 200, answer.json
    stage.run_consumers()
    if kind == "message":
        _connected(stage)
    found: list[Claimed] = []
    while len(found) < count:
        found += _claimed_within(stage, timedelta(minutes=1), count)
        assert stage.clock.now() < NEVER
    for each in found:
        with stage.tx() as tx:
            assert begin.begin(tx, each, Ready(recipient=each.lead["provider_id"]), lease=LEASE)
    return found


def _connected(stage: Stage) -> None:
    with stage.tx() as tx:
        for row in tx.session.query(Enrollment):
            relating.connected(tx, row.client_id, row.account_id, [(row.lead_id, tx.now)])
            place(tx, [row.id], happened=lambda _: Connected(tx.now))
