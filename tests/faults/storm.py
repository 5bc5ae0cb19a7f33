"""A storm of replies over webhooks as odd as they come, judged by the provider's world and what reached whom.

    python -m tests.faults.storm --replies 5000 --database postgresql
    python -m tests.faults.storm --replies 1000 --database sqlite --without-webhooks

Everybody was written to and is written to again after three days; before that nine of ten answer. Their words are told
three times each, shuffled, late, some only after they were read, some torn, without a sender, by a member id, without a
word on the direction; a part of the leads is not known by provider id. In the end each reply is there once, nothing of
ours counts as one, every enrollment stopped within a minute of the first sign, and only who kept silent was written to
again.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from rapport.conversations import counters
from rapport.conversations.models import Conversation, Message
from rapport.enrollments.models import Enrollment
from rapport.events.models import Event
from rapport.jobs.enqueue import enqueue
from rapport.kernel.ids import AGENCY
from rapport.kernel.log import configure_log
from rapport.leads.relating import connected
from rapport.ports.unipile_records import NewWebhook
from scripts.servers import PostgreSQL
from tests.databases import fresh_database
from tests.outreach import Outreach
from tests.sandboxes import WorldClock, sandbox_server, settings_for
from tests.stage import Stage

ADDRESS = "http://rapport.test/api/v1/webhooks/unipile/messaging"
STEPS = [
    {"key": "accepted", "kind": "wait_for", "condition": {"asked": "connected"}},
    {"key": "hello", "kind": "message", "variants": [{"body": "Hello, shall we talk?"}]},
    {
        "key": "again",
        "kind": "message",
        "delay": {"amount": 3, "unit": "days"},
        "variants": [{"body": "Did you see my message?"}],
    },
]
QUIRKS = {
    "is_sender_null": 0.3,
    "sender_id_member": 0.2,
    "sender_missing": 0.05,
    "wrapped": 0.05,
    "webhook_duplicate": 1.0,
    "webhook_delay": 120.0,
    "webhook_reorder": 0.3,
}
TORN, PAST_POLLING, SILENT, WITHOUT_PROVIDER_ID = 0.05, 0.2, 0.1, 0.3
STEP = timedelta(seconds=20)
READ_EVERY = timedelta(minutes=5)
LASTS = timedelta(minutes=105)
"""The last is told after 65 minutes. Where all tellings of a reply were torn, its account is read once it was silent
for a while after that.
"""


@dataclass
class Verdict:
    """What came of a storm."""

    replies: int
    silent: int
    recorded: int = 0
    twice: int = 0
    own_as_replies: int = 0
    unmatched: int = 0
    not_stopped: int = 0
    late: int = 0
    """Enrollments that stopped more than a minute after the first sign."""
    sent_after: int = 0
    sent_again: int = 0
    """To those who kept silent: the control that something would have been sent."""
    miscounted: int = 0
    """Conversations whose unread, newest and waiting are not what their messages say, and counts of the inbox that
    are not what a recount says."""
    deliveries: Counter[str] = field(default_factory=Counter)

    @property
    def is_good(self) -> bool:
        wrong = (self.twice, self.own_as_replies, self.unmatched, self.not_stopped, self.late, self.sent_after)
        wrong += (self.miscounted,)
        return self.recorded == self.replies and not any(wrong) and self.sent_again == self.silent > 0

    def __str__(self) -> str:
        return (
            f"{self.replies} replies: {self.recorded} recorded, {self.twice} twice, {self.own_as_replies} of ours"
            f" counted, {self.unmatched} unmatched, {self.not_stopped} not stopped, {self.late} stopped late,"
            f" {self.sent_after} sends after a sign; {self.miscounted} miscounted;"
            f" {self.sent_again} of {self.silent} silent ones written to again;"
            f" deliveries: {dict(self.deliveries)}"
        )


class Storm:
    """The world of one storm."""

    def __init__(self, it: Outreach, *, people: int, webhooks: bool, seed: int) -> None:
        self.it, self.count, self.webhooks = it, people, webhooks
        self.random = random.Random(seed)
        self.world = it.sandbox.world
        self.signs: dict[str, datetime] = {}
        """Provider's id of a message → when it was first told in a body that can be read."""
        self.deliveries: Counter[str] = Counter()
        self.leads: dict[int, str] = {}

    def run(self) -> Verdict:
        self._write_to_everybody()
        self._everybody_answers()
        for _ in range(int(LASTS / STEP)):
            self.it.clock.advance(STEP)
            self._work()
        self.it.run(days=5)
        return self._judge()

    def _write_to_everybody(self) -> None:
        it, state = self.it, self.world.state
        plenty = {"messages_per_day": 150, "visits_per_day": 150}
        accounts = [it.sender(**plenty) for _ in range(it.server.options.accounts)]
        owners = {account.owner.number for account in state.accounts.values()}
        people = [state.people[number] for number in range(state.people.size) if number not in owners]
        self.people = [each for each in people if each.public_identifier][: self.count]
        for place, person in enumerate(self.people):
            account = accounts[place % len(accounts)]
            self.world.quiet(person).connects(person, to=place % len(accounts))
            known = {"profile_url": person.public_identifier}
            if self.random.random() >= WITHOUT_PROVIDER_ID:
                known["provider_id"] = person.provider_id
            lead = self.leads[person.number] = it.stage.lead(person.name, **known)
            with it.stage.tx() as tx:
                connected(tx, it.stage.acme.id, account.id, [(lead, tx.now)])
        campaign = it.campaign(steps=STEPS, accounts=accounts)
        ids = list(self.leads.values())
        for start in range(0, len(ids), 100):
            it.enroll(campaign, ids[start : start + 100])
        it.settle()
        while len(it.arrived("message", "chat")) < len(ids):
            it.run(hours=6)

    def _everybody_answers(self) -> None:
        it = self.it
        if self.webhooks:
            it.sandbox.switches.change(**QUIRKS)
            it.sandbox.courier.deliver = self._post
            events = ("message_received", "message_read", "message_delivered")
            it.stage.service.unipile.create_webhook(NewWebhook("messaging", ADDRESS, "storm", events=events))
        numbers = [each.number for each in self.people]
        self.silent = set(self.random.sample(numbers, max(1, round(len(numbers) * SILENT))))
        for person in self.people:
            if person.number not in self.silent:
                after = timedelta(seconds=self.random.uniform(0, 1500))
                self.world.replies(person, after, f"I say {person.number}")

    def _post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """What Unipile posts: twice by itself, here once more, some of it torn or held back past a reading."""
        for _ in range(2 if self.random.random() < 0.5 else 1):
            if self.random.random() < PAST_POLLING:
                at = self.it.sandbox.now() + 1500 + self.random.uniform(0, 900)
                self.it.sandbox.agenda.at(at, lambda _now: self._deliver(headers, body, "late"))
            elif self.random.random() < TORN:
                self._deliver(headers, body[: len(body) // 2], "torn")
            else:
                self._deliver(headers, body, "whole")
        return 200

    def _deliver(self, headers: dict[str, str], body: bytes, how: str) -> None:
        answer = self.it.stage.http.post("/api/v1/webhooks/unipile/messaging", data=body, headers=headers)
        assert answer.status_code == 200, answer.json
        self.deliveries[how] += 1
        if how != "torn":
            text = body.decode()
            for message_id in self._replies():
                if message_id in text:
                    self.signs.setdefault(message_id, self.it.now)

    def _replies(self) -> set[str]:
        accounts = self.world.state.accounts.values()
        return {each.id for account in accounts for each in account.messages if not each.is_own}

    def _work(self) -> None:
        """One step of everything that runs by itself."""
        if int(self.it.now.timestamp()) % int(READ_EVERY.total_seconds()) < STEP.total_seconds():
            with self.it.stage.tx() as tx:
                enqueue(tx, self.it.stage.service.job_types.get("replies.watch"), client_id=AGENCY)
        while self.it.stage.run_due_jobs(500) == 500:
            pass
        self.it.turn()

    def _judge(self) -> Verdict:
        told = self._replies()
        verdict = Verdict(len(told), len(self.silent), deliveries=self.deliveries)
        with self.it.stage.reading() as reading:
            rows = reading.session.execute(select(Message).where(Message.direction.is_distinct_from("out"))).scalars()
            inbound = list(rows)
            enrollments = {row.lead_id: row for row in reading.session.execute(select(Enrollment)).scalars()}
            wanted = select(Event).where(Event.type == "reply.received")
            stopped = {event.lead_id: event for event in reading.session.execute(wanted).scalars()}
        counted = Counter(row.external_id for row in inbound)
        verdict.recorded = len(told & counted.keys())
        verdict.twice = sum(count - 1 for count in counted.values())
        verdict.own_as_replies = len(counted.keys() - told)
        verdict.unmatched = sum(row.lead_id is None for row in inbound)
        signs = {row.lead_id: min(self.signs.get(row.external_id, row.recorded_at), row.recorded_at) for row in inbound}
        for number, lead in self.leads.items():
            self._judge_one(verdict, number, enrollments[lead], stopped.get(lead), signs.get(lead))
        verdict.miscounted = self._miscounted()
        return verdict

    def _miscounted(self) -> int:
        """Every conversation beside its messages, counted here; then the inbox beside a recount."""
        with self.it.stage.reading() as reading:
            threads = reading.session.execute(select(Conversation)).scalars().all()
            messages = reading.session.execute(select(Message)).scalars().all()
        written: dict[str, list[Message]] = {each.id: [] for each in threads}
        for message in messages:
            written[message.conversation_id].append(message)
        wrong = sum(_shows(each) != _counted(written[each.id]) for each in threads)
        with self.it.stage.tx() as tx:
            return wrong + len(counters.check(tx, self.it.stage.acme.id))

    def _judge_one(self, verdict: Verdict, number: int, row: Any, stop: Any, sign: datetime | None) -> None:
        received = [deed for deed in self.world.deeds(number) if deed.kind == "message"]
        if number in self.silent:
            verdict.sent_again += len(received) == 2
        elif row.status != "responded" or stop is None or sign is None:
            verdict.not_stopped += 1
        else:
            verdict.late += stop.recorded_at - sign > timedelta(minutes=1)
            verdict.sent_after += any(datetime.fromtimestamp(deed.at, UTC) > sign for deed in received)


def _shows(thread: Conversation) -> tuple[Any, ...]:
    return thread.message_count, thread.unread_count, thread.last_message_at, thread.waiting_since


def _counted(messages: list[Message]) -> tuple[Any, ...]:
    ours = max((each.at for each in messages if each.direction == "out"), default=None)
    answered = max((each.at for each in messages if each.direction == "out" and not each.is_automatic), default=None)
    inbound = [each for each in messages if each.direction == "in"]
    unread = sum(ours is None or each.at > ours for each in inbound)
    words = [each.at for each in inbound if each.kind == "text" and not each.is_auto_reply]
    waits = min((at for at in words if answered is None or at > answered), default=None)
    return len(messages), unread, max(each.at for each in messages), waits


def storm(database: Any, *, people: int, webhooks: bool, seed: int, accounts: int = 2) -> Verdict:
    """One storm over one database."""
    with ExitStack() as stack:
        server = stack.enter_context(
            sandbox_server(people=people + accounts + people // 5, accounts=accounts, relations=0)
        )
        stage = Stage(database, settings=settings_for(server), clock=WorldClock(server.sandbox))
        stack.callback(stage.close)
        return Storm(Outreach(stage, server), people=people, webhooks=webhooks, seed=seed).run()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--replies", type=int, default=5000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--without-webhooks", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    said = parser.parse_args()
    configure_log("error")
    sys.stdout.write(f"seed {said.seed}\n")
    with ExitStack() as stack:
        if said.database == "postgresql":
            server = PostgreSQL().start()
            stack.callback(server.remove)
            os.environ["TEST_POSTGRESQL_URL"] = server.url()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(fresh_database(said.database, folder))
        accounts = max(2, said.replies // 100)
        people = math.ceil(said.replies / (1 - SILENT))
        run = partial(storm, people=people, webhooks=not said.without_webhooks, seed=said.seed, accounts=accounts)
        verdict = run(database)
    sys.stdout.write(f"{verdict}\n")
    return 0 if verdict.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
