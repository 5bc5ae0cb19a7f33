"""The laws of sending, checked on a list of sends by nothing but the list, the wall and a count.

It shares no code with the rules it judges: it reads zones by `zoneinfo`, and counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rapport.rules.assumptions import World
from rapport.rules.facts import Facts
from rapport.rules.outcomes import Accepted, Outcome, Replied
from rapport.rules.sequences import Step
from rapport.rules.snapshots import Planned, Snapshot
from tests.rules.calendars import is_open

_LIMITS = {
    "invite": "invites_per_day",
    "message": "messages_per_day",
    "inmail": "inmails_per_day",
    "visit": "visits_per_day",
    "follow": "other_per_day",
    "react": "other_per_day",
    "withdraw": "other_per_day",
}


@dataclass
class Diary:
    """People as another world has them, with everything they did written down."""

    people: World
    did: list[tuple[str, Outcome]] = field(default_factory=list)

    def already(self, facts: Facts, now: datetime) -> Iterable[Outcome]:
        return self._noted(facts.enrollment.id, self.people.already(facts, now))

    def answers(self, enrollment_id: str, step: Step, at: datetime) -> Iterable[Outcome]:
        return self._noted(enrollment_id, self.people.answers(enrollment_id, step, at))

    def _noted(self, enrollment_id: str, outcomes: Iterable[Outcome]) -> list[Outcome]:
        found = list(outcomes)
        self.did += [(enrollment_id, outcome) for outcome in found]
        return found


def broken(sends: list[Planned], snapshot: Snapshot, diary: Diary) -> list[str]:
    """Every law that a list of sends breaks, in words."""
    return [words for law in _LAWS for words in law(sends, snapshot, diary)]


def _forward_in_time(sends: list[Planned], snapshot: Snapshot, diary: Diary) -> Iterator[str]:
    instants = [snapshot.at, *(send.at for send in sends)]
    if instants != sorted(instants):
        yield "back in time"


def _in_working_time(sends: list[Planned], snapshot: Snapshot, diary: Diary) -> Iterator[str]:
    for send in sends:
        if not is_open(snapshot.campaigns[send.campaign_id].schedule, send.at):
            yield f"outside the working time at {send.at}"
        hours = snapshot.senders[send.sender_id].hours
        if hours is not None and not is_open(hours, send.at):
            yield f"outside the hours of {send.sender_id} at {send.at}"


def _never_twice(sends: list[Planned], snapshot: Snapshot, diary: Diary) -> Iterator[str]:
    for key, count in Counter((send.enrollment_id, send.step) for send in sends).items():
        if count > 1:
            yield f"{count} times {key}"


def _never_after_a_reply(sends: list[Planned], snapshot: Snapshot, diary: Diary) -> Iterator[str]:
    replied = {seat_id: event.at for seat_id, event in reversed(diary.did) if isinstance(event, Replied)}
    for send in sends:
        if send.at >= replied.get(send.enrollment_id, send.at + timedelta(1)):
            yield f"{send.step} after the reply of {send.enrollment_id}"


def _with_a_gap(sends: list[Planned], snapshot: Snapshot, diary: Diary) -> Iterator[str]:
    last: dict[str, datetime] = {}
    for send in sends:
        if send.at - last.get(send.sender_id, send.at - timedelta(1)) < timedelta(seconds=30):
            yield f"no gap before {send.at}"
        last[send.sender_id] = send.at


def _within_the_day(sends: list[Planned], snapshot: Snapshot, diary: Diary) -> Iterator[str]:
    counts: Counter[tuple[str, date, str]] = Counter()
    for send in sends:
        sender = snapshot.senders[send.sender_id]
        counts[sender.id, send.at.astimezone(ZoneInfo(sender.zone)).date(), _LIMITS[send.kind.value]] += 1
    for (sender_id, day, name), count in counts.items():
        sender = snapshot.senders[sender_id]
        allowed = sender.limits[name]
        warm = 20 if sender.warmup_started_on is None else min(20, max(0, (day - sender.warmup_started_on).days))
        allowed = -(-allowed * (20 + 4 * warm) // 100)
        if count > allowed:
            yield f"{count} of {allowed} {name} on {day}"


def _within_seven_days(sends: list[Planned], snapshot: Snapshot, diary: Diary) -> Iterator[str]:
    for sender in snapshot.senders.values():
        at = [send.at for send in sends if send.sender_id == sender.id and send.kind == "invite"]
        most = sender.limits["invites_per_week"]
        for first, beyond in zip(at, at[most:], strict=False):
            if beyond - first < timedelta(days=7):
                yield f"more than {most} in the seven days to {beyond}"


def _within_pending(sends: list[Planned], snapshot: Snapshot, diary: Diary) -> Iterator[str]:
    for sender in snapshot.senders.values():
        mine = [send for send in sends if send.sender_id == sender.id]
        people = {send.enrollment_id for send in mine if send.kind == "invite"}
        changes = [(send.at, 1) for send in mine if send.kind == "invite"]
        changes += [(send.at, -1) for send in mine if send.kind == "withdraw"]
        withdrawn = {send.enrollment_id: send.at for send in mine if send.kind == "withdraw"}
        changes += [
            (event.at, -1)
            for seat_id, event in diary.did
            if isinstance(event, Accepted) and seat_id in people and event.at <= withdrawn.get(seat_id, event.at)
        ]
        pending = 0
        for at, change in sorted(changes):
            pending += change
            if change > 0 and pending > sender.limits["pending_invites"]:
                yield f"{pending} pending at {at}"


_LAWS: tuple[Callable[[list[Planned], Snapshot, Diary], Iterator[str]], ...] = (
    _forward_in_time,
    _in_working_time,
    _never_twice,
    _never_after_a_reply,
    _with_a_gap,
    _within_the_day,
    _within_seven_days,
    _within_pending,
)
