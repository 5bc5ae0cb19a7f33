"""A stage on which something is sent: the sandbox is the provider, leads are its people, time runs from one thing to do
to the next.

with outreach(make_stage, people=50) as it:
    campaign = it.campaign(steps=[invite()], leads=5)
    it.run(days=1)
    assert len(it.arrived("invite")) == 5
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from rapport.accounts import health, senders
from rapport.accounts.models import Account, AccountStatus, AccountUsage
from rapport.accounts.queries import listening
from rapport.enrollments.queries import next_look
from rapport.leads import relating as ties
from rapport.leads.models import Lead
from rapport.replies import relating
from rapport.rules.windows import WEEKDAYS
from rapport.sending import queries, reconcile
from rapport.sending import turn as sending
from rapport.sending.claim import Claimed, claim
from rapport_sandbox.server import SandboxServer
from tests.sandboxes import WorldClock, sandbox_server, settings_for
from tests.stage import Stage

ALWAYS = {"timezone": "UTC", "week": {day: [{"opens": "00:00", "closes": "23:00"}] for day in WEEKDAYS}, "weekend": []}
"""A schedule of nearly all hours of all days."""


class Outreach:
    """A stage with the sandbox behind it."""

    def __init__(self, stage: Stage, server: SandboxServer) -> None:
        self.stage = stage
        self.server = server
        self.sandbox = server.sandbox
        self.clock = stage.service.clock
        self.pace = sending.Pace()
        self._accounts: list[Account] = []
        self._next_person = 0

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def sender(self, **limits: Any) -> Account:
        """Another of the sandbox's accounts as a sender of Acme that is ready."""
        seen = self.sandbox.world.account(len(self._accounts))
        account = self.stage.account(seen.owner.name, unipile_account_id=seen.id, warmup=False)
        with self.stage.tx() as tx:
            row = senders.get(tx, account.id)
            row.provider_id = seen.owner.provider_id
            health.set_status(tx, row, AccountStatus.OK, detail=None)
            for name, value in limits.items():
                setattr(row, name, value)
        self._accounts.append(account)
        return account

    def change(self, account: Account, **changes: Any) -> None:
        """Change a sender, and let follow what follows."""
        answer = self.stage.alice.patch(f"/linkedin-accounts/{account.id}", changes)
        assert answer.status_code == 200, answer.json
        self.settle()

    def person(self, *, known_by: str = "provider_id", **more: Any) -> str:
        """A lead who is somebody in the sandbox that no account is connected with yet."""
        world = self.sandbox.world.state
        while True:
            someone = world.people[self._next_person]
            self._next_person += 1
            if all(someone.number not in world.account(n).relations for n in range(self.server.options.accounts)):
                break
        known = {known_by: getattr(someone, known_by)}
        if known_by == "public_identifier":
            known = {"profile_url": someone.public_identifier}
        return self.stage.lead(f"{someone.first_name} {someone.last_name}", **known, **more)

    def campaign(
        self, *, steps: list[dict[str, Any]], leads: int = 0, accounts: list[Account] | None = None, **more: Any
    ) -> dict[str, Any]:
        """A running campaign of Acme with so many leads."""
        chosen = accounts or self._accounts or [self.sender()]
        body = {
            "client_id": self.stage.acme.id,
            "name": f"Campaign {self.stage.number()}",
            "steps": steps,
            "account_ids": [account.id for account in chosen],
            **more,
        }
        made = self.stage.alice.post("/campaigns", body)
        assert made.status_code == 201, made.json
        if leads:
            self.enroll(made.json, [self.person() for _ in range(leads)])
        started = self.stage.alice.post(f"/campaigns/{made.json['id']}/start", {"accept": []})
        assert started.status_code == 200, started.json
        self.settle()
        return started.json

    def enroll(self, campaign: dict[str, Any], lead_ids: list[str]) -> list[str]:
        answer = self.stage.alice.post(f"/campaigns/{campaign['id']}/enrollments", {"lead_ids": lead_ids})
        assert answer.status_code in (200, 201), answer.json
        assert not answer.json["refused"], answer.json
        return answer.json["enrollment_ids"]

    def settle(self) -> None:
        """Let consumers and jobs do what is due now, and what follows from it."""
        self.stage.run_consumers()
        while self.stage.run_due_jobs():
            self.stage.run_consumers()

    def turn(self) -> datetime:
        """One turn of everything that sends; answers when the next is wanted."""
        doors = self.stage.service
        wanted = [
            sending.turn(doors, self.pace, stopping=lambda: False),
            sending.reconcile_turn(doors),
            sending.look_turn(doors),
        ]
        self.settle()
        return min(wanted)

    def run(self, **how_long: float) -> None:
        """Let time pass, from one thing to do to the next."""
        until = self.now + timedelta(**how_long)
        while self.now < until:
            self.turn()
            self.clock.advance(max(min(self.next_due(), until) - self.now, timedelta(milliseconds=1)))

    def to_the_next(self) -> None:
        """Let time pass until anything is due."""
        self.clock.advance(max(self.next_due() - self.now, timedelta(milliseconds=1)))

    def next_due(self) -> datetime:
        """The next instant at which anything is due, however far away."""
        with self.stage.reading() as reading:
            found = [next_look(reading), reconcile.next_due(reading), queries.next_turn(reading)]
        due = [each for each in found if each is not None]
        return max(min(due), self.now) if due else self.now + timedelta(days=1)

    def until(self, true: Callable[[], Any], *, days: float = 3) -> None:
        """Let time pass until something is so."""
        end = self.now + timedelta(days=days)
        while not true():
            assert self.now < end, "it never became so"
            self.turn()
            if not true():
                self.to_the_next()

    def claim(self) -> list[Claimed]:
        """Claim what may go, as soon as anything may, and leave it uncalled."""
        while True:
            with self.stage.tx() as tx:
                found = claim(tx, limit=10, lease=self.stage.service.sending.lease)
            if found:
                return found
            self.to_the_next()

    def befriend(self, lead_id: str, account: Account) -> None:
        """The person is a connection of the sender, and we know it."""
        with self.stage.tx() as tx:
            lead = tx.session.get_one(Lead, lead_id)
            position = [each.id for each in self._accounts].index(account.id)
            self.sandbox.world.connects(lead.provider_id, to=position)
            ties.connected(tx, lead.client_id, account.id, [(lead_id, tx.now)])

    def accept(self, enrollment: dict[str, Any]) -> None:
        """The person becomes a connection of the sender, and we hear of it."""
        with self.stage.reading() as reading:
            lead = reading.session.get_one(Lead, enrollment["lead_id"])
            account = reading.session.get_one(Account, enrollment["account_id"])
        position = [each.id for each in self._accounts].index(account.id)
        self.sandbox.world.connects(lead.provider_id, to=position)
        with self.stage.tx() as tx:
            (heard_by,) = [each for each in listening(tx) if each.id == account.id]
            assert relating.accept(tx, heard_by, lead.id, at=tx.now, learned="webhook")

    def used(self, account: Account, budget: str) -> int:
        """How much of a budget is counted, over all days."""
        with self.stage.reading() as reading:
            statement = select(func.count()).select_from(AccountUsage)
            mine = (AccountUsage.account_id == account.id, AccountUsage.budget == budget)
            return int(reading.session.execute(statement.where(*mine)).scalar_one())

    def timeline(self, prefix: str) -> list[str]:
        """The types of what was told, oldest first."""
        events = self.stage.alice.get("/events/timeline?limit=200&order=asc").json["items"]
        return [event["type"] for event in events if event["type"].startswith(prefix)]

    @staticmethod
    def days(number: float) -> timedelta:
        return timedelta(days=number)

    def arrived(self, *kinds: str) -> list[dict[str, Any]]:
        """What reached the provider and had its effect, in order."""
        return [
            line
            for line in self.sandbox.ledger.read(service="unipile")
            if line.get("effect") and (not kinds or line["kind"] in kinds)
        ]

    def actions(self, **which: str) -> list[dict[str, Any]]:
        query = "&".join(f"filter[{name}]={value}" for name, value in which.items())
        return self.stage.alice.get(f"/actions?limit=200&{query}").json["items"]

    def enrollments(self, campaign: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.stage.alice.get(f"/enrollments?limit=200&filter[campaign_id]={campaign['id']}")
        return answer.json["items"]

    def at(self, line: dict[str, Any]) -> datetime:
        """When a line of the ledger was written."""
        return datetime.fromisoformat(line["at"])


@contextlib.contextmanager
def outreach(
    make_stage: Callable[..., Stage], *, settings: dict[str, str] | None = None, **options: Any
) -> Iterator[Outreach]:
    with sandbox_server(**options) as server:
        stage = make_stage(settings=settings_for(server) | (settings or {}), clock=WorldClock(server.sandbox))
        yield Outreach(stage, server)
