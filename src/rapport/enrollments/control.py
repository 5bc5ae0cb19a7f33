"""What an operator does to one enrollment: pause, resume, stop, restart, skip, override, give to another sender.

Every act is in the timeline, and the place of the enrollment is computed anew after it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from rapport.campaigns.queries import kept, senders, sequence
from rapport.enrollments import events
from rapport.enrollments.facts import SKIPPED, one
from rapport.enrollments.models import Enrollment, EnrollmentStep
from rapport.enrollments.placing import place
from rapport.kernel.errors import ALREADY_ENROLLED, ENROLLMENT_STATE, NOT_FOUND, RapportError, field_error
from rapport.kernel.tx import Tx
from rapport.leads.facts import leads
from rapport.leads.naming import shown_name
from rapport.rules.interventions import Intervention, may, restarted
from rapport.rules.statuses import EnrollmentStatus


def get(tx: Tx, enrollment_id: str) -> Enrollment:
    """An enrollment to be changed, locked."""
    found = tx.session.execute(
        select(Enrollment).where(Enrollment.id == enrollment_id).with_for_update(key_share=True)
    ).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return found


def pause(tx: Tx, enrollment: Enrollment, *, reason: str) -> None:
    """Send this lead nothing until it is resumed. Pausing twice keeps the first reason."""
    _alive(enrollment)
    if enrollment.paused_at is None:
        enrollment.paused_at, enrollment.pause_reason = tx.now, reason
        _tell(tx, events.PAUSED, enrollment, reason=reason)
        _place(tx, enrollment)


def resume(tx: Tx, enrollment: Enrollment) -> None:
    """Let the lead go on."""
    _alive(enrollment)
    if enrollment.paused_at is not None:
        enrollment.paused_at = enrollment.pause_reason = None
        _tell(tx, events.RESUMED, enrollment)
        _place(tx, enrollment)


def stop(tx: Tx, enrollment: Enrollment, *, reason: str) -> None:
    """End it for this lead. Only a restart brings it back."""
    _alive(enrollment)
    _settled(enrollment)
    enrollment.status = EnrollmentStatus.STOPPED.value
    _tell(tx, events.STOPPED, enrollment, reason=reason)
    _place(tx, enrollment)


def restart(tx: Tx, enrollment: Enrollment) -> None:
    """Let an ended enrollment go on where it stood. What was sent is never sent again."""
    _settled(enrollment)
    if enrollment.goes_on_in_id is not None:
        raise RapportError(ENROLLMENT_STATE, "The lead was merged; the person goes on in another enrollment.")
    facts = one(tx, enrollment.id).of(enrollment.id)
    if Intervention.RESTART not in may(facts.enrollment):
        raise RapportError(ENROLLMENT_STATE, f"A lead that is {enrollment.status} cannot be restarted.")
    again = restarted(facts, tx.now)
    enrollment.status, enrollment.step_key = again.status.value, again.step
    enrollment.reached_at, enrollment.ended_at = again.reached_at, None
    enrollment.paused_at = enrollment.pause_reason = enrollment.due_override_at = None
    if not kept(tx, enrollment.campaign_id)["shares_leads"]:
        enrollment.exclusive_key = enrollment.lead_id
    try:
        with tx.session.begin_nested():
            tx.session.flush()  # another campaign that has the lead shows here
    except IntegrityError:
        raise RapportError(ALREADY_ENROLLED, "Another active campaign has this lead.") from None
    _tell(tx, events.RESTARTED, enrollment, step=again.step or "the end")
    _place(tx, enrollment)


def skip(tx: Tx, enrollment: Enrollment, *, step_key: str) -> None:
    """Leave a step out for this lead; one that was sent cannot be."""
    _alive(enrollment)
    _settled(enrollment)
    if sequence(tx, enrollment.campaign_id).step(step_key) is None:
        raise field_error("step_key", f"The sequence has no step {step_key!r}.")
    behind = tx.session.get(EnrollmentStep, (enrollment.id, step_key))
    if behind is not None and behind.state != SKIPPED:
        raise RapportError(ENROLLMENT_STATE, "The step was sent already.")
    if behind is None:
        step = EnrollmentStep(
            enrollment_id=enrollment.id,
            step_key=step_key,
            client_id=enrollment.client_id,
            state=SKIPPED,
            at=tx.now,
        )
        tx.session.add(step)
        enrollment.due_override_at = None
        _tell(tx, events.STEP_SKIPPED, enrollment, step=step_key)
        _place(tx, enrollment)


def unskip(tx: Tx, enrollment: Enrollment, *, step_key: str) -> None:
    """Take a skip back, as long as the lead has not passed the step."""
    _alive(enrollment)
    statement = delete(EnrollmentStep).where(
        EnrollmentStep.enrollment_id == enrollment.id,
        EnrollmentStep.step_key == step_key,
        EnrollmentStep.state == SKIPPED,
    )
    if not tx.session.execute(statement).rowcount:  # type: ignore[attr-defined]
        raise RapportError(ENROLLMENT_STATE, "The step is not skipped for this lead.")
    _tell(tx, events.STEP_UNSKIPPED, enrollment, step=step_key)
    _place(tx, enrollment)


def override(tx: Tx, enrollment: Enrollment, *, due_at: datetime | None) -> None:
    """Set when the next step is due, or with None let its delay decide again.

    An operator who names an instant knows of an absence: it no longer holds. Every other gate does.
    """
    _alive(enrollment)
    away_until = enrollment.away_until if due_at is None else None
    if (enrollment.due_override_at, enrollment.away_until) != (due_at, away_until):
        enrollment.due_override_at, enrollment.away_until = due_at, away_until
        _tell(tx, events.OVERRIDDEN, enrollment, due_at=due_at.isoformat() if due_at else "its own time")
        _place(tx, enrollment)


def give(tx: Tx, enrollment: Enrollment, *, account_id: str) -> None:
    """Let another sender of the campaign go on with this lead."""
    _alive(enrollment)
    _settled(enrollment)
    names = {sender["account_id"]: sender["name"] for sender in senders(tx, enrollment.campaign_id)}
    if account_id not in names:
        raise field_error("account_id", "Is not a sender of this campaign.")
    if enrollment.account_id != account_id:
        enrollment.account_id = account_id
        _tell(tx, events.ASSIGNED, enrollment, sender=names[account_id])
        _place(tx, enrollment)


def _alive(enrollment: Enrollment) -> None:
    if enrollment.ended_at is not None:
        raise RapportError(ENROLLMENT_STATE, f"The lead's enrollment has ended ({enrollment.reason}).")


def _settled(enrollment: Enrollment) -> None:
    """An action that may be on its way must be settled first: until then nobody knows what was sent."""
    if enrollment.unsettled is not None:
        raise RapportError(ENROLLMENT_STATE, "An action for this lead is being settled; try again in a while.")


def _place(tx: Tx, enrollment: Enrollment) -> None:
    tx.session.flush()  # the rules read rows, not this object
    place(tx, [enrollment.id])
    tx.session.refresh(enrollment)


def _tell(tx: Tx, event_type: str, enrollment: Enrollment, **data: Any) -> None:
    lead = leads(tx, [enrollment.lead_id])[enrollment.lead_id]
    tx.emit(
        event_type,
        client_id=enrollment.client_id,
        data={"lead": shown_name(lead.row), **data},
        enrollment_id=enrollment.id,
        lead_id=enrollment.lead_id,
        campaign_id=enrollment.campaign_id,
        account_id=enrollment.account_id,
    )
