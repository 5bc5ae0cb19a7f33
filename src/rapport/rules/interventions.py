"""What an operator may do to one lead in a campaign, and what becomes of it.

Whoever has replied is not restarted: what a person wrote is answered by a person.
Example: a lead that ended in an error after its invitation was accepted is restarted as `connected`, before the same
step.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from rapport.rules.facts import EnrollmentFacts, Facts
from rapport.rules.position import entry
from rapport.rules.sequences import StepKind
from rapport.rules.statuses import EnrollmentStatus


class Intervention(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    RESTART = "restart"
    SKIP = "skip"
    OVERRIDE = "override"


_RESTARTABLE = frozenset({EnrollmentStatus.ERROR, EnrollmentStatus.STOPPED, EnrollmentStatus.WITHDRAWN})
_WORDS = frozenset({StepKind.MESSAGE, StepKind.INMAIL, StepKind.EMAIL})


def may(enrollment: EnrollmentFacts) -> frozenset[Intervention]:
    """What may be done to an enrollment as it stands."""
    if enrollment.status.is_final:
        may_restart = enrollment.status in _RESTARTABLE and enrollment.replied_at is None
        return frozenset({Intervention.RESTART}) if may_restart else frozenset()
    pause = Intervention.PAUSE if enrollment.paused_at is None else Intervention.RESUME
    return frozenset({pause, Intervention.STOP, Intervention.SKIP, Intervention.OVERRIDE})


def restarted(facts: Facts, now: datetime) -> EnrollmentFacts:
    """The enrollment taken up where it ended, or at the beginning when no step was left; delays count from now."""
    enrollment = facts.enrollment
    return replace(
        enrollment,
        status=_status(facts),
        step=enrollment.step or entry(facts.campaign.sequence, facts.lead),
        reached_at=now,
        paused_at=None,
        due_override_at=None,
    )


def _status(facts: Facts) -> EnrollmentStatus:
    """The word for what was reached so far."""
    sequence, lead = facts.campaign.sequence, facts.lead
    if any(step.kind in _WORDS and step.key in facts.enrollment.sent for step in sequence.steps):
        return EnrollmentStatus.MESSAGED
    if lead.connected_at is not None:
        return EnrollmentStatus.CONNECTED
    return EnrollmentStatus.PENDING_INVITE if lead.invited_at is None else EnrollmentStatus.INVITE_SENT
