"""The questions a send must pass, each with its answer and the instant at which it could change.

A gate looks at the facts and at where the enrollment stands; it knows nothing of the other gates, so a chain of them
can be shown whole. A step that only waits asks nothing of the sender and of the working hours.
Example: the daily limit closes at 25 of 25 invitations and opens when the account's next day begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapport.rules.answers import Answer
from rapport.rules.facts import Facts, SenderFacts
from rapport.rules.limits import BUDGET_OF, Budget
from rapport.rules.pacing import next_turn
from rapport.rules.position import Position
from rapport.rules.reasons import Gate, Reason
from rapport.rules.sequences import StepKind
from rapport.rules.statuses import CampaignState, EnrollmentStatus, Unsettled
from rapport.rules.usage import WEEK
from rapport.rules.warmup import allowed
from rapport.rules.windows import Schedule
from rapport.rules.zones import local_day, next_day_begins

REST_AFTER_WITHDRAWAL = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Asked:
    """What every gate looks at."""

    facts: Facts
    now: datetime
    position: Position
    acting: SenderFacts | None
    """The sender, when the step that comes next acts."""
    budget: Budget | None


def asked(facts: Facts, now: datetime, position: Position) -> Asked:
    step = position.step
    acts = step is not None and step.kind.acts
    return Asked(facts, now, position, facts.sender if acts else None, BUDGET_OF[step.kind] if step else None)


_OPEN = {gate: Answer(gate, None, None, False, {}) for gate in Gate}


def _open(gate: Gate, *, closes_at: datetime | None = None, **details: object) -> Answer:
    return Answer(gate, None, closes_at, False, details) if details or closes_at else _OPEN[gate]


def _closed(gate: Gate, reason: Reason, *, opens_at: datetime | None = None, **details: object) -> Answer:
    return Answer(gate, reason, opens_at, False, details)


def _stop(gate: Gate, reason: Reason, **details: object) -> Answer:
    return Answer(gate, reason, None, True, details)


def campaign(asked: Asked) -> Answer:
    match asked.facts.campaign.state:
        case CampaignState.ACTIVE:
            return _open(Gate.CAMPAIGN)
        case CampaignState.DRAFT:
            return _closed(Gate.CAMPAIGN, Reason.CAMPAIGN_DRAFT)
        case CampaignState.PAUSED:
            return _closed(Gate.CAMPAIGN, Reason.CAMPAIGN_PAUSED)
        case CampaignState.COMPLETED:
            return _stop(Gate.CAMPAIGN, Reason.CAMPAIGN_COMPLETED)
        case CampaignState.ARCHIVED:
            return _stop(Gate.CAMPAIGN, Reason.CAMPAIGN_ARCHIVED)


def dates(asked: Asked) -> Answer:
    begins, ends = asked.facts.campaign.starts_at, asked.facts.campaign.ends_at
    if ends is not None and asked.now >= ends:
        return _stop(Gate.DATES, Reason.CAMPAIGN_OVER)
    if begins is not None and asked.now < begins:
        return _closed(Gate.DATES, Reason.CAMPAIGN_NOT_BEGUN, opens_at=begins)
    return _open(Gate.DATES, closes_at=ends)


_ENDED: dict[EnrollmentStatus, Reason] = {
    EnrollmentStatus.RESPONDED: Reason.REPLIED,
    EnrollmentStatus.COMPLETED: Reason.COMPLETED,
    EnrollmentStatus.ERROR: Reason.ERROR,
    EnrollmentStatus.WITHDRAWN: Reason.WITHDRAWN,
    EnrollmentStatus.STOPPED: Reason.STOPPED,
}


def enrollment(asked: Asked) -> Answer:
    ended = _ENDED.get(asked.facts.enrollment.status)
    if ended is not None:
        return _stop(Gate.ENROLLMENT, ended)
    if asked.facts.enrollment.paused_at is not None:
        return _closed(Gate.ENROLLMENT, Reason.PAUSED)
    if asked.position.is_lost:
        return _closed(Gate.ENROLLMENT, Reason.STEP_REMOVED)
    if asked.position.step is None:
        return _stop(Gate.ENROLLMENT, Reason.COMPLETED)
    return _open(Gate.ENROLLMENT)


def reply(asked: Asked) -> Answer:
    facts = asked.facts
    if facts.enrollment.replied_at is not None:
        return _stop(Gate.REPLY, Reason.REPLIED)
    elsewhere = facts.lead.replied_at
    # A reply from before the enrollment was known to whoever enrolled the person again.
    if facts.campaign.stops_on_reply_elsewhere and elsewhere is not None and elsewhere >= facts.enrollment.enrolled_at:
        return _stop(Gate.REPLY, Reason.REPLIED_ELSEWHERE)
    return _open(Gate.REPLY)


def do_not_contact(asked: Asked) -> Answer:
    entry = asked.facts.lead.do_not_contact
    if entry is not None:
        return _stop(Gate.DO_NOT_CONTACT, Reason.DO_NOT_CONTACT, entry=entry)
    return _open(Gate.DO_NOT_CONTACT)


def unsettled(asked: Asked) -> Answer:
    match asked.facts.enrollment.unsettled:
        case None:
            return _open(Gate.UNSETTLED)
        case Unsettled.IN_FLIGHT:
            return _closed(Gate.UNSETTLED, Reason.IN_FLIGHT)
        case Unsettled.UNCERTAIN:
            return _closed(Gate.UNSETTLED, Reason.UNCERTAIN)


def sender(asked: Asked) -> Answer:
    known = asked.facts.sender
    if known is None:
        return _closed(Gate.SENDER, Reason.NO_SENDER)
    if asked.acting is None:
        return _open(Gate.SENDER)
    if known.paused_at is not None:
        return _closed(Gate.SENDER, Reason.SENDER_PAUSED, sender=known.name)
    if not known.is_ok:
        return _closed(Gate.SENDER, Reason.SENDER_NOT_OK, sender=known.name, status=known.status)
    return _open(Gate.SENDER, sender=known.name)


def cool_down(asked: Asked) -> Answer:
    if asked.acting is None:
        return _open(Gate.COOL_DOWN)
    held = asked.acting.cooling_until
    ends = [held[kind] for kind in {None, asked.budget} if kind in held and held[kind] > asked.now]
    if ends:
        return _closed(Gate.COOL_DOWN, Reason.COOLING_DOWN, opens_at=max(ends), sender=asked.acting.name)
    return _open(Gate.COOL_DOWN)


def working_hours(asked: Asked) -> Answer:
    schedule = asked.facts.campaign.schedule
    if asked.acting is None:
        return _open(Gate.WORKING_HOURS)
    opening = schedule.opening_around(asked.now)
    if opening is not None:
        return _open(Gate.WORKING_HOURS, closes_at=opening[1], zone=schedule.zone)
    opens_at = schedule.next_opening(asked.now)
    if opens_at is None:
        return _closed(Gate.WORKING_HOURS, Reason.NEVER_OPEN)
    return _closed(Gate.WORKING_HOURS, _why_closed(schedule, asked.now), opens_at=opens_at, zone=schedule.zone)


def _why_closed(schedule: Schedule, now: datetime) -> Reason:
    day = schedule.local_day(now)
    if day.weekday() in schedule.weekend:
        return Reason.WEEKEND
    if day in schedule.holidays:
        return Reason.HOLIDAY
    return Reason.DAY_OFF if day in schedule.days_off else Reason.OUTSIDE_HOURS


def delay(asked: Asked) -> Answer:
    step, due_at = asked.position.step, asked.position.due_at
    if step is None or not step.kind.acts:
        return _open(Gate.DELAY)
    if due_at is None:
        return _closed(Gate.DELAY, Reason.NEVER_OPEN)
    if due_at <= asked.now:
        return _open(Gate.DELAY, due_at=due_at)
    if asked.facts.enrollment.due_override_at is not None:
        return _closed(Gate.DELAY, Reason.OVERRIDDEN, opens_at=due_at)
    return _closed(Gate.DELAY, Reason.NOT_DUE, opens_at=due_at, delay=str(step.delay))


def condition(asked: Asked) -> Answer:
    step, lead = asked.position.step, asked.facts.lead
    if step is None:
        return _open(Gate.CONDITION)
    if step.kind is StepKind.WAIT_FOR:
        lapses_at = asked.position.due_at
        return _closed(Gate.CONDITION, Reason.WAITING_FOR_CONDITION, opens_at=lapses_at, condition=str(step.condition))
    if step.kind is StepKind.MESSAGE and lead.connected_at is None:
        return _closed(Gate.CONDITION, Reason.NOT_CONNECTED)
    if step.kind is StepKind.EMAIL and lead.email_at is None:
        return _closed(Gate.CONDITION, Reason.NO_EMAIL)
    if step.kind is StepKind.INVITE and lead.withdrawn_at is not None:
        may_at = lead.withdrawn_at + REST_AFTER_WITHDRAWAL
        if asked.now < may_at:
            days = REST_AFTER_WITHDRAWAL.days
            return _closed(Gate.CONDITION, Reason.INVITED_RECENTLY, opens_at=may_at, days=days)
    return _open(Gate.CONDITION)


def daily_limit(asked: Asked) -> Answer:
    sender, budget = asked.acting, asked.budget
    if sender is None or budget is None:
        return _open(Gate.DAILY_LIMIT)
    today = local_day(asked.now, sender.zone)
    limit = allowed(sender.limits[budget.per_day], started_on=sender.warmup_started_on, on=today)
    used = sender.usage.used(budget, on=today)
    if used < limit:
        return _open(Gate.DAILY_LIMIT, used=used, limit=limit)
    if limit == 0:
        return _closed(Gate.DAILY_LIMIT, Reason.DAILY_LIMIT_ZERO, sender=sender.name, budget=budget.words)
    opens_at = next_day_begins(asked.now, sender.zone)
    while local_day(opens_at, sender.zone) <= sender.usage.on:
        opens_at = next_day_begins(opens_at, sender.zone)
    return _closed(
        Gate.DAILY_LIMIT,
        Reason.DAILY_LIMIT,
        opens_at=opens_at,
        sender=sender.name,
        used=used,
        limit=limit,
        budget=budget.words,
    )


def weekly_limit(asked: Asked) -> Answer:
    sender = asked.acting
    if sender is None or asked.budget is not Budget.INVITES:
        return _open(Gate.WEEKLY_LIMIT)
    limit = sender.limits["invites_per_week"]
    recent = sender.usage.invites_since(asked.now - WEEK)
    used = len(recent)
    if used < limit:
        return _open(Gate.WEEKLY_LIMIT, used=used, limit=limit)
    if limit == 0:
        return _closed(Gate.WEEKLY_LIMIT, Reason.WEEKLY_LIMIT_ZERO, sender=sender.name)
    opens_at = recent[used - limit] + WEEK
    return _closed(
        Gate.WEEKLY_LIMIT, Reason.WEEKLY_LIMIT, opens_at=opens_at, sender=sender.name, used=used, limit=limit
    )


def pending_invites(asked: Asked) -> Answer:
    sender = asked.acting
    if sender is None or asked.budget is not Budget.INVITES:
        return _open(Gate.PENDING_INVITES)
    used, limit = sender.usage.pending, sender.limits["pending_invites"]
    if used < limit:
        return _open(Gate.PENDING_INVITES, used=used, limit=limit)
    return _closed(Gate.PENDING_INVITES, Reason.PENDING_INVITES, sender=sender.name, used=used, limit=limit)


def spacing(asked: Asked) -> Answer:
    sender = asked.acting
    if sender is None:
        return _open(Gate.SPACING)
    turn = next_turn(sender, asked.budget, schedule=asked.facts.campaign.schedule, now=asked.now)
    if turn <= asked.now:
        return _open(Gate.SPACING)
    return _closed(Gate.SPACING, Reason.SPACING, opens_at=turn, sender=sender.name)


def template(asked: Asked) -> Answer:
    step = asked.position.step
    missing = None if step is None else asked.facts.lead.missing.get(step.key)
    if missing:
        return _closed(Gate.TEMPLATE, Reason.MISSING_VARIABLE, missing=", ".join(missing))
    return _open(Gate.TEMPLATE)


GATES: tuple[Callable[[Asked], Answer], ...] = (
    campaign,
    dates,
    enrollment,
    reply,
    do_not_contact,
    unsettled,
    sender,
    cool_down,
    working_hours,
    delay,
    condition,
    daily_limit,
    weekly_limit,
    pending_invites,
    spacing,
    template,
)
"""In the order in which they are asked."""
