"""Every crash point of the sending, one after the other: before and after each commit and each call to the provider.

    python -m tests.faults.points --database postgresql --how die

A story is told again and again, and broken at its first point, its second, its third, until one telling runs through.
After each break the service begins anew and lives on for a while; at the end the judge reads everything. `die` ends
the act as a killed process does, `database` loses the connection, `provider` raises what nobody expects.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from rapport.kernel.log import configure_log
from rapport.kernel.tx import Transactions, Tx
from rapport.leads import relating
from rapport.leads.models import Lead
from rapport.rules.sequences import StepKind
from rapport.sending import outside_turns, reconcile, settle
from rapport.sending import turn as sending
from rapport.sending.begin import begin
from rapport.sending.prepare import Ready
from rapport.sending.states import Origin, State
from rapport_sandbox.faults import Fault
from scripts.servers import PostgreSQL
from tests.databases import KINDS, fresh_database
from tests.outreach import ALWAYS, Outreach, outreach
from tests.proof import evidence
from tests.proof.judge.court import judge
from tests.proof.judge.history import read
from tests.rooms.campaigns.world import accepted, invite, message
from tests.stage import Stage

HOWS = ("die", "database", "provider")
_OPEN = ("claimed", "calling", "uncertain", "ready")


class Died(BaseException):
    """The process is gone: nothing but the database's own rollback happens after this."""


class Points:
    """Counts the points of an act, and breaks it at the one that is wanted."""

    def __init__(self, how: str) -> None:
        self._how = how
        self._left: int | None = None
        self.names: list[str] = []
        self.broke_at: str | None = None

    def break_at(self, number: int) -> None:
        self._left, self.names, self.broke_at = number, [], None

    def leave_alone(self) -> None:
        self._left = None

    def pass_by(self, name: str) -> None:
        if self._left is None or (self._how == "database" and "commit" not in name):
            return
        if self._how == "provider" and "commit" in name:
            return
        self.names.append(name)
        self._left -= 1
        if self._left == 0:
            self._left, self.broke_at = None, name
            raise self._trouble()

    def _trouble(self) -> BaseException:
        match self._how:
            case "die":
                return Died()
            case "database":
                return OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))
            case _:
                return RuntimeError("nobody expected this")


class WatchedTransactions:
    """The service's transactions, each of which is two points: before its commit, and after it."""

    def __init__(self, real: Transactions, points: Points) -> None:
        self._real, self._points = real, points
        self.reading = real.reading

    @contextmanager
    def transaction(self, **whose: Any) -> Iterator[Tx]:
        with self._real.transaction(**whose) as tx:
            yield tx
            self._points.pass_by("before a commit")
        self._points.pass_by("after a commit")


class Watched:
    """The provider, where each call is two points: before it leaves, and before its answer is heard."""

    def __init__(self, real: Any, points: Points) -> None:
        self._real, self._points = real, points

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if not callable(found) or name == "close":
            return found

        def call(*given: Any, **more: Any) -> Any:
            self._points.pass_by(f"before {name}")
            answer = found(*given, **more)
            self._points.pass_by(f"after {name}")
            return answer

        return call


@dataclass
class Told:
    """What came of telling every story to its end."""

    how: str
    points: dict[str, list[str]] = field(default_factory=dict)
    """Story → the points at which it was broken."""
    broken: dict[str, list[str]] = field(default_factory=dict)
    effects: int = 0

    @property
    def count(self) -> int:
        return sum(len(names) for names in self.points.values())


