"""What no webhook told is found by reading: messages, invitations, connections."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from rapport.accounts import health, senders
from rapport.accounts.models import AccountStatus
from rapport.accounts.queries import listening
from rapport.conversations.models import Message
from rapport.leads.models import LeadIdentity
from rapport.replies import asking
from rapport.replies.models import Watch
from rapport_sandbox.faults import Fault
from tests.outreach import Outreach, outreach
from tests.rooms.campaigns.world import invite

SEQUENCE = [invite(), {"key": "accepted", "kind": "wait_for", "condition": {"asked": "connected"}}]


@pytest.fixture
def it(make_stage) -> Iterator[Outreach]:
    with outreach(make_stage, people=40, accounts=1, relations=0) as made:
        made.mira = made.sender(visits_per_day=100)
        made.world = made.sandbox.world
        yield made


def campaign_of(it: Outreach, lead: str) -> str:
    """A campaign that has invited the lead; answers the enrollment."""
    campaign = it.campaign(steps=[*SEQUENCE, {"key": "hello", "kind": "message", **MESSAGE}])
    (enrollment,) = it.enroll(campaign, [lead])
    it.run(hours=3)
    assert [each["kind"] for each in it.arrived("invite")] == ["invite"]
    return enrollment


MESSAGE = {"delay": {"amount": 30, "unit": "days"}, "variants": [{"body": "Hello again"}]}


def ask(it: Outreach, what, **more) -> dict:
    """Have something read and wait until it is; answers the job's result."""
    with it.stage.tx() as tx:
        job = what(tx, listening(tx)[0], **more)
    return worked(it, job)


def worked(it: Outreach, job: str) -> dict:
    for _ in range(40):
        it.stage.run_due_jobs()
        row = it.stage.job(job)
        if row.status != "pending":
            break
        it.clock.advance(max(row.run_at - it.now, timedelta(0)))
    assert row.status == "completed", (row.status, row.error_message, row.progress)
    it.settle()
    return row.result


def poll(it: Outreach, **more) -> dict:
    return ask(it, asking.poll, why="test", **more)


def status(it: Outreach, enrollment: str) -> tuple[str, str]:
    row = it.stage.alice.get(f"/enrollments/{enrollment}").json
    return row["status"], row["reason"]


def recorded(it: Outreach) -> list[Message]:
    with it.stage.reading() as reading:
        return list(reading.session.execute(select(Message).order_by(Message.at)).scalars())


def watch(it: Outreach) -> Watch:
    with it.stage.reading() as reading:
        return reading.session.execute(select(Watch)).scalar_one()


def provider_of(it: Outreach, lead: str) -> str:
    shown = it.stage.alice.get(f"/leads/{lead}").json
    return shown["provider_id"] or shown["public_identifier"]


def test_a_reply_is_found_without_any_webhook_and_once(it):
    lead = it.person()
    enrollment = campaign_of(it, lead)
    who = provider_of(it, lead)
    it.world.accepts(who, timedelta(minutes=1)).replies(who, timedelta(hours=1), "Let us talk", account=0)
    it.clock.advance(timedelta(hours=2))

    first, second = poll(it), poll(it)

    assert status(it, enrollment) == ("responded", "replied")
    assert (first["new"], second["new"]) == (1, 0)
    assert [(row.direction, row.lead_id) for row in recorded(it)] == [("in", lead)]
    assert watch(it).missed == 1
    assert it.timeline("webhooks.silent") == ["webhooks.silent"], "an operator is told that nobody tells us"


