"""How an enrollment goes on after something happened, or after nothing but time did.

It is the one state machine of an enrollment: execution applies what really happened, the simulation what it
assumes. What has happened is never undone, a final status is left only for `responded`, and applying an
outcome a second time changes nothing.
Example: `Sent("invite", Monday 9:12)` puts the enrollment before the next step, in `invite_sent`, and counts one
invitation for its sender.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from rapport.rules.facts import EnrollmentFacts, Facts, SenderFacts
from rapport.rules.limits import BUDGET_OF
from rapport.rules.outcomes import Accepted, Away, Invited, Outcome, Refused, Replied, Seen, Sent, Skipped, Withdrawn
from rapport.rules.position import Move, Position, stand
from rapport.rules.sequences import Step, StepKind
from rapport.rules.statuses import EnrollmentStatus
from rapport.rules.warmup import begun_on
from rapport.rules.zones import local_day

_BY_SENDING: dict[StepKind, EnrollmentStatus] = {
    StepKind.INVITE: EnrollmentStatus.INVITE_SENT,
    StepKind.MESSAGE: EnrollmentStatus.MESSAGED,
    StepKind.INMAIL: EnrollmentStatus.MESSAGED,
    StepKind.EMAIL: EnrollmentStatus.MESSAGED,
}
_UNCONNECTED = frozenset({EnrollmentStatus.PENDING_INVITE, EnrollmentStatus.INVITE_SENT})


@dataclass(frozen=True, slots=True)
class Advanced:
    """The facts afterwards, where the enrollment stands now, and the steps it passed without sending."""

    facts: Facts
    position: Position
    moves: tuple[Move, ...]

    @property
    def look_at(self) -> datetime | None:
        """When the enrollment is to be looked at next; None when only an event or an operator brings it on."""
        return None if self.facts.enrollment.status.is_final else self.position.due_at


def advance(facts: Facts, outcome: Outcome | None, now: datetime) -> Advanced:
    """The enrollment after an outcome; with None, after the time until `now`."""
    if outcome is not None:
        facts = _applied(facts, outcome)
    position = stand(facts, now)
    return Advanced(_standing(facts, position), position, position.moves)


def _applied(facts: Facts, outcome: Outcome) -> Facts:
    match outcome:
        case Sent():
            after = _sent(facts, outcome)
        case Refused():
            after = _refused(facts, outcome.step)
        case Invited():
            after = _invited(facts, outcome.at)
        case Accepted():
            after = _accepted(facts, outcome.at)
        case Seen():
            after = replace(facts, lead=replace(facts.lead, seen_at=facts.lead.seen_at or outcome.at))
        case Replied():
            after = _replied(facts, outcome.at, here=outcome.here)
        case Away():
            after = _away(facts, outcome.until)
        case Withdrawn():
            after = _withdrawn(facts, outcome.at)
        case Skipped():
            after = _skipped(facts, outcome.step)
        case _:
            assert_never(outcome)
    return after


def _sent(facts: Facts, outcome: Sent) -> Facts:
    enrollment, lead, sender = facts.enrollment, facts.lead, facts.sender
    step = facts.campaign.sequence.step(outcome.step)
    if outcome.step in enrollment.sent:
        return facts
    if step is None:  # an edit removed it while it was in flight: it counts as sent, and the carried-over place stays
        return replace(facts, enrollment=replace(enrollment, sent=enrollment.sent | {outcome.step}, unsettled=None))
    kept = {} if outcome.variant is None else {step.key: outcome.variant}
    is_here = enrollment.step == step.key
    enrollment = replace(
        enrollment,
        status=_BY_SENDING.get(step.kind, enrollment.status) if not enrollment.status.is_final else enrollment.status,
        step=step.then if is_here else enrollment.step,
        reached_at=outcome.at if is_here else enrollment.reached_at,
        sent=enrollment.sent | {step.key},
        variants={**enrollment.variants, **kept},
        due_override_at=None,
        unsettled=None,
    )
    if step.kind is StepKind.INVITE:
        lead = replace(lead, invited_at=outcome.at)
    if step.kind.speaks:
        lead = replace(lead, seen_at=None)
    sender = None if sender is None else counted(sender, step, outcome.at)
    facts = replace(facts, enrollment=enrollment, lead=lead, sender=sender)
    return _withdrawn(facts, outcome.at) if step.kind is StepKind.WITHDRAW else facts


def counted(sender: SenderFacts, step: Step, at: datetime) -> SenderFacts:
    """The sender after one more action."""
    before, usage = sender.usage, sender.usage.counted(BUDGET_OF[step.kind], at=at, on=local_day(at, sender.zone))
    if usage is before:
        return sender
    started_on = begun_on(sender.warmup_started_on, last_on=before.last_on, on=usage.on)
    return replace(sender, usage=usage, warmup_started_on=started_on)


def _refused(facts: Facts, key: str) -> Facts:
    if key in facts.enrollment.sent:
        return facts
    enrollment = replace(facts.enrollment, unsettled=None)
    return replace(facts, enrollment=_with_status(enrollment, EnrollmentStatus.ERROR))


def _invited(facts: Facts, at: datetime) -> Facts:
    if facts.lead.connected_at is not None:
        return facts
    enrollment = _with_status(facts.enrollment, EnrollmentStatus.INVITE_SENT, only_from=_UNCONNECTED)
    lead = facts.lead if facts.lead.invited_at is not None else replace(facts.lead, invited_at=at)
    return replace(facts, lead=lead, enrollment=enrollment)


def _skipped(facts: Facts, key: str) -> Facts:
    enrollment = facts.enrollment
    return replace(facts, enrollment=replace(enrollment, skipped=enrollment.skipped | {key}, due_override_at=None))


def _accepted(facts: Facts, at: datetime) -> Facts:
    enrollment = _with_status(facts.enrollment, EnrollmentStatus.CONNECTED, only_from=_UNCONNECTED)
    if facts.lead.connected_at is not None:  # another enrollment, or the relation itself, told of it first
        return replace(facts, enrollment=enrollment)
    return replace(
        facts,
        lead=replace(facts.lead, connected_at=at, invited_at=None),
        enrollment=enrollment,
        sender=_one_pending_less(facts),
    )


def _withdrawn(facts: Facts, at: datetime) -> Facts:
    if facts.lead.invited_at is None:
        return facts
    lead = replace(facts.lead, invited_at=None, withdrawn_at=at)
    return replace(facts, lead=lead, sender=_one_pending_less(facts))


def _replied(facts: Facts, at: datetime, *, here: bool) -> Facts:
    enrollment, lead = facts.enrollment, facts.lead
    known = lead.replied_at
    lead = replace(lead, replied_at=at if known is None else max(known, at))
    if not here:
        if facts.campaign.stops_on_reply_elsewhere and at >= enrollment.enrolled_at:
            enrollment = _with_status(enrollment, EnrollmentStatus.STOPPED)
        return replace(facts, lead=lead, enrollment=enrollment)
    first = at if enrollment.replied_at is None else min(enrollment.replied_at, at)
    enrollment = replace(enrollment, status=EnrollmentStatus.RESPONDED, replied_at=first)
    return replace(facts, lead=lead, enrollment=enrollment)


def _away(facts: Facts, until: datetime) -> Facts:
    """The latest day that was named holds."""
    known = facts.enrollment.away_until
    latest = until if known is None else max(known, until)
    return replace(facts, enrollment=replace(facts.enrollment, away_until=latest))


def _one_pending_less(facts: Facts) -> SenderFacts | None:
    sender = facts.sender
    if sender is None or facts.lead.invited_at is None:
        return sender
    return replace(sender, usage=replace(sender.usage, pending=max(0, sender.usage.pending - 1)))


def _with_status(
    enrollment: EnrollmentFacts, status: EnrollmentStatus, *, only_from: frozenset[EnrollmentStatus] | None = None
) -> EnrollmentFacts:
    if enrollment.status.is_final or (only_from is not None and enrollment.status not in only_from):
        return enrollment
    return replace(enrollment, status=status)


def _standing(facts: Facts, position: Position) -> Facts:
    """The facts with the enrollment put where it stands."""
    enrollment = facts.enrollment
    if enrollment.status.is_final or position.is_lost:
        return facts
    if position.step is None:
        return replace(facts, enrollment=replace(enrollment, step=None, status=_at_the_end(facts)))
    if not position.moves:
        return facts
    return replace(facts, enrollment=replace(enrollment, step=position.step.key, reached_at=position.reached_at))


def _at_the_end(facts: Facts) -> EnrollmentStatus:
    withdrawn_at = facts.lead.withdrawn_at
    gave_up = facts.enrollment.status is EnrollmentStatus.INVITE_SENT and facts.lead.connected_at is None
    if gave_up and withdrawn_at is not None and withdrawn_at >= facts.enrollment.enrolled_at:
        return EnrollmentStatus.WITHDRAWN
    return EnrollmentStatus.COMPLETED
