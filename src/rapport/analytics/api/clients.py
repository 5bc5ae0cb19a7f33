"""A client's figures over HTTP, and clients side by side as far as the caller may see them."""

from __future__ import annotations

from typing import Any

from rapport.analytics import breakdowns, now, pictures, replying, summary, tasks
from rapport.analytics.api.asking import client, days, period
from rapport.analytics.elsewhere import showing
from rapport.analytics.schemas import asked, shown
from rapport.http.context import Call, Reply
from rapport.http.operation import Room
from rapport.jobs.queries import seen
from rapport.jobs.schemas import JobOut
from rapport.kernel.errors import NOT_FOUND
from rapport.rules.permissions import Permission

room = Room("client-figures", "/analytics/clients", "What was done for clients and what came of it.")
_FIGURES: dict[str, Any] = {"may": Permission.READ, "errors": [NOT_FOUND], "cached": True}


@room.get(
    "",
    out=shown.ClientsOut,
    query=asked.PeriodQuery,
    table="clients",
    picture=pictures.clients,
    may=Permission.READ,
    cached=True,
)
def compare_clients(call: Call) -> dict[str, Any]:
    """Compare the clients that the caller may see."""
    return breakdowns.clients(call.reading, period(call))


@room.get("/<id:client_id>/summary", out=shown.ClientSummaryOut, query=asked.TableQuery, table="", **_FIGURES)
def show_client_summary(call: Call, client_id: str) -> dict[str, Any]:
    """Show a client's totals, the last seven days, the last activity and the rates."""
    return summary.summary(call.reading, client(call, client_id))


@room.get(
    "/<id:client_id>/timeseries",
    out=shown.ClientSeriesOut,
    query=asked.SeriesQuery,
    table="days",
    picture=pictures.timeseries,
    **_FIGURES,
)
def show_client_timeseries(call: Call, client_id: str) -> dict[str, Any]:
    """Show a client's figures day by day, zeros included."""
    subject = client(call, client_id)
    return summary.timeseries(call.reading, subject, days(call, subject.zone))


@room.get(
    "/<id:client_id>/funnel",
    out=shown.FunnelOut,
    query=asked.PeriodQuery,
    table="stages",
    picture=pictures.funnel,
    **_FIGURES,
)
def show_client_funnel(call: Call, client_id: str) -> dict[str, Any]:
    """Show how far the people of all of a client's campaigns came."""
    return summary.funnel(call.reading, client(call, client_id), period(call))


@room.get(
    "/<id:client_id>/replies",
    out=shown.RepliesOut,
    query=asked.SeriesQuery,
    table="days",
    picture=pictures.replies,
    **_FIGURES,
)
def show_client_replies(call: Call, client_id: str) -> dict[str, Any]:
    """Show a client's reply rate day by day, and whether it has changed of late."""
    subject = client(call, client_id)
    return summary.replies(call.reading, subject, days(call, subject.zone))


@room.get(
    "/<id:client_id>/time-to-reply",
    out=shown.TimeToReplyOut,
    query=asked.PeriodQuery,
    table="buckets",
    picture=pictures.time_to_reply,
    **_FIGURES,
)
def show_client_time_to_reply(call: Call, client_id: str) -> dict[str, Any]:
    """Show how long people take until their first reply."""
    return replying.time_to_reply(call.reading, client(call, client_id), period(call))


@room.get(
    "/<id:client_id>/accounts",
    out=shown.AccountsOut,
    query=asked.PeriodQuery,
    table="accounts",
    picture=pictures.accounts,
    **_FIGURES,
)
def show_client_accounts(call: Call, client_id: str) -> dict[str, Any]:
    """Show what came of what each account of a client did."""
    return breakdowns.accounts(call.reading, client(call, client_id), period(call))


@room.get(
    "/<id:client_id>/campaigns",
    out=shown.CampaignsOut,
    query=asked.PeriodQuery,
    table="campaigns",
    picture=pictures.campaigns,
    **_FIGURES,
)
def compare_campaigns(call: Call, client_id: str) -> dict[str, Any]:
    """Compare a client's campaigns."""
    return breakdowns.campaigns(call.reading, client(call, client_id), period(call))


@room.get(
    "/<id:client_id>/external",
    out=shown.ExternalOut,
    query=asked.ExternalQuery,
    table="values",
    **_FIGURES,
)
def show_client_external(call: Call, client_id: str) -> dict[str, Any]:
    """Show what was told of a client that is counted elsewhere: meetings held, deals, spend, revenue, day by day."""
    subject = client(call, client_id)
    return showing.days(call.reading, subject, days(call, subject.zone))


@room.get(
    "/<id:client_id>/best-hours",
    out=shown.BestHoursOut,
    query=asked.PictureQuery,
    table="hours",
    picture=pictures.best_hours,
    **_FIGURES,
)
def show_client_best_hours(call: Call, client_id: str) -> dict[str, Any]:
    """Show in which hours of the week, in the client's timezone, what is sent is replied to."""
    return replying.best_hours(call.reading, client(call, client_id))


@room.get(
    "/<id:client_id>/limits",
    out=shown.UseOut,
    query=asked.PictureQuery,
    table="accounts",
    picture=pictures.usage,
    may=Permission.READ,
    errors=[NOT_FOUND],
)
def show_client_limits(call: Call, client_id: str) -> dict[str, Any]:
    """Show what a client's accounts have used of their limits today and in seven days."""
    return breakdowns.usage(call.reading, client(call, client_id), call.service.pending)


@room.get(
    "/<id:client_id>/inbox",
    out=shown.InboxFiguresOut,
    query=asked.DaysQuery,
    table="",
    may=Permission.READ,
    errors=[NOT_FOUND],
)
def show_client_inbox(call: Call, client_id: str) -> dict[str, Any]:
    """Show how soon people are answered, how often later than promised, and for how long what came lies unread."""
    subject = client(call, client_id)
    return now.inbox(call.reading, subject, days(call, subject.zone))


@room.get(
    "/<id:client_id>/live",
    out=shown.LiveOut,
    query=asked.TableQuery,
    table="",
    may=Permission.READ,
    errors=[NOT_FOUND],
)
def show_client_live(call: Call, client_id: str) -> dict[str, Any]:
    """Show the last hour, what has begun and not ended, and how far the figures are behind the log."""
    return now.live(call.reading, client(call, client_id), tasks.CONSUMER.name)


@room.post("/<id:client_id>/rebuild", may=Permission.WRITE, out=JobOut, status=202, errors=[NOT_FOUND])
def rebuild_client_figures(call: Call, client_id: str) -> Reply:
    """Have a client's figures made again from the event log: a job, whose result says how many had differed."""
    subject = client(call, client_id)
    return Reply(seen(call.tx, tasks.ask(call.tx, subject.client_id).id))