def test_a_lead_known_by_public_identifier_alone_is_recognised_by_who_is_in_the_chat(it):
    lead = it.person(known_by="public_identifier")
    enrollment = campaign_of(it, lead)
    who = provider_of(it, lead)
    it.world.accepts(who, timedelta(minutes=1))
    with it.stage.tx() as tx:  # as if the lead had come by hand: nothing but the name in the address is known
        for row in tx.session.execute(select(LeadIdentity).where(LeadIdentity.kind == "provider_id")).scalars():
            tx.session.delete(row)
    it.world.replies(who, timedelta(hours=1), "Let us talk", account=0)
    it.clock.advance(timedelta(hours=2))

    poll(it)

    assert status(it, enrollment) == ("responded", "replied")
    assert recorded(it)[0].match_rung == "public_identifier"


def test_a_fault_in_the_middle_goes_on_at_its_page_and_no_page_is_skipped(it):
    lead = it.person()
    who = provider_of(it, lead)
    it.world.connects(who)
    for number in range(250):
        it.world.replies(who, timedelta(minutes=number), f"Word {number}", account=0)
    it.clock.advance(timedelta(hours=5))
    it.sandbox.faults.arm(Fault("status", on="GET /api/v1/messages", status=429, skip=1, count=6))

    result = poll(it)

    assert (result["pages"], result["messages"], result["new"]) == (3, 250, 250)
    assert len(recorded(it)) == 250
    asked = [line for line in it.sandbox.ledger.read(service="unipile") if line["path"] == "/api/v1/messages"]
    assert len([line for line in asked if line["status"] == 200]) == 3
    assert any(line["status"] == 429 for line in asked)


def test_what_was_written_while_the_account_was_signed_out_is_found_after_it_is_back(it):
    lead = it.person()
    enrollment = campaign_of(it, lead)
    who = provider_of(it, lead)
    it.world.connects(who)
    it.world.disconnects(0)
    said(it, AccountStatus.CREDENTIALS)
    it.world.replies(who, timedelta(hours=1), "Are you there?", account=0)
    it.clock.advance(timedelta(days=2))
    assert poll(it)["new"] == 0
    it.clock.advance(timedelta(hours=12))

    it.world.reconnects(0)
    said(it, AccountStatus.OK)
    it.clock.advance(timedelta(minutes=1))
    poll(it)

    assert status(it, enrollment) == ("responded", "replied")


def said(it: Outreach, word: AccountStatus) -> None:
    with it.stage.tx() as tx:
        health.set_status(tx, senders.get(tx, it.mira.id), word, detail=None)


def test_accounts_that_nobody_tells_of_are_read_every_few_minutes(it):
    def watched() -> dict:
        with it.stage.tx() as tx:
            from rapport.jobs.enqueue import enqueue
            from rapport.kernel.ids import AGENCY

            job = enqueue(tx, it.stage.service.job_types.get("replies.watch"), client_id=AGENCY)[0].id
        return worked(it, job)

    assert watched() == {"accounts": 1}  # nobody ever told of it
    assert watched() == {"accounts": 0}  # it was just read
    it.clock.advance(timedelta(minutes=5))
    assert watched() == {"accounts": 1}
    with it.stage.tx() as tx:
        tx.session.get_one(Watch, it.mira.id).heard_at = tx.now
    it.clock.advance(timedelta(minutes=14))
    assert watched() == {"accounts": 0}
    it.clock.advance(timedelta(minutes=1))
    assert watched() == {"accounts": 1}
    with it.stage.tx() as tx:
        tx.session.get_one(Watch, it.mira.id).heard_at = tx.now
    said(it, AccountStatus.CREDENTIALS)
    it.clock.advance(timedelta(minutes=5))
    assert watched() == {"accounts": 1}


def test_an_invitation_that_is_no_longer_listed_was_accepted(it):
    lead = it.person()
    enrollment = campaign_of(it, lead)
    it.world.accepts(provider_of(it, lead), timedelta(minutes=5))
    it.clock.advance(timedelta(hours=1))

    first, second = ask(it, asking.invitations), ask(it, asking.invitations)

    assert (first["accepted"], first["withdrawn"], first["listed"]) == (1, 0, 0)
    assert (second["accepted"], second["to_ask"]) == (0, 0)
    assert status(it, enrollment)[0] == "connected"


