"""Simulation and execution side by side: one seed, no faults, and the same people; every send must be the same one.

    python -m tests.faults.twin --leads 2000 --days 28 --database sqlite

The plan is made by the product's simulation, the deed by its sending on the virtual clock, and the judge is the
sandbox's ledger: lead, step, sender and instant to the second.
"""

from __future__ import annotations

import argparse
import heapq
import io
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from rapport.accounts.models import Account
from rapport.enrollments.facts import snapshot
from rapport.enrollments.models import Enrollment
from rapport.enrollments.placing import place
from rapport.kernel.chance import Chance
from rapport.kernel.log import configure_log
from rapport.leads import persons, relating
from rapport.leads.models import Lead
from rapport.rules.facts import Facts
from rapport.rules.outcomes import Accepted, Outcome, Replied
from rapport.rules.sequences import Step, StepKind
from rapport.rules.simulation import simulate_once
from rapport.sending import turn as sending
from scripts.servers import PostgreSQL
from tests.databases import KINDS, fresh_database
from tests.outreach import Outreach, outreach
from tests.rooms.campaigns.world import accepted, invite, message, visit
from tests.stage import Stage

Send = tuple[str, str, str, str]
"""Instant to the second, sender, enrollment, step."""
_SETTLES_EVERY = timedelta(hours=6)
_STEPS: list[list[dict[str, Any]]] = [
    [
        visit(),
        invite(note="Hello {{ first_name }}"),
        accepted(within={"amount": 10, "unit": "days"}),
        message("first", "Thank you, {{ first_name }}."),
        message("second", "One more thing, {{ first_name }}.", delay={"amount": 3, "unit": "working_days"}),
    ],
    [invite(), accepted(), message("only", "Dear {{ first_name }}")],
]


@dataclass(frozen=True)
class Script:
    """People who answer after a time that only depends on who they are and what they were sent."""

    chance: Chance
    acceptance: float = 0.5
    reply: float = 0.25

    def already(self, _facts: Facts, _now: datetime) -> Iterable[Outcome]:
        return ()

    def answers(self, enrollment_id: str, step: Step, at: datetime) -> Iterable[Outcome]:
        answer = self.answer(enrollment_id, step.key, step.kind, at)
        return () if answer is None else (answer,)

    def answer(self, enrollment_id: str, step: str, kind: StepKind, at: datetime) -> Outcome | None:
        drawn = self.chance.stream("twin", enrollment_id, step)
        does, after = drawn.random(), timedelta(seconds=drawn.randrange(60, 4 * 86400))
        if kind is StepKind.INVITE and does < self.acceptance:
            return Accepted(at + after)
        if kind is StepKind.MESSAGE and does < self.reply:
            return Replied(at + after, here=True)
        return None


@dataclass
class Compared:
    """Both lists, and where they part."""

    planned: list[Send]
    done: list[Send]
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def differences(self) -> list[str]:
        missing, extra = sorted(set(self.planned) - set(self.done)), sorted(set(self.done) - set(self.planned))
        return [f"planned only: {each}" for each in missing] + [f"done only: {each}" for each in extra]


