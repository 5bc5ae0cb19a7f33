"""A look for what is due asks indexes, and asks as often however many leads wait."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from rapport.accounts.facts import senders as sender_facts
from rapport.enrollments.queries import next_look, to_look_at
from rapport.jobs import claim as jobs
from rapport.jobs.models import Executor
from rapport.jobs.sweep import sweep as sweep_jobs
from rapport.leads.facts import leads as lead_facts
from rapport.leads.facts import pending
from rapport.outbox.claim import soonest
from rapport.sending import cancel, outside_turns, queries, reconcile
from rapport.sending.turn import turn
from tests.outreach import outreach
from tests.plans import asked, plans
from tests.rooms.campaigns.world import accepted, invite, message

STEPS = [invite(), accepted(), message()]
MOST = {"sqlite": 50, "postgresql": 42}
"""A claim, the begin of its call and its settling."""
LEASE = timedelta(minutes=1)
WHOLE = re.compile(r"SCAN (?!line\b|CONSTANT ROW)\w+\b(?! USING (COVERING )?INDEX)|Seq Scan on (?!line\b)")
"""How a plan says that it reads a whole table. Lines are few: one for each sender, campaign and kind of step."""


def _jobs_due(tx):
    jobs.any_due(tx, executor=Executor.WORKER, types=["sending.withdraw_stale"])


ASKED_OFTEN = {
    "the next line": (queries.next_turn, "ix_line_wakes"),
    "the next that waits outside of turns": (queries.next_turn, "ix_action_ready"),
    "the next lease that runs out": (reconcile.next_due, "ix_action_lease"),
    "the next reading of the provider": (reconcile.next_due, "ix_action_read"),
    "what is lost": (reconcile.sweep, "ix_action_lease"),
    "what is to be read": (lambda tx: reconcile.take(tx, limit=1, lease=LEASE), "ix_action_read"),
    "what waits outside of turns": (lambda tx: outside_turns.take(tx, limit=1, lease=LEASE), "ix_action_ready"),
    "invitations under way": (lambda tx: queries.open_invitations(tx, ["one"]), "ix_action_open_of_account"),
    "the next look": (next_look, "ix_enrollment_look"),
    "whom to look at": (lambda tx: to_look_at(tx, limit=10), "ix_enrollment_look"),
    "whom to hold back": (lambda tx: cancel.for_leads(tx, ["one"], reason="replied"), "ix_action_l"),
    "the jobs that are due": (_jobs_due, "ix_job_claimable"),
    "the next delivery": (soonest, "ix_delivery_due"),
    "the jobs that are lost": (lambda tx: sweep_jobs(tx, None), "ix_job_leased"),
}


@pytest.mark.parametrize("what", ASKED_OFTEN)
def test_what_is_asked_every_second_is_answered_by_the_index_made_for_it(stage, what):
    ask, index = ASKED_OFTEN[what]
    with stage.tx() as tx, asked(stage) as said:
        ask(tx)
    found = plans(stage, said)

    assert found
    assert [plan for plan in found if WHOLE.search(plan)] == []
    assert any(index in plan for plan in found), found


def test_a_question_that_no_index_answers_is_told(stage):
    (plan,) = plans(stage, [("SELECT count(*) FROM action WHERE code = 'x'", ())])

    assert WHOLE.search(plan)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_partial_index_serves_nobody_who_asks_with_parameters(stage):
    """The reason for `is_one_of`: were this to change, it could go. PostgreSQL sees the parameters before it plans."""
    asks = "SELECT min(lease_until) FROM action WHERE state IN"

    assert "ix_action_lease" not in plans(stage, [(f"{asks} (?, ?)", ("claimed", "calling"))])[0]
    assert "ix_action_lease" in plans(stage, [(f"{asks} ('claimed', 'calling')", ())])[0]


@pytest.mark.parametrize("leads", [2, 30])
def test_a_send_takes_as_many_statements_however_many_leads_wait(make_stage, leads):
    with outreach(make_stage) as it:
        it.campaign(steps=STEPS, leads=leads)
        said = []
        while not any("INSERT INTO action " in statement for statement, _ in said):
            it.clock.advance(it.next_due() - it.now)
            with asked(it.stage) as said:
                turn(it.stage.service, it.pace, stopping=lambda: False)

        assert len(said) <= MOST[it.stage.service.engine.dialect.name]


@pytest.mark.parametrize("count", [1, 12])
def test_the_facts_of_senders_and_of_leads_take_as_many_statements_for_one_as_for_many(make_stage, count):
    with outreach(make_stage) as it:
        accounts = [it.stage.account(f"Sender {number}").id for number in range(count)]
        people = [it.stage.lead(f"Lead {number}") for number in range(count)]
        with it.stage.reading() as reading, asked(it.stage) as said:
            sender_facts(reading, accounts, pending=pending(reading, accounts))
            of_senders = len(said)
            lead_facts(reading, people)

        assert len(said) - of_senders <= 6
        assert of_senders == 6