def test_an_invitation_that_is_gone_without_a_connection_was_withdrawn_or_declined(it):
    lead = it.person()
    enrollment = campaign_of(it, lead)
    it.world.declines(provider_of(it, lead), timedelta(minutes=5))
    it.clock.advance(timedelta(hours=1))

    assert ask(it, asking.invitations)["withdrawn"] == 1
    assert status(it, enrollment)[0] != "connected"
    assert ask(it, asking.invitations)["withdrawn"] == 0


def test_a_pending_invitation_is_left_alone_and_one_sent_by_hand_is_taken_over(it):
    lead = it.person()
    campaign_of(it, lead)
    other = it.person()
    account = it.world.account(0)
    it.stage.service.unipile.invite(provider_of(it, other), account_id=account.id, note=None)
    it.clock.advance(timedelta(hours=1))

    result = ask(it, asking.invitations)

    assert (result["listed"], result["taken_over"], result["accepted"], result["withdrawn"]) == (2, 1, 0, 0)
    told = it.stage.alice.get(f"/leads/{other}/timeline").json["items"]
    assert "relation.invited" in [each["type"] for each in told]


def test_every_connection_is_looked_at_and_those_without_a_name_of_their_own_are_resolved(make_stage):
    with outreach(make_stage, people=400, accounts=1, relations=250) as it:
        it.mira = it.sender(visits_per_day=5, searches_per_day=50)
        it.sandbox.switches.change(relation_bare=1.0, relation_member_id_numeric=1.0)
        world = it.sandbox.world
        people = [world.person(number) for number in sorted(world.account(0).relations)[:8]]
        leads = {
            it.stage.lead(f"{each.first_name} {each.last_name}", profile_url=each.public_identifier)
            for each in people
            if each.public_identifier
        }
        stranger = it.person(known_by="public_identifier")

        with it.stage.tx() as tx:
            job = asking.sync(tx, it.stage.acme.id, [it.mira.id], everything=True)
        result = worked(it, job)

        assert (result["pages"], result["relations"]) == (3, 250)
        assert result["matched"] == len(leads)
        assert result["unmatched"] == 250 - len(leads)
        assert result["sample"]
        assert all(each["tried"] for each in result["sample"])
        with it.stage.reading() as reading:
            from rapport.leads.models import Relation

            connected = {row.lead_id for row in reading.session.execute(select(Relation)).scalars()}
        assert connected == leads
        assert stranger not in connected
        profiles = [line for line in it.sandbox.ledger.read(service="unipile") if line["kind"] == "profile"]
        assert len(profiles) >= len(leads)

        with it.stage.tx() as tx:
            job = asking.sync(tx, it.stage.acme.id, [it.mira.id], everything=False)
        again = worked(it, job)
        assert (again["pages"], again["resolved"]) == (1, 0)  # all of the first page was known


def test_a_thread_that_was_given_no_name_is_found_among_the_accounts_chats(it):
    lead = it.person()
    it.befriend(lead, it.mira)
    it.sandbox.faults.arm(Fault("missing_field", on="message", field="chat_id", effect=True))
    campaign = it.campaign(steps=[*SEQUENCE[1:], {"key": "hello", "kind": "message", "variants": [{"body": "Hello"}]}])
    it.enroll(campaign, [lead])
    it.until(lambda: it.arrived("message"))
    (before,) = it.stage.alice.get("/inbox/conversations").json["items"]
    assert before["external_id"] is None

    assert ask(it, asking.threads) == {"unnamed": 1, "listed": 1, "found": 1}
    (after,) = it.stage.alice.get("/inbox/conversations").json["items"]
    assert (after["id"], after["message_count"]) == (before["id"], 1)
    assert after["external_id"] is not None
    assert ask(it, asking.threads) == {"unnamed": 0, "listed": 0, "found": 0}
