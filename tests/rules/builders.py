"""Facts with sensible defaults: an active campaign in London, a healthy sender, a stranger before the first step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from rapport.rules.delays import AT_ONCE, Delay, Unit
from rapport.rules.facts import CampaignFacts, EnrollmentFacts, Facts, LeadFacts, SenderFacts
from rapport.rules.limits import defaults
from rapport.rules.sequences import Asked, Condition, Sequence, Step, StepKind, Variant
from rapport.rules.snapshots import Seat, Snapshot
from rapport.rules.statuses import CampaignState, EnrollmentStatus
from rapport.rules.usage import nothing_used
from rapport.rules.windows import NINE_TO_FIVE, SATURDAY_AND_SUNDAY, Schedule, Window, working_week

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ONE_WORKING_DAY = Delay(1, Unit.WORKING_DAYS)
DEFAULT_ZONE = "Europe/London"


def at(text: str) -> datetime:
    """An instant in UTC: `at("2026-03-02 09:00")`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(
    zone: str = DEFAULT_ZONE,
    *,
    windows: Iterable[Window] = NINE_TO_FIVE,
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY,
    holidays: Iterable[date] = (),
    days_off: Iterable[date] = (),
) -> Schedule:
    return Schedule(zone, working_week(tuple(windows)), weekend, frozenset(holidays), frozenset(days_off))


def window(text: str) -> Window:
    """`window("9:00-17:30")`."""
    opens, closes = (60 * int(clock.split(":")[0]) + int(clock.split(":")[1]) for clock in text.split("-"))
    return Window(opens, closes)


def chain(*steps: Step) -> Sequence:
    """A sequence in which each step leads to the next."""
    linked = [replace(step, then=after.key) if step.then is None else step for step, after in pairwise(steps)]
    return Sequence("sequence", 1, (*linked, *steps[-1:]))


def text(body: str = "Hello", *, subject: str = "") -> tuple[Variant, ...]:
    return (Variant("a", 1, body, subject),)


def invite(key: str = "invite", *, after: Delay = AT_ONCE) -> Step:
    return Step(key, StepKind.INVITE, None, after)


def message(key: str = "message", *, after: Delay = AT_ONCE) -> Step:
    return Step(key, StepKind.MESSAGE, None, after, variants=text())


def visit(key: str = "visit", *, after: Delay = AT_ONCE) -> Step:
    return Step(key, StepKind.VISIT, None, after)


def wait_for(asked: Asked, key: str = "wait", *, within: Delay | None = None, otherwise: str | None = None) -> Step:
    return Step(key, StepKind.WAIT_FOR, None, condition=Condition(asked), within=within, otherwise=otherwise)


def campaign(sequence: Sequence | None = None, **more: Any) -> CampaignFacts:
    known: dict[str, Any] = {
        "id": "campaign",
        "state": CampaignState.ACTIVE,
        "schedule": schedule(),
        "sequence": chain(invite(), message(after=ONE_WORKING_DAY)) if sequence is None else sequence,
        "seed": "seed",
        "starts_at": None,
        "ends_at": None,
        "stops_on_reply_elsewhere": True,
    }
    return CampaignFacts(**(known | more))


def enrollment(**more: Any) -> EnrollmentFacts:
    known: dict[str, Any] = {
        "id": "enrollment",
        "status": EnrollmentStatus.PENDING_INVITE,
        "enrolled_at": MONDAY - timedelta(days=3),
        "step": "invite",
        "reached_at": MONDAY - timedelta(days=3),
        "sent": frozenset(),
        "skipped": frozenset(),
        "variants": {},
        "due_override_at": None,
        "paused_at": None,
        "replied_at": None,
        "away_until": None,
        "unsettled": None,
    }
    return EnrollmentFacts(**(known | more))


def lead(**more: Any) -> LeadFacts:
    known: dict[str, Any] = dict.fromkeys(LeadFacts.__dataclass_fields__)
    return LeadFacts(**(known | {"id": "lead", "is_recognised": True, "tags": {}, "missing": {}} | more))


def sender(*, limits: dict[str, int] | None = None, **more: Any) -> SenderFacts:
    known: dict[str, Any] = {
        "id": "ada",
        "name": "Ada Lovelace",
        "is_ok": True,
        "status": "ok",
        "paused_at": None,
        "service_held": None,
        "has_mailbox": True,
        "cooling_until": {},
        "zone": DEFAULT_ZONE,
        "hours": None,
        "limits": defaults() | (limits or {}),
        "warmup_started_on": None,
        "usage": nothing_used(MONDAY.date() - timedelta(days=1)),
        "seed": "seed",
    }
    return SenderFacts(**(known | more))


def facts(**more: Any) -> Facts:
    known: dict[str, Any] = {
        "campaign": campaign(),
        "enrollment": enrollment(),
        "lead": lead(),
        "sender": sender(),
    }
    return Facts(**(known | more))


def snapshot(
    *, leads: int, begins: datetime, senders: Iterable[SenderFacts] | None = None, of: CampaignFacts | None = None
) -> Snapshot:
    """A campaign that begins with so many strangers, given to its senders in turn."""
    of = of or campaign()
    known = {each.id: each for each in (senders or (sender(),))}
    ids = list(known)
    seats = tuple(
        Seat(
            of.id,
            ids[number % len(ids)],
            enrollment(id=f"e{number:05}", enrolled_at=begins, reached_at=begins, step=of.sequence.start),
            lead(id=f"l{number:05}"),
        )
        for number in range(leads)
    )
    return Snapshot(begins, {of.id: of}, known, seats, of=None)
