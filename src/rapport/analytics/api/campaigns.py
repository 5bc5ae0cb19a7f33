"""A campaign's figures over HTTP: each as JSON, CSV and XLSX, and where it is a picture as SVG."""

from __future__ import annotations

from typing import Any

from rapport.analytics import breakdowns, forecasting, pictures, replying, summary, tasks
from rapport.analytics.api.asking import campaign, days, period
from rapport.analytics.beside.queries import FORECAST
from rapport.analytics.elsewhere import showing
from rapport.analytics.schemas import asked, shown
from rapport.http.context import Call, Reply
from rapport.http.operation import Room
from rapport.jobs.queries import seen
from rapport.jobs.schemas import JobOut
from rapport.kernel.errors import FORECAST_TOO_LARGE, NOT_FOUND
from rapport.rules.permissions import Permission

room = Room("campaign-figures", "/analytics/campaigns", "What campaigns have done and what came of it.")
_FIGURES: dict[str, Any] = {"may": Permission.READ, "errors": [NOT_FOUND], "cached": True}


@room.get("/<id:campaign_id>/summary", out=shown.CampaignSummaryOut, query=asked.TableQuery, table="", **_FIGURES)
def show_campaign_summary(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show a campaign's totals, its last seven days, its last activity and its rates."""
    return summary.summary(call.reading, campaign(call, campaign_id))


@room.get(
    "/<id:campaign_id>/timeseries",
    out=shown.CampaignSeriesOut,
    query=asked.SeriesQuery,
    table="days",
    picture=pictures.timeseries,
    **_FIGURES,
)
def show_campaign_timeseries(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show a campaign's figures day by day, zeros included."""
    subject = campaign(call, campaign_id)
    return summary.timeseries(call.reading, subject, days(call, subject.zone))


@room.get(
    "/<id:campaign_id>/funnel",
    out=shown.FunnelOut,
    query=asked.PeriodQuery,
    table="stages",
    picture=pictures.funnel,
    **_FIGURES,
)
def show_campaign_funnel(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show how many people of a campaign were invited, accepted, were messaged, replied and are interested."""
    return summary.funnel(call.reading, campaign(call, campaign_id), period(call))


@room.get(
    "/<id:campaign_id>/replies",
    out=shown.RepliesOut,
    query=asked.SeriesQuery,
    table="days",
    picture=pictures.replies,
    **_FIGURES,
)
def show_campaign_replies(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show a campaign's reply rate day by day, and whether it has changed of late."""
    subject = campaign(call, campaign_id)
    return summary.replies(call.reading, subject, days(call, subject.zone))


@room.get(
    "/<id:campaign_id>/time-to-reply",
    out=shown.TimeToReplyOut,
    query=asked.PeriodQuery,
    table="buckets",
    picture=pictures.time_to_reply,
    **_FIGURES,
)
def show_campaign_time_to_reply(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show how long people of a campaign take until their first reply."""
    return replying.time_to_reply(call.reading, campaign(call, campaign_id), period(call))


@room.get(
    "/<id:campaign_id>/steps",
    out=shown.StepsOut,
    query=asked.PeriodQuery,
    table="steps",
    picture=pictures.steps,
    **_FIGURES,
)
def show_campaign_steps(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show what came of each step of a campaign."""
    return breakdowns.steps(call.reading, campaign(call, campaign_id), period(call))


@room.get(
    "/<id:campaign_id>/accounts",
    out=shown.AccountsOut,
    query=asked.PeriodQuery,
    table="accounts",
    picture=pictures.accounts,
    **_FIGURES,
)
def show_campaign_accounts(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show what came of what each account did in a campaign."""
    return breakdowns.accounts(call.reading, campaign(call, campaign_id), period(call))


@room.get(
    "/<id:campaign_id>/variants",
    out=shown.VariantsOut,
    query=asked.PeriodQuery,
    table="variants",
    picture=pictures.variants,
    **_FIGURES,
)
def show_campaign_variants(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show what came of each variant of each step of a campaign."""
    return breakdowns.variants(call.reading, campaign(call, campaign_id), period(call))


@room.get(
    "/<id:campaign_id>/verdicts",
    out=shown.VerdictsOut,
    query=asked.PeriodQuery,
    table="verdicts",
    picture=pictures.verdicts,
    **_FIGURES,
)
def show_campaign_verdicts(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show which variant of a step is better, by how much, and when nothing can be said yet."""
    return breakdowns.verdicts(call.reading, campaign(call, campaign_id), period(call))


@room.get(
    "/<id:campaign_id>/external",
    out=shown.ExternalOut,
    query=asked.ExternalQuery,
    table="values",
    **_FIGURES,
)
def show_campaign_external(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show what was told of a campaign that is counted elsewhere: meetings held, deals, spend, revenue, day by day."""
    subject = campaign(call, campaign_id)
    return showing.days(call.reading, subject, days(call, subject.zone))


@room.get(
    "/<id:campaign_id>/best-hours",
    out=shown.BestHoursOut,
    query=asked.PictureQuery,
    table="hours",
    picture=pictures.best_hours,
    **_FIGURES,
)
def show_campaign_best_hours(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show in which hours of the week, in the campaign's timezone, what is sent is replied to."""
    return replying.best_hours(call.reading, campaign(call, campaign_id))


@room.get(
    "/<id:campaign_id>/forecast",
    out=shown.ForecastOut,
    query=asked.PictureQuery,
    table="",
    picture=pictures.forecast,
    may=Permission.READ,
    errors=[NOT_FOUND, FORECAST_TOO_LARGE],
)
def show_campaign_forecast(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show when a campaign will be done and with how many acceptances and replies, each in an interval of 80 %.

    A campaign of more than a thousand leads under way is forecast by a job, which a POST to this path asks for; here
    the newest one's answer of the last week is shown, and `at` says of when it is.
    """
    return forecasting.expect(call.reading, campaign(call, campaign_id), call.service.chance)


@room.post("/<id:campaign_id>/forecast", may=Permission.WRITE, out=JobOut, status=202, errors=[NOT_FOUND])
def forecast_campaign(call: Call, campaign_id: str) -> Reply:
    """Have a campaign forecast, however large it is: a job, whose result is the forecast."""
    job_type = call.service.job_types.get(FORECAST)
    return Reply(seen(call.tx, tasks.ask_forecast(call.tx, job_type, campaign(call, campaign_id)).id))
