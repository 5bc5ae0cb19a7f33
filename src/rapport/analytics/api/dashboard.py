"""The first page, and the few numbers by which a client is watched from outside."""

from __future__ import annotations

from typing import Any

from rapport.analytics import now, pictures
from rapport.analytics.api.asking import client, days
from rapport.analytics.queries import Subject
from rapport.analytics.schemas import asked, shown
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import NOT_FOUND
from rapport.rules.permissions import Permission

room = Room("dashboard", "", "How it stands, of one client or of all that the caller sees.")


def _subject(call: Call) -> Subject | None:
    return client(call, call.query["client_id"]) if "client_id" in call.query else None


@room.get("/dashboard", may=Permission.READ, out=shown.DashboardOut, query=asked.DashboardQuery, errors=[NOT_FOUND])
def show_dashboard(call: Call) -> dict[str, Any]:
    """Show the figures of the last seven days, the inbox and the newest conversations."""
    return now.dashboard(call.reading, _subject(call))


@room.get(
    "/dashboard/timeseries",
    may=Permission.READ,
    out=shown.DashboardSeriesOut,
    query=asked.DashboardSeriesQuery,
    table="days",
    picture=pictures.timeseries,
    cached=True,
    errors=[NOT_FOUND],
)
def show_dashboard_timeseries(call: Call) -> dict[str, Any]:
    """Show all figures day by day, zeros included: each client's by its own clock."""
    subject = _subject(call)
    return now.series(call.reading, subject, days(call, subject.zone if subject else "UTC"))


@room.get(
    "/dashboard/recent-conversations",
    may=Permission.READ,
    out=shown.RecentsOut,
    query=asked.DashboardQuery,
    errors=[NOT_FOUND],
)
def list_recent_conversations(call: Call) -> dict[str, Any]:
    """List the conversations in which something was written last."""
    return {"items": now.recent(call.reading, _subject(call))}


@room.get(
    "/metrics/snapshot",
    may=Permission.READ,
    out=shown.MetricsSnapshotOut,
    query=asked.SnapshotQuery,
    errors=[NOT_FOUND],
)
def show_metrics_snapshot(call: Call) -> dict[str, Any]:
    """Show the few numbers by which a client's state is watched from outside."""
    return now.snapshot(call.reading, client(call, call.query["client_id"]))
