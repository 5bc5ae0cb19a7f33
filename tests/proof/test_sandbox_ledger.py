"""The ledger as the sandbox writes it is what the judge reads: calls, webhooks and what people did."""

from datetime import timedelta

import pytest

from tests.proof.judge.court import judge
from tests.proof.judge.history import read
from tests.proof.small_world import LIMITS, World
from tests.sandbox.stage import Stage, said

HOUR = timedelta(hours=1)


class Run:
    """A sandbox with its ledger on disk, and beside it what a product would have kept."""

    def __init__(self, home):
        self.home = home
        self.outside = Stage(home=home, sync=False)
        self.outside.listen("messaging")
        self.outside.listen("users")
        self.outside.advance(3_600)
        self.inside = World()
        self.client = self.inside.client()
        self.account = self.inside.account(self.client)
        self.account["unipile_account_id"] = self.outside.account.id
        self.campaign = self.inside.campaign(self.client)

    @property
    def now(self):
        return self.outside.sandbox.now()

    def enroll(self, person):
        lead = self.inside.lead(self.client)
        lead["provider_id"] = person.provider_id
        due_at = self.now + timedelta(days=30).total_seconds()
        return self.inside.enrollment(self.campaign, lead, self.account, due_at=due_at)

    def invites(self, enrollment, person):
        said(self.outside.invite(person, self._intends(enrollment, "invite")))
        self.outside.advance(60)

    def writes(self, enrollment, person):
        said(self.outside.write(person, self._intends(enrollment, "message")))
        self.outside.advance(60)

    def _intends(self, enrollment, kind):
        """Everything the product notes of one send; answers its words."""
        action = self.inside.action(enrollment, self.inside.step(self.campaign, kind), claimed_at=self.now)
        self.inside.settles(action, at=self.now)
        return action["text"]

    def accepts(self, person):
        self.outside.world.accepts(person, HOUR)
        self.outside.advance(9 * 3_600)

    def replies(self, enrollment, person):
        self.outside.world.replies(person, timedelta(minutes=1), "Tell me more")
        self.outside.advance(120)
        enrollment.update(status="responded", reason="replied", next_due_at=None)

    def next_morning(self):
        self.outside.advance(15 * 3_600)

    def hears(self, *, lost=()):
        """The product keeps what it acknowledged: each fact once, each reply in the inbox."""
        told = {line["ref"]: line for line in self.outside.sandbox.ledger.read(service="webhook")}
        leads = {row["provider_id"]: row for row in self.inside.dump if row["table"] == "lead"}
        for ref, line in told.items():
            at = line["answered_at"]
            if line["kind"] in lost:
                continue
            self.inside.row("webhook_delivery", ref=ref, acked_at=at, processed_at=at, outcome="processed")
            if line["kind"] == "message_received" and not line["is_sender"]:
                self.inside.row(
                    "message",
                    client_id=self.client["id"],
                    account_id=self.account["id"],
                    lead_id=leads[line["person"]]["id"],
                    external_message_id=line["message_id"],
                    direction="inbound",
                    received_at=at,
                )

    def judged(self):
        """How often each law is broken, and how much each examined."""
        self.inside.ends(at=self.now)
        self.outside.sandbox.close()
        (self.home / "told").mkdir()
        self.inside.write(self.home / "told")
        findings = judge(read(self.home / "ledger.jsonl", self.home / "told" / "dump.jsonl"))
        broken = {finding.law for finding in findings if finding.violations}
        return broken, {finding.law: finding for finding in findings}


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def test_an_invitation_a_message_and_a_reply_are_read_and_found_clean(run):
    ada = run.outside.stranger()
    enrollment = run.enroll(ada)
    run.invites(enrollment, ada)
    run.accepts(ada)
    run.next_morning()
    run.writes(enrollment, ada)
    run.replies(enrollment, ada)
    run.hears()

    broken, findings = run.judged()

    assert broken == set()
    assert {law: findings[law].examined for law in ("L1", "L2", "L5")} == {"L1": 2, "L2": 2, "L5": 2}
    assert findings["L2"].of == "effects against 2 replies", "once by webhook, once by the inbox"
    assert findings["L8"].examined >= 2, "the relation and the reply, at least"


def test_a_call_the_product_made_twice_is_seen(run):
    ada = run.outside.friend()
    enrollment = run.enroll(ada)
    run.writes(enrollment, ada)
    run.outside.write(ada, "Hello again")
    run.hears()

    assert "L1" in run.judged()[0]


def test_a_message_after_an_acknowledged_reply_is_seen(run):
    ada = run.outside.friend()
    enrollment = run.enroll(ada)
    run.writes(enrollment, ada)
    run.replies(enrollment, ada)
    run.writes(enrollment, ada)
    run.hears()

    assert run.judged()[0] == {"L2"}


def test_a_webhook_acknowledged_and_then_lost_is_seen(run):
    ada = run.outside.friend()
    enrollment = run.enroll(ada)
    run.writes(enrollment, ada)
    run.replies(enrollment, ada)
    run.hears(lost=("message_received",))

    assert run.judged()[0] == {"L8"}


@pytest.mark.parametrize(("answer", "expected"), [("accepts", set()), ("declines", set()), (None, {"L3"})])
def test_an_invitation_is_pending_until_its_person_decides(run, answer, expected):
    run.account["limits"] = {"invite": {**LIMITS["invite"], "pending": 1}}
    for position in range(2):
        person = run.outside.stranger(position)
        run.invites(run.enroll(person), person)
        if answer is not None:
            getattr(run.outside.world, answer)(person, timedelta(minutes=5))
            run.outside.advance(600)
    run.hears()

    assert run.judged()[0] == expected