class Twin:
    """A world with people who answer by a script, run in earnest."""

    def __init__(self, it: Outreach, script: Script) -> None:
        self.it = it
        self._script = script
        self._coming: list[tuple[datetime, str, Outcome]] = []
        self._settles_at = it.now
        self._read_to = 0
        self._received: Counter[tuple[str, StepKind]] = Counter()
        self._who: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        self._senders: dict[str, str] = {}
        self.done: list[Send] = []
        self.accounts: list[Account] = []

    def build(self, *, leads: int, senders: int, campaigns: int) -> dict[str, Any]:
        accounts = self.accounts = [self.it.sender(invites_per_day=25 - 3 * number) for number in range(senders - 1)]
        accounts.append(self.it.sender(warmup=True, warmup_started_on=self.it.now.date()))
        made = [self.it.campaign(steps=_STEPS[number % len(_STEPS)], accounts=accounts) for number in range(campaigns)]
        shares = [self._people(leads // campaigns) for _ in made]
        for campaign, ids in zip(made, shares, strict=True):
            for begin in range(0, len(ids), 200):
                self.it.enroll(campaign, ids[begin : begin + 200])
        self.it.settle()
        self._meet({campaign["id"]: _STEPS[number % len(_STEPS)] for number, campaign in enumerate(made)})
        return made[0]

    def _meet(self, steps: dict[str, list[dict[str, Any]]]) -> None:
        """Who is meant by a line of the ledger."""
        with self.it.stage.reading() as reading:
            accounts = reading.session.execute(select(Account).order_by(Account.id)).scalars()
            self._senders = {row.unipile_account_id: row.id for row in accounts}
            joined = select(Enrollment, Lead.provider_id).join(Lead, Lead.id == Enrollment.lead_id)
            for enrollment, person in reading.session.execute(joined):
                self._who[person] = (enrollment.id, steps[enrollment.campaign_id])

    def _people(self, count: int) -> list[str]:
        world, stage = self.it.sandbox.world.state, self.it.stage
        ids = []
        with stage.tx() as tx:
            while len(ids) < count:
                someone = world.people[self.it._next_person]
                self.it._next_person += 1
                given = {"first_name": someone.first_name, "last_name": someone.last_name}
                given["provider_id"] = someone.provider_id
                if not any(someone.number in world.account(n).relations for n in range(len(self.it._accounts))):
                    ids.append(persons.add(tx, stage.acme.id, given=given, custom={}, tags=()))
        return ids

    def plan(self, campaign: dict[str, Any], *, days: int) -> list[Send]:
        with self.it.stage.reading() as reading:
            start = snapshot(reading, campaign["id"])
        run = simulate_once(replace(start, of=None), self._script, days=days)
        return [(_to_the_second(each.at), each.sender_id, each.enrollment_id, each.step) for each in run.sends]

    def run(self, *, days: int) -> None:
        until = self.it.now + timedelta(days=days)
        doors = self.it.stage.service
        while self.it.now < until:
            now = self.it.now
            self._hear(now)
            if now >= self._settles_at:
                self.it.settle()
                self._settles_at = now + _SETTLES_EVERY
            while sending.look_turn(doors) <= now:
                pass
            while self._sends():
                pass
            following = [self.it.next_due(), *(at for at, _, _ in self._coming[:1])]
            self.it.clock.advance(max(min(*following, until) - now, timedelta(seconds=1)))

    def _sends(self) -> bool:
        before = dict(self.it.pace.done)
        sending.turn(self.it.stage.service, self.it.pace, stopping=lambda: False)
        if before == self.it.pace.done:
            return False
        self._expect()
        return True

    def _expect(self) -> None:
        """What comes of what has just been sent."""
        for at, _, enrollment_id, step, kind in self._arrivals():
            answer = self._script.answer(enrollment_id, step, kind, at)
            if answer is not None:
                heapq.heappush(self._coming, (answer.at, enrollment_id, answer))

    def _arrivals(self) -> list[tuple[datetime, str, str, str, StepKind]]:
        """What reached people since the last look, each as a step of an enrollment: the n-th of its kind."""
        found = []
        for line in self.it.sandbox.ledger.read(service="unipile", after=self._read_to):
            self._read_to = line["n"]
            if not line.get("effect"):
                continue
            enrollment_id, steps = self._who[line["person"]]
            kind = StepKind(line["kind"])
            number = self._received[enrollment_id, kind]
            self._received[enrollment_id, kind] += 1
            step = [each["key"] for each in steps if each["kind"] == kind.value][number]
            found.append((_instant(line["at"]), self._senders[line["account"]], enrollment_id, step, kind))
        self.done += [(_to_the_second(at), sender, enrollment, step) for at, sender, enrollment, step, _ in found]
        return found

    def _hear(self, now: datetime) -> None:
        """People do what they were going to do by now, and the product hears of it at that instant."""
        while self._coming and self._coming[0][0] <= now:
            _, enrollment_id, outcome = heapq.heappop(self._coming)
            with self.it.stage.tx() as tx:
                enrollment = tx.session.get_one(Enrollment, enrollment_id)
                lead = tx.session.get_one(Lead, enrollment.lead_id)
                if isinstance(outcome, Accepted):
                    position = list(self._senders.values()).index(enrollment.account_id)
                    self.it.sandbox.world.connects(lead.provider_id, to=position)
                    relating.connected(tx, lead.client_id, enrollment.account_id, [(lead.id, outcome.at)])
                else:
                    lead.replied_at = outcome.at
                tx.session.flush()
                place(tx, [enrollment_id], happened=lambda _, told=outcome: told)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _to_the_second(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")


def compare(
    make_stage: Callable[..., Stage],
    *,
    leads: int,
    days: int,
    senders: int = 3,
    campaigns: int = 2,
    seed: str = "twin",
    between: Callable[[Twin], None] = lambda _: None,
) -> Compared:
    """One world, simulated and executed; `between` bends it after the plan, for the control."""
    took, began = {}, time.monotonic()
    with outreach(make_stage, people=leads + 60 * senders, accounts=senders) as it:
        twin = Twin(it, Script(Chance(seed)))
        campaign = twin.build(leads=leads, senders=senders, campaigns=campaigns)
        took["build"], began = time.monotonic() - began, time.monotonic()
        planned = twin.plan(campaign, days=days)
        took["simulate"], began = time.monotonic() - began, time.monotonic()
        between(twin)
        twin.run(days=days)
        took["execute"] = time.monotonic() - began
        return Compared(planned, twin.done, {name: round(seconds, 1) for name, seconds in took.items()})


def main() -> int:
    """The long form, as a program: status 1 when plan and deed part."""
    parser = argparse.ArgumentParser(description="Compare the simulation with its execution.")
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--leads", type=int, default=2000)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--seed", default="twin")
    given = parser.parse_args()
    configure_log("error", io.BytesIO())
    with ExitStack() as stack:
        if given.database == "postgresql" and "TEST_POSTGRESQL_URL" not in os.environ:
            server = PostgreSQL().start()
            stack.callback(server.remove)
            os.environ["TEST_POSTGRESQL_URL"] = server.url()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        folder.mkdir()
        database = stack.enter_context(fresh_database(given.database, folder))
        found = compare(
            lambda **more: Stage(database, **more),
            leads=given.leads,
            days=given.days,
            senders=4,
            campaigns=3,
            seed=given.seed,
        )
    said = {
        "database": given.database,
        "seed": given.seed,
        "planned": len(found.planned),
        "done": len(found.done),
        "seconds": found.seconds,
        "differences": len(found.differences),
        "first": found.differences[:10],
    }
    sys.stdout.write(json.dumps(said) + "\n")
    return 1 if found.differences or not found.done else 0


if __name__ == "__main__":
    sys.exit(main())
