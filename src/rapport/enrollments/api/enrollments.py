"""One lead in one campaign over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rapport.enrollments import control, queries
from rapport.enrollments.models import Enrollment
from rapport.enrollments.schemas.enrollments import (
    EnrollmentDetailOut,
    EnrollmentOut,
    EnrollmentReasonIn,
    EnrollmentStepIn,
    GiveIn,
    OverrideIn,
)
from rapport.enrollments.schemas.why import WhyOut
from rapport.enrollments.why import why
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import ALREADY_ENROLLED, ENROLLMENT_STATE, NOT_FOUND
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.kernel.tx import Tx
from rapport.rules.permissions import Permission

room = Room("enrollments", "/enrollments", "One lead in one campaign: where it stands, why, and what to do about it.")

_ACT: dict[str, Any] = {
    "may": Permission.WRITE,
    "out": EnrollmentDetailOut,
    "status": 200,
    "errors": [NOT_FOUND, ENROLLMENT_STATE],
}


@room.get("", may=Permission.READ, out=page_of(EnrollmentOut), listing=queries.LISTING, cached=True)
def list_enrollments(call: Call) -> Page:
    """List enrollments."""
    return page(call.reading, queries.LISTING, call.asked)


@room.get("/<id:enrollment_id>", may=Permission.READ, out=EnrollmentDetailOut, errors=[NOT_FOUND], cached=True)
def show_enrollment(call: Call, enrollment_id: str) -> dict[str, Any]:
    """Show an enrollment with the steps behind it."""
    return queries.seen(call.reading, enrollment_id)


@room.get("/<id:enrollment_id>/why", may=Permission.READ, out=WhyOut, errors=[NOT_FOUND])
def explain_enrollment(call: Call, enrollment_id: str) -> dict[str, Any]:
    """Say what comes next for this lead, when, and why.

    Every gate's answer is given in the order in which they are asked; the first closed one decides. The same walk
    decides when something is sent.
    """
    return why(call.reading, enrollment_id)


def _act(call: Call, enrollment_id: str, act: Callable[[Tx, Enrollment], None]) -> dict[str, Any]:
    act(call.tx, control.get(call.tx, enrollment_id))
    return queries.seen(call.tx, enrollment_id)


@room.post("/<id:enrollment_id>/pause", body=EnrollmentReasonIn, **_ACT)
def pause_enrollment(call: Call, enrollment_id: str) -> dict[str, Any]:
    """Pause one lead: it is sent nothing until it is resumed."""
    return _act(call, enrollment_id, lambda tx, one: control.pause(tx, one, reason=call.body["reason"]))


@room.post("/<id:enrollment_id>/resume", **_ACT)
def resume_enrollment(call: Call, enrollment_id: str) -> dict[str, Any]:
    """Let a paused lead go on."""
    return _act(call, enrollment_id, control.resume)


@room.post("/<id:enrollment_id>/stop", body=EnrollmentReasonIn, **_ACT)
def stop_enrollment(call: Call, enrollment_id: str) -> dict[str, Any]:
    """End the campaign for this lead. Only a restart brings it back."""
    return _act(call, enrollment_id, lambda tx, one: control.stop(tx, one, reason=call.body["reason"]))


@room.post(
    "/<id:enrollment_id>/restart",
    may=Permission.WRITE,
    out=EnrollmentDetailOut,
    status=200,
    errors=[NOT_FOUND, ENROLLMENT_STATE, ALREADY_ENROLLED],
)
def restart_enrollment(call: Call, enrollment_id: str) -> dict[str, Any]:
    """Let an ended lead go on where it stood. What was sent stays sent; nobody who replied is restarted."""
    return _act(call, enrollment_id, control.restart)


@room.post("/<id:enrollment_id>/skip", body=EnrollmentStepIn, **_ACT)
def skip_step(call: Call, enrollment_id: str) -> dict[str, Any]:
    """Leave a step out for this lead."""
    return _act(call, enrollment_id, lambda tx, one: control.skip(tx, one, step_key=call.body["step_key"]))


@room.post("/<id:enrollment_id>/unskip", body=EnrollmentStepIn, **_ACT)
def unskip_step(call: Call, enrollment_id: str) -> dict[str, Any]:
    """Take a skip back."""
    return _act(call, enrollment_id, lambda tx, one: control.unskip(tx, one, step_key=call.body["step_key"]))


@room.post("/<id:enrollment_id>/override", body=OverrideIn, **_ACT)
def override_enrollment(call: Call, enrollment_id: str) -> dict[str, Any]:
    """Set when the next step is due. Every other gate still holds."""
    return _act(call, enrollment_id, lambda tx, one: control.override(tx, one, due_at=call.body["due_at"]))


@room.post("/<id:enrollment_id>/give", body=GiveIn, **_ACT)
def give_enrollment(call: Call, enrollment_id: str) -> dict[str, Any]:
    """Let another sender of the campaign go on with this lead."""
    return _act(call, enrollment_id, lambda tx, one: control.give(tx, one, account_id=call.body["account_id"]))
