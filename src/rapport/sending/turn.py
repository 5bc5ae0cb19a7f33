"""One turn of sending, of looking for what is uncertain, and of looking at whoever waits for something else.

Each answers when the next is wanted and never sleeps. Transactions of the protocol begin here: one for the claim, one
before each call, one after it, and none while the provider is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rapport.enrollments.placing import place
from rapport.enrollments.queries import next_look, to_look_at
from rapport.kernel.tenancy import ALL_CLIENTS, only
from rapport.sending import outside_turns, queries, reconcile
from rapport.sending.carry_out import SENDER, CarryingOut, give_back
from rapport.sending.claim import claim
from rapport.sending.claimed import Claimed
from rapport.sending.doors import Doors
from rapport.sending.read_back import read_back

LOOK_AGAIN = timedelta(seconds=1)
"""How long a turn that found nothing waits when no signal wakes it: another process may have made work."""
_SOON = timedelta(milliseconds=50)
MOST_AT_ONCE = 100
_WORTH = 2.0
"""Seconds of calls that a thread takes on at once: what it cannot begin soon, another should."""
_QUICK = 0.005
"""Seconds of a call below which it is no waiting."""
_STUCK = 0.1
"""Seconds after which a step is not quick, whatever those before it were."""
_LOOKS = 200


@dataclass(slots=True)
class Pace:
    """How long a call takes, so that a thread takes on what it can begin soon."""

    seconds: float = 0.25
    asking: float = 0.25
    """How much of it is the provider's."""
    since: float = 0.0
    """When the step that it is at began, by the clock that never goes back."""
    in_flight: int = 0
    last_turn_at: datetime | None = None
    lag: timedelta = timedelta(0)
    done: dict[str, int] = field(default_factory=dict)
    crew: list[Pace] = field(default_factory=list, repr=False)
    """All of this process."""

    def is_needless(self, now: float) -> bool:
        """Whether another thread is at work that hardly waits: two that compute only keep each other from it."""
        return any(
            other.in_flight and other.asking < _QUICK and now - other.since < _STUCK
            for other in self.crew
            if other is not self
        )

    @property
    def at_once(self) -> int:
        return max(1, min(MOST_AT_ONCE, int(_WORTH / max(self.seconds, 0.001))))

    def took(self, seconds: float, asking: float) -> None:
        self.seconds += (seconds - self.seconds) * 0.2
        self.asking += (asking - self.asking) * 0.2


def crew(count: int) -> list[Pace]:
    """The paces of so many threads of one process, which know of each other."""
    made = [Pace() for _ in range(count)]
    for pace in made:
        pace.crew = made
    return made


def turn(doors: Doors, pace: Pace, *, stopping: Callable[[], bool]) -> datetime:
    """Claim what may go now and carry it out; answers when to look again."""
    now = doors.clock.now()
    pace.last_turn_at = now
    if pace.is_needless(doors.clock.monotonic()):
        return now + _SOON
    with doors.reading(actor=SENDER, scope=ALL_CLIENTS) as reading:
        next_at = queries.next_turn(reading)
    if next_at is None or next_at > now:
        pace.lag = timedelta(0)
        return now + LOOK_AGAIN if next_at is None else min(next_at, now + LOOK_AGAIN)
    pace.lag = now - next_at
    with doors.transaction(actor=SENDER, scope=ALL_CLIENTS) as tx:
        claimed = outside_turns.take(tx, limit=pace.at_once, lease=doors.sending.lease)
        claimed += claim(tx, limit=max(1, pace.at_once - len(claimed)), lease=doors.sending.lease)
    pace.in_flight, pace.since = len(claimed), doors.clock.monotonic()
    if claimed:
        _carry_out(doors, claimed, pace, stopping)
    pace.in_flight = 0
    return doors.clock.now() if claimed else doors.clock.now() + _SOON


def _carry_out(doors: Doors, claimed: list[Claimed], pace: Pace, stopping: Callable[[], bool]) -> None:
    def came_of(_claimed: Claimed, word: str) -> None:
        pace.done[word] = pace.done.get(word, 0) + 1
        pace.in_flight -= 1

    carrying = CarryingOut(doors, came_of=came_of)
    # One client after the other: what two actions of one client share need be asked but once.
    rest = sorted(claimed, key=lambda each: str(each.action["client_id"]), reverse=True)
    while rest and not stopping():
        pace.since, asked = doors.clock.monotonic(), carrying.asking
        carrying.do(rest.pop())
        pace.took(doors.clock.monotonic() - pace.since, carrying.asking - asked)
    carrying.finish()
    for each in rest:
        give_back(doors, each)


def reconcile_turn(doors: Doors) -> datetime:
    """Find the actions of the dead, and read the provider for one that is uncertain; answers when to look again."""
    now = doors.clock.now()
    with doors.reading(actor=SENDER, scope=ALL_CLIENTS) as reading:
        due = reconcile.next_due(reading)
    if due is None or due > now:
        return now + LOOK_AGAIN
    with doors.transaction(actor=SENDER, scope=ALL_CLIENTS) as tx:
        reconcile.sweep(tx)
    with doors.transaction(actor=SENDER, scope=ALL_CLIENTS) as tx:
        taken = reconcile.take(tx, limit=1, lease=doors.sending.lease)
    for each in taken:
        seen = read_back(doors.unipile, each.action, each.lead, each.account)
        with doors.transaction(actor=SENDER, scope=only([each.action["client_id"]])) as tx:
            reconcile.judge(tx, each.action["id"], seen, owner=each.owner, lag=doors.sending.list_lag)
    return doors.clock.now()


def look_turn(doors: Doors) -> datetime:
    """Place whoever waits for no send and whose instant has come; answers when to look again."""
    now = doors.clock.now()
    with doors.reading(actor=SENDER, scope=ALL_CLIENTS) as reading:
        due = next_look(reading)
        ids = to_look_at(reading, limit=_LOOKS) if due is not None and due <= now else []
    if not ids:
        return now + LOOK_AGAIN if due is None else max(min(due, now + LOOK_AGAIN), now + _SOON)
    with doors.transaction(actor=SENDER, scope=ALL_CLIENTS) as tx:
        place(tx, ids)
    return now
