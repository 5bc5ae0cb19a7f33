"""The questions a send must pass, each with its answer and the instant at which it could change.

A gate knows nothing of the other gates, so a chain of them can be shown whole. A step that only waits asks nothing of
the sender and of the working hours.
Example: on a Saturday the gate of the working hours is closed by `weekend` and opens on Monday at 9:00.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from rapport.rules import capacity
from rapport.rules.answers import Answer, closed, opened, stopped
from rapport.rules.facts import LeadFacts, SenderFacts
from rapport.rules.limits import Budget
from rapport.rules.questions import Asked
from rapport.rules.reasons import Gate, Reason
from rapport.rules.room import ready, room
from rapport.rules.sequences import NEEDS_RECOGNISING, Step, StepKind
from rapport.rules.statuses import CampaignState, EnrollmentStatus, Unsettled
from rapport.rules.windows import Schedule

REST_AFTER_WITHDRAWAL = timedelta(days=21)


def campaign(asked: Asked) -> Answer:
    match asked.facts.campaign.state:
        case CampaignState.ACTIVE:
            return opened(Gate.CAMPAIGN)
        case CampaignState.DRAFT:
            return closed(Gate.CAMPAIGN, Reason.CAMPAIGN_DRAFT)
        case CampaignState.PAUSED:
            return closed(Gate.CAMPAIGN, Reason.CAMPAIGN_PAUSED)
        case CampaignState.COMPLETED:
            return stopped(Gate.CAMPAIGN, Reason.CAMPAIGN_COMPLETED)
        case CampaignState.ARCHIVED:
            return stopped(Gate.CAMPAIGN, Reason.CAMPAIGN_ARCHIVED)


def dates(asked: Asked) -> Answer:
    begins, ends = asked.facts.campaign.starts_at, asked.facts.campaign.ends_at
    if ends is not None and ends <= max(asked.now, begins or asked.now):
        return stopped(Gate.DATES, Reason.CAMPAIGN_OVER)
    if begins is not None and asked.now < begins:
        return closed(Gate.DATES, Reason.CAMPAIGN_NOT_BEGUN, opens_at=begins)
    return opened(Gate.DATES, closes_at=ends)


_ENDED: dict[EnrollmentStatus, Reason] = {
    EnrollmentStatus.RESPONDED: Reason.REPLIED,
    EnrollmentStatus.COMPLETED: Reason.COMPLETED,
    EnrollmentStatus.ERROR: Reason.ERROR,
    EnrollmentStatus.WITHDRAWN: Reason.WITHDRAWN,
    EnrollmentStatus.STOPPED: Reason.STOPPED,
}


def enrollment(asked: Asked) -> Answer:
    if asked.facts.enrollment.goes_on_elsewhere:
        return stopped(Gate.ENROLLMENT, Reason.MERGED)
    ended = _ENDED.get(asked.facts.enrollment.status)
    if ended is not None:
        return stopped(Gate.ENROLLMENT, ended)
    if asked.facts.enrollment.paused_at is not None:
        return closed(Gate.ENROLLMENT, Reason.PAUSED)
    if asked.position.is_lost:
        return closed(Gate.ENROLLMENT, Reason.STEP_REMOVED)
    if asked.position.step is None:
        return stopped(Gate.ENROLLMENT, Reason.COMPLETED)
    return opened(Gate.ENROLLMENT)


def reply(asked: Asked) -> Answer:
    facts = asked.facts
    if facts.enrollment.replied_at is not None:
        return stopped(Gate.REPLY, Reason.REPLIED)
    elsewhere = facts.lead.replied_at
    # A reply from before the enrollment was known to whoever enrolled the person again.
    if facts.campaign.stops_on_reply_elsewhere and elsewhere is not None and elsewhere >= facts.enrollment.enrolled_at:
        return stopped(Gate.REPLY, Reason.REPLIED_ELSEWHERE)
    return opened(Gate.REPLY)


def do_not_contact(asked: Asked) -> Answer:
    entry = asked.facts.lead.do_not_contact
    if entry is not None:
        return stopped(Gate.DO_NOT_CONTACT, Reason.DO_NOT_CONTACT, entry=entry)
    return opened(Gate.DO_NOT_CONTACT)


def unsettled(asked: Asked) -> Answer:
    match asked.facts.enrollment.unsettled:
        case None:
            return opened(Gate.UNSETTLED)
        case Unsettled.IN_FLIGHT:
            return closed(Gate.UNSETTLED, Reason.IN_FLIGHT)
        case Unsettled.UNCERTAIN:
            return closed(Gate.UNSETTLED, Reason.UNCERTAIN)


def away(asked: Asked) -> Answer:
    until = asked.facts.enrollment.away_until
    if until is not None and asked.now < until:
        return closed(Gate.AWAY, Reason.OUT_OF_OFFICE, opens_at=until)
    return opened(Gate.AWAY)


def sender(asked: Asked) -> Answer:
    known = asked.facts.sender
    if known is None:
        return closed(Gate.SENDER, Reason.NO_SENDER)
    if asked.acting is None:
        return opened(Gate.SENDER)
    if not asked.facts.enrollment.sender_is_in_campaign:
        return closed(Gate.SENDER, Reason.SENDER_NOT_IN_CAMPAIGN, sender=known.name)
    return ready(known, asked.budget, asked.now)


def working_hours(asked: Asked) -> Answer:
    sender, own = asked.acting, asked.facts.campaign.schedule
    if sender is None:
        return opened(Gate.WORKING_HOURS)
    opening = asked.schedule.opening_around(asked.now)
    if opening is not None:
        return opened(Gate.WORKING_HOURS, closes_at=opening[1], zone=own.zone)
    opens_at = asked.schedule.next_opening(asked.now)
    if opens_at is None:
        never = Reason.NEVER_OPEN if own.next_opening(asked.now) is None else Reason.HOURS_NEVER_MEET
        return closed(Gate.WORKING_HOURS, never, sender=sender.name)
    if own.opening_around(asked.now) is not None:
        return closed(
            Gate.WORKING_HOURS, Reason.OUTSIDE_SENDER_HOURS, opens_at=opens_at, sender=sender.name, zone=sender.zone
        )
    return closed(Gate.WORKING_HOURS, _why_closed(own, asked.now), opens_at=opens_at, zone=own.zone)


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
        return opened(Gate.DELAY)
    if due_at is None:
        return closed(Gate.DELAY, Reason.NEVER_OPEN)
    if due_at <= asked.now:
        return opened(Gate.DELAY, due_at=due_at)
    if asked.facts.enrollment.due_override_at is not None:
        return closed(Gate.DELAY, Reason.OVERRIDDEN, opens_at=due_at)
    return closed(Gate.DELAY, Reason.NOT_DUE, opens_at=due_at, delay=str(step.delay))


def condition(asked: Asked) -> Answer:
    step, lead = asked.position.step, asked.facts.lead
    if step is None:
        return opened(Gate.CONDITION)
    if step.kind is StepKind.WAIT_FOR:
        lapses_at = asked.position.due_at
        return closed(Gate.CONDITION, Reason.WAITING_FOR_CONDITION, opens_at=lapses_at, condition=str(step.condition))
    if step.kind is StepKind.MESSAGE and lead.connected_at is None:
        return closed(Gate.CONDITION, Reason.NOT_CONNECTED)
    if step.kind is StepKind.EMAIL:
        return _mail(lead, asked.acting)
    if step.kind is StepKind.INVITE and lead.withdrawn_at is not None:
        may_at = lead.withdrawn_at + REST_AFTER_WITHDRAWAL
        if asked.now < may_at:
            days = REST_AFTER_WITHDRAWAL.days
            return closed(Gate.CONDITION, Reason.INVITED_RECENTLY, opens_at=may_at, days=days)
    return _look(step, lead, asked.acting, asked.now)


def _look(step: Step, lead: LeadFacts, by: SenderFacts | None, now: datetime) -> Answer:
    """Whoever is not recognised is looked up first, if the sender may read one more profile."""
    if by is None or lead.is_recognised or step.kind not in NEEDS_RECOGNISING:
        return opened(Gate.CONDITION)
    answer = room(by, Budget.VISITS, now)
    if answer.is_open:
        return opened(Gate.CONDITION)
    return closed(Gate.CONDITION, Reason.NOT_LOOKED_UP, opens_at=answer.changes_at, sender=by.name)


def _mail(lead: LeadFacts, by: SenderFacts | None) -> Answer:
    if lead.email_at is None:
        return closed(Gate.CONDITION, Reason.NO_EMAIL)
    if by is not None and not by.has_mailbox:
        return closed(Gate.CONDITION, Reason.NO_MAILBOX, sender=by.name)
    return opened(Gate.CONDITION)


def template(asked: Asked) -> Answer:
    step = asked.position.step
    missing = None if step is None else asked.facts.lead.missing.get(step.key)
    if missing:
        return closed(Gate.TEMPLATE, Reason.MISSING_VARIABLE, missing=", ".join(missing))
    return opened(Gate.TEMPLATE)


GATES: tuple[Callable[[Asked], Answer], ...] = (
    campaign,
    dates,
    enrollment,
    reply,
    do_not_contact,
    unsettled,
    away,
    sender,
    capacity.cool_down,
    working_hours,
    delay,
    condition,
    capacity.daily_limit,
    capacity.weekly_limit,
    capacity.pending_invites,
    capacity.spacing,
    template,
)
"""In the order in which they are asked."""