class Teller:
    """One world in which stories are told."""

    def __init__(self, it: Outreach, how: str, *, blind: bool = False) -> None:
        self.it = it
        self._points = Points(how)
        self._how = how
        self._is_blind = blind
        self.told = Told(how)
        service = it.stage.service
        service.unipile = Watched(service.unipile, self._points)  # type: ignore[assignment]
        service.transactions = WatchedTransactions(service.transactions, self._points)  # type: ignore[assignment]

    def run(
        self, stories: dict[str, tuple[Callable[[Teller], None], Callable[[Teller], None]]], leads: int, senders: int
    ) -> Told:
        self.account, *_ = [self.it.sender(invites_per_day=100, invites_per_week=200) for _ in range(senders)]
        # Nobody can be invited twice: what the control is to double is a message.
        steps = [accepted(), message(delay={"amount": 0, "unit": "minutes"})] if self._is_blind else [invite()]
        self.campaign = self.it.campaign(steps=steps, leads=leads, schedule=ALWAYS)
        for enrollment in self.it.enrollments(self.campaign) if self._is_blind else ():
            self.it.accept(enrollment)
        for name, (prepare, act) in stories.items():
            self._tell(name, prepare, act)
        self._judge()
        return self.told

    def _tell(self, name: str, prepare: Callable[[Teller], None], act: Callable[[Teller], None]) -> None:
        self.told.points[name] = []
        for number in range(1, 200):
            prepare(self)
            self._points.break_at(number)
            try:
                act(self)
            except Died:
                pass
            except (OperationalError, RuntimeError):
                pass  # the loop that called it logs it and goes on
            self._points.leave_alone()
            self.it.sandbox.faults.disarm()
            if self._is_blind and self._points.broke_at is not None:
                self._forget()
            self.it.until(lambda: not self._unsettled(), days=5)
            if self._points.broke_at is None:
                return
            self.told.points[name].append(self._points.broke_at)
        raise AssertionError(f"{name} never ran through")

    def _unsettled(self) -> bool:
        return any(self.it.actions(state=state) for state in _OPEN)

    def _forget(self) -> None:
        """The control: a restart that takes everything that was under way for never begun."""
        with self.it.stage.tx() as tx:
            for action in self.it.actions(state="claimed") + self.it.actions(state="calling"):
                row = settle.hold(tx, action["id"], *State)
                assert row is not None
                settle.cancelled(tx, row, code="forgotten")

    # What stories are made of

    def wait_for_a_turn(self) -> None:
        """Until somebody may be sent something now."""
        it = self.it
        while (at := it.next_due()) > it.now:
            it.clock.advance(at - it.now)

    def turn(self) -> None:
        """Turns, until one had something to do."""
        before = dict(self.it.pace.done)
        while self.it.pace.done == before:
            self.wait_for_a_turn()
            sending.turn(self.it.stage.service, self.it.pace, stopping=lambda: False)

    def reconcile(self) -> None:
        sending.reconcile_turn(self.it.stage.service)

    def until(self, state: str) -> None:
        self.it.until(lambda: self.it.actions(state=state))

    def to_the_next_reading(self) -> None:
        with self.it.stage.reading() as reading:
            due = reconcile.next_due(reading)
        assert due is not None
        self.it.clock.advance(max(due - self.it.now, timedelta(0)))

    def arm(self, what: str, **more: Any) -> None:
        self.it.sandbox.faults.arm(Fault(what, **({"on": "invite"} | more)))  # type: ignore[arg-type]

    def claim(self) -> Any:
        (claimed,) = self.it.claim()
        return claimed

    def _judge(self) -> None:
        stage, home = self.it.stage, self.it.stage.database.home
        paused = stage.alice.post(
            f"/campaigns/{self.campaign['id']}/pause", {"reason": "Whoever is left was not needed."}
        )
        assert paused.status_code == 200, paused.json
        ledger, dump = home / "ledger.jsonl", home / "dump.jsonl"
        lines = list(self.it.sandbox.ledger.read())
        ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))
        self.told.effects = sum(bool(line.get("effect")) for line in lines)
        evidence.write(stage.service, dump, windows=[["00:00", "24:00"]], within_s=900)
        for finding in judge(read(ledger, dump)):
            if finding.violations:
                self.told.broken[finding.law] = [violation.says for violation in finding.violations]


def _as_it_is(_teller: Teller) -> None:
    """Nothing is prepared: somebody's turn comes."""


def _two_at_once(teller: Teller) -> None:
    """Both senders have long been due."""
    teller.it.clock.advance(timedelta(hours=3))


def _refused(teller: Teller) -> None:
    teller.arm("status", status=422, type="user_unreachable")


def _limited(teller: Teller) -> None:
    teller.arm("status", status=429, retry_after="60")


def _unknown(teller: Teller) -> None:
    teller.arm("reset", effect=True)


def _uncertain_and_there(teller: Teller) -> None:
    _unknown(teller)
    teller.until("uncertain")
    teller.to_the_next_reading()


