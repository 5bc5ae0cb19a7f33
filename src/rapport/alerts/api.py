"""Alerts over HTTP."""

from __future__ import annotations

from typing import Any

from rapport.alerts import queries
from rapport.alerts.schemas import AlertsOut, OutsideOut
from rapport.alerts.watching import WINDOW
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.rules.permissions import Permission

room = Room("alerts", "", "What is not as it should be, and how the outside does.")


@room.get("/alerts", may=Permission.MANAGE, out=AlertsOut)
def list_alerts(call: Call) -> dict[str, Any]:
    """List everything that is watched, with what was measured last and since when an alert is raised."""
    return {"items": queries.alerts(call.reading)}


@room.get("/outside", may=Permission.MANAGE, out=OutsideOut, no_store=True)
def show_outside(call: Call) -> dict[str, Any]:
    """Show how every outside party did in the last minutes, what is held back and why, and which connections ail."""
    return queries.outside(call.reading, call.reading.now - WINDOW)
