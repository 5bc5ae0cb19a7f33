"""The scheduler over HTTP: what it does, and starting and stopping it for every process."""

from __future__ import annotations

from typing import Any

from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.rules.permissions import Permission
from rapport.sending import control
from rapport.sending.schemas import SchedulerIn, SchedulerOut
from rapport.sending.states import Wanted

room = Room("scheduler", "/automation/scheduler", "The sending as a whole: its processes, its lag, and its switch.")


@room.get("/status", may=Permission.MANAGE, out=SchedulerOut, no_store=True)
def show_scheduler(call: Call) -> dict[str, Any]:
    """Show what is wanted of the sending, what each process does, and when each sender's next turn is."""
    return control.status(call.reading)


def _want(call: Call, wanted: Wanted) -> dict[str, Any]:
    actor = call.principal.actor
    control.want(call.tx, wanted, reason=call.body["reason"], by=actor.id if actor.type == "user" else None)
    return control.status(call.tx)


@room.post("/start", may=Permission.MANAGE, body=SchedulerIn, out=SchedulerOut, status=200)
def start_scheduler(call: Call) -> dict[str, Any]:
    """Let every process send."""
    return _want(call, Wanted.RUNNING)


@room.post("/stop", may=Permission.MANAGE, body=SchedulerIn, out=SchedulerOut, status=200)
def stop_scheduler(call: Call) -> dict[str, Any]:
    """Begin no call any more, in no process. What is being called is settled; what is only claimed is given back."""
    return _want(call, Wanted.STOPPED)


@room.post("/drain", may=Permission.MANAGE, body=SchedulerIn, out=SchedulerOut, status=200)
def drain_scheduler(call: Call) -> dict[str, Any]:
    """Claim nothing more, in no process. What is claimed is still sent."""
    return _want(call, Wanted.DRAINING)