def _uncertain_and_absent(teller: Teller) -> None:
    teller.arm("reset", effect=False)
    teller.until("uncertain")
    teller.to_the_next_reading()
    teller.reconcile()
    teller.to_the_next_reading()


def _unreadable(teller: Teller) -> None:
    _uncertain_and_there(teller)
    teller.arm("status", on="GET /api/v1/users", status=503, count=None)


def _claimed_by_the_dead(teller: Teller) -> None:
    teller.claim()
    teller.to_the_next_reading()


def _called_by_the_dead(teller: Teller) -> None:
    """Marked as being called, and it arrived; nobody lives to settle it."""
    claimed, service = teller.claim(), teller.it.stage.service
    ready = Ready(recipient=claimed.action["recipient"])
    with teller.it.stage.tx() as tx:
        assert begin(tx, claimed, ready, lease=service.sending.lease)
    service.unipile.invite(ready.recipient or "", account_id=claimed.account["unipile_account_id"], note=None)
    teller.to_the_next_reading()


def _written_by_a_person(teller: Teller) -> None:
    it = teller.it
    lead_id = it.person()
    with it.stage.tx() as tx:
        row = tx.session.get_one(Lead, lead_id)
        position = 0
        it.sandbox.world.connects(row.provider_id, to=position)
        relating.connected(tx, row.client_id, teller.account.id, [(row.id, tx.now)])
        outside_turns.want(
            tx,
            client_id=row.client_id,
            account_id=teller.account.id,
            lead_id=row.id,
            kind=StepKind.MESSAGE,
            origin=Origin.PERSON,
            due_at=tx.now,
            body="Of course.",
            recipient=row.provider_id,
        )


Story = tuple[Callable[[Teller], None], Callable[[Teller], None]]
STORIES: dict[str, Story] = {
    "claim, call, settle as sent": (_as_it_is, Teller.turn),
    "settle as refused": (_refused, Teller.turn),
    "settle as refused, and the account rests": (_limited, Teller.turn),
    "settle as uncertain": (_unknown, Teller.turn),
    "read back and find it": (_uncertain_and_there, Teller.reconcile),
    "read back and find it absent": (_uncertain_and_absent, Teller.reconcile),
    "read back in vain": (_unreadable, Teller.reconcile),
    "sweep what was claimed": (_claimed_by_the_dead, Teller.reconcile),
    "sweep what was being called": (_called_by_the_dead, Teller.reconcile),
    "a person's message": (_written_by_a_person, Teller.turn),
}


OF_TWO: dict[str, Story] = {"settle one, and begin the next in the same commit": (_two_at_once, Teller.turn)}
"""For two senders: what one thread claimed for both."""


def tell(
    make_stage: Callable[..., Stage],
    how: str,
    *,
    stories: dict[str, Story] | None = None,
    blind: bool = False,
    senders: int = 1,
) -> Told:
    """Break every story at every point."""
    chosen = stories or STORIES
    leads = 14 * len(chosen) * senders
    with outreach(make_stage, people=leads + 80) as it:
        return Teller(it, how, blind=blind).run(chosen, leads, senders)


def main() -> int:
    """All of it, as a program: status 1 when a law was broken."""
    parser = argparse.ArgumentParser(description="Break the sending at every point.")
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--how", choices=HOWS, default="die")
    given = parser.parse_args()
    configure_log("error", io.BytesIO())  # the failures are meant: they are counted, not read
    with ExitStack() as stack:
        if given.database == "postgresql" and "TEST_POSTGRESQL_URL" not in os.environ:
            server = PostgreSQL().start()
            stack.callback(server.remove)
            os.environ["TEST_POSTGRESQL_URL"] = server.url()
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        home.mkdir()
        database = stack.enter_context(fresh_database(given.database, home))
        told = tell(lambda **more: Stage(database, **more), given.how)
    for name, points in told.points.items():
        sys.stdout.write(f"{name}: {len(points)} points\n")
        sys.stdout.write("".join(f"    {number}. {point}\n" for number, point in enumerate(points, 1)))
    said = {"database": given.database, "how": told.how, "points": told.count, "effects": told.effects}
    sys.stdout.write(json.dumps(said | {"broken": told.broken}) + "\n")
    return 1 if told.broken or not told.count else 0


if __name__ == "__main__":
    sys.exit(main())
