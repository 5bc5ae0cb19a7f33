"""One run of campaigns on a virtual clock: what is sent when, what holds it back, and how it ends.

Each sender has a line of due leads for every campaign and kind of step, ordered by due time, then enrollment. At its
turn a sender asks the decision for the first lead of its lines, the longest due first, and sends for the first
lead that may go. Execution takes its turns in the same order and by the same decision.
Example: 500 due leads and 25 invitations a day leave 25 a day, in the order in which the leads were enrolled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from rapport.rules.answers import Send, Stop, Wait
from rapport.rules.assumptions import SILENCE, World
from rapport.rules.decision import decide
from rapport.rules.facts import Facts, SenderFacts
from rapport.rules.outcomes import Accepted, Outcome, Replied, Sent
from rapport.rules.plan import advance
from rapport.rules.reasons import Reason
from rapport.rules.sequences import StepKind
from rapport.rules.snapshots import Planned, Run, Seat, Snapshot

_BINDING = frozenset({Reason.DAILY_LIMIT, Reason.WEEKLY_LIMIT, Reason.PENDING_INVITES})
_Line = tuple[str, StepKind]


@dataclass(slots=True)
class _Sender:
    """A sender at work: its facts, its lines, and until when each line is known to be shut."""

    facts: SenderFacts
    lines: dict[_Line, list[tuple[datetime, str]]] = field(default_factory=dict)
    shut: dict[_Line, datetime | None] = field(default_factory=dict)
    wakes_at: datetime | None = None


class Simulation:
    """A run in progress. `run` drives it to its end."""

    def __init__(self, snapshot: Snapshot, world: World) -> None:
        self._campaigns = snapshot.campaigns
        self._of = snapshot.of
        self._world = world
        self._senders = {key: _Sender(facts) for key, facts in snapshot.senders.items()}
        self._seats = {seat.enrollment.id: seat for seat in snapshot.seats}
        self._of_lead: dict[str, list[str]] = {}
        for seat in snapshot.seats:
            self._of_lead.setdefault(seat.lead.id, []).append(seat.enrollment.id)
        self._now = snapshot.at
        self._events: list[tuple[datetime, int, str, Outcome | None]] = []
        self._wakes: list[tuple[datetime, str]] = []
        self._counter = 0
        self._parked: dict[str, Reason] = {}
        self._queued: dict[str, tuple[_Line, datetime]] = {}
        self._run = Run()
        self._alive = 0

    def run(self, until: datetime, *, most: int | None) -> Run:
        """Everything that happens before `until`, or up to so many sends."""
        self._begin()
        while most is None or len(self._run.sends) < most:
            event_at = self._events[0][0] if self._events else until
            wake_at = self._wakes[0][0] if self._wakes else until
            if min(event_at, wake_at) >= until:
                break
            if event_at <= wake_at:
                self._now, _, seat_id, outcome = heappop(self._events)
                self._happen(seat_id, outcome)
            else:
                self._now, sender_id = heappop(self._wakes)
                sender = self._senders[sender_id]
                if sender.wakes_at == self._now:
                    sender.wakes_at = None
                    self._turn(sender)
        return self._finish()

    def _begin(self) -> None:
        for seat_id, seat in self._seats.items():
            if seat.enrollment.status.is_final:
                continue
            self._alive += self._counts(seat)
            sender = self._sender_of(seat)
            self._expect(seat_id, self._world.already(self._facts(seat, sender), self._now))
            self._place(seat_id, None, is_new=True)
        for sender in self._senders.values():
            for line in sender.lines.values():
                heapify(line)

    def _happen(self, seat_id: str, outcome: Outcome | None) -> None:
        """An outcome comes, or with None the instant at which a seat is to be looked at."""
        seat = self._seats[seat_id]
        match outcome:
            case Accepted():
                self._run.accepted += self._counts(seat) and seat.lead.connected_at is None
            case Replied():
                self._run.replied += self._counts(seat) and seat.enrollment.replied_at is None
                for other_id in self._of_lead[seat.lead.id]:
                    if other_id != seat_id:
                        self._place(other_id, Replied(outcome.at, here=False))
            case _:
                pass
        self._place(seat_id, outcome)

    def _place(self, seat_id: str, outcome: Outcome | None, *, is_new: bool = False) -> None:
        """Advance a seat and put it where it waits."""
        seat = self._seats[seat_id]
        self._parked.pop(seat_id, None)
        before = seat.enrollment
        sender = self._sender_of(seat)
        advanced = advance(self._facts(seat, sender), outcome, self._now)
        facts = advanced.facts
        if facts.enrollment is not before or facts.lead is not seat.lead:
            self._seats[seat_id] = Seat(seat.campaign_id, seat.sender_id, facts.enrollment, facts.lead)
        if sender is not None and facts.sender is not None and facts.sender is not sender.facts:
            fewer = facts.sender.usage.pending < sender.facts.usage.pending
            sender.facts = facts.sender
            if fewer:
                self._reopen(sender)
        if facts.enrollment.status.is_final:
            if not before.status.is_final and self._counts(seat):
                self._alive -= 1
                self._run.ended_at = self._now
            self._queued.pop(seat_id, None)
            return
        position, step = advanced.position, advanced.position.step
        if step is None or sender is None or position.due_at is None:
            self._queued.pop(seat_id, None)
            self._park(seat_id)
        elif not step.kind.acts:
            self._queued.pop(seat_id, None)
            self._look(seat_id, position.due_at)
        else:
            self._queue(sender, (seat.campaign_id, step.kind), position.due_at, seat_id, is_new=is_new)

    def _queue(self, sender: _Sender, line: _Line, due_at: datetime, seat_id: str, *, is_new: bool) -> None:
        if self._queued.get(seat_id) == (line, due_at):
            return
        queue = sender.lines.setdefault(line, [])
        self._queued[seat_id] = (line, due_at)
        if is_new:
            queue.append((due_at, seat_id))
        else:
            heappush(queue, (due_at, seat_id))
        shut = sender.shut.get(line, self._now)
        if shut is not None:
            self._wake(sender, max(due_at, shut, self._now))

    def _turn(self, sender: _Sender) -> None:
        """Let a sender do what it may now, and say when it is worth looking again."""
        while (line := self._next_line(sender)) is not None:
            _, seat_id = sender.lines[line][0]
            seat = self._seats[seat_id]
            decision = decide(self._facts(seat, sender), self._now)
            if isinstance(decision, Wait) and decision.gate.is_shared:
                sender.shut[line] = decision.until
                self._note(sender, seat, decision)
                continue
            heappop(sender.lines[line])
            del self._queued[seat_id]
            match decision:
                case Send():
                    self._send(seat_id, seat, decision)
                case Wait(until=datetime() as until):
                    self._queue(sender, line, until, seat_id, is_new=False)
                case Wait():
                    self._parked[seat_id] = decision.reason
                case Stop():
                    pass  # the campaign is over for this lead; its status says what was reached
        wakes = [max(queue[0][0], sender.shut.get(line) or self._now) for line, queue in self._waiting(sender)]
        if wakes:
            self._wake(sender, min(wakes))

    def _next_line(self, sender: _Sender) -> _Line | None:
        """The line whose first lead is due longest, of those that are not known to be shut."""
        due = [
            (queue[0], line)
            for line, queue in self._waiting(sender)
            if queue[0][0] <= self._now and (sender.shut.get(line) or self._now) <= self._now
        ]
        return min(due)[1] if due else None

    def _waiting(self, sender: _Sender) -> list[tuple[_Line, list[tuple[datetime, str]]]]:
        """The lines with somebody in them that time alone can open."""
        found = []
        for line, queue in sender.lines.items():
            while queue and self._queued.get(queue[0][1]) != (line, queue[0][0]):
                heappop(queue)  # an answer moved this lead meanwhile
            if queue and sender.shut.get(line, self._now) is not None:
                found.append((line, queue))
        return found

    def _send(self, seat_id: str, seat: Seat, send: Send) -> None:
        day = self._campaigns[seat.campaign_id].schedule.local_day(self._now)
        step = send.step
        planned = Planned(self._now, day, seat.campaign_id, send.sender_id, seat_id, step.key, step.kind, send.variant)
        (self._run.sends if self._counts(seat) else self._run.beside).append(planned)
        self._expect(seat_id, self._world.answers(seat_id, step, self._now))
        self._place(seat_id, Sent(step.key, send.variant, self._now))

    def _note(self, sender: _Sender, seat: Seat, wait: Wait) -> None:
        if wait.reason in _BINDING and self._counts(seat):
            day = self._campaigns[seat.campaign_id].schedule.local_day(self._now)
            self._run.bound[day, sender.facts.id, wait.reason] += 1

    def _expect(self, seat_id: str, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self._counter += 1
            heappush(self._events, (outcome.at, self._counter, seat_id, outcome))

    def _look(self, seat_id: str, at: datetime) -> None:
        self._counter += 1
        heappush(self._events, (max(at, self._now), self._counter, seat_id, None))

    def _wake(self, sender: _Sender, at: datetime) -> None:
        if sender.wakes_at is None or at < sender.wakes_at:
            sender.wakes_at = at
            heappush(self._wakes, (at, sender.facts.id))

    def _reopen(self, sender: _Sender) -> None:
        """There is room among the pending invitations again: ask the lines that no time would open."""
        forever = [line for line, until in sender.shut.items() if until is None]
        for line in forever:
            del sender.shut[line]
        if forever:
            self._wake(sender, self._now)

    def _park(self, seat_id: str) -> None:
        seat = self._seats[seat_id]
        sender = self._sender_of(seat)
        decision = decide(self._facts(seat, sender), self._now)
        if isinstance(decision, Wait):
            self._parked[seat_id] = decision.reason

    def _sender_of(self, seat: Seat) -> _Sender | None:
        return None if seat.sender_id is None else self._senders.get(seat.sender_id)

    def _counts(self, seat: Seat) -> bool:
        """Whether a seat is of the campaign that is asked about."""
        return self._of is None or seat.campaign_id == self._of

    def _facts(self, seat: Seat, sender: _Sender | None) -> Facts:
        return Facts(
            self._campaigns[seat.campaign_id], seat.enrollment, seat.lead, None if sender is None else sender.facts
        )

    def _finish(self) -> Run:
        run = self._run
        own = {seat_id: seat for seat_id, seat in self._seats.items() if self._counts(seat)}
        run.statuses.update(seat.enrollment.status for seat in own.values())
        run.held.update(reason for seat_id, reason in self._parked.items() if seat_id in own)
        if self._alive:
            run.ended_at = None
        return run


def simulate_once(snapshot: Snapshot, world: World, *, days: int) -> Run:
    """One run of so many days."""
    return Simulation(snapshot, world).run(snapshot.at + timedelta(days=days), most=None)


def queue(snapshot: Snapshot, *, most: int, days: int) -> list[Planned]:
    """The next sends with their senders and instants, if nobody answers meanwhile."""
    return Simulation(snapshot, SILENCE).run(snapshot.at + timedelta(days=days), most=most).sends
