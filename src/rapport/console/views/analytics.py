"""Analytics: what was done and what came of it, of one campaign, of a client, or of clients side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import Response, request
from markupsafe import Markup

from rapport.analytics.api import campaigns as of_campaign
from rapport.analytics.api import clients as of_client
from rapport.campaigns.api.campaigns import list_campaigns
from rapport.console.visits import Pages, Visit
from rapport.http import formats
from rapport.http.declaration import DECLARED
from rapport.kernel.errors import FORECAST_TOO_LARGE, NOT_FOUND, RapportError
from rapport.rules.zones import local_day

pages = Pages("analytics")
View = Callable[..., Any]
_STYLE = re.compile("<style>.*?</style>", re.DOTALL)
_PERIODS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "A year"}
_USUAL = "30"
_CAMPAIGN: Mapping[str, tuple[str, View]] = {
    "funnel": ("How far people came", of_campaign.show_campaign_funnel),
    "timeseries": ("Day by day", of_campaign.show_campaign_timeseries),
    "verdicts": ("Which text is better", of_campaign.show_campaign_verdicts),
    "variants": ("Each text", of_campaign.show_campaign_variants),
    "steps": ("Step by step", of_campaign.show_campaign_steps),
    "best-hours": ("When what is sent is replied to", of_campaign.show_campaign_best_hours),
    "replies": ("The reply rate", of_campaign.show_campaign_replies),
    "time-to-reply": ("How long people take", of_campaign.show_campaign_time_to_reply),
    "accounts": ("Sender by sender", of_campaign.show_campaign_accounts),
    "forecast": ("When it will be done", of_campaign.show_campaign_forecast),
}
_CLIENT: Mapping[str, tuple[str, View]] = {
    "funnel": ("How far people came", of_client.show_client_funnel),
    "timeseries": ("Day by day", of_client.show_client_timeseries),
    "campaigns": ("Campaign beside campaign", of_client.compare_campaigns),
    "best-hours": ("When what is sent is replied to", of_client.show_client_best_hours),
    "replies": ("The reply rate", of_client.show_client_replies),
    "time-to-reply": ("How long people take", of_client.show_client_time_to_reply),
    "accounts": ("Sender by sender", of_client.show_client_accounts),
    "limits": ("Limits used", of_client.show_client_limits),
}
_CLIENTS: Mapping[str, tuple[str, View]] = {"clients": ("Client beside client", of_client.compare_clients)}
_FORMS = {"csv": formats.CSV, "xlsx": formats.XLSX, "svg": formats.SVG}
_PLACE = "/analytics/figures/<string:figure>"


@pages.get("/analytics")
def analytics(visit: Visit) -> Response:
    """The frame of the page; each figure comes by itself."""
    campaign_id = request.args.get("campaign", "")
    known = _of(visit)
    summary = None
    if campaign_id:
        summary = visit.ask.read(of_campaign.show_campaign_summary, campaign_id=campaign_id)
    elif visit.client is not None:
        summary = visit.ask.read(of_client.show_client_summary, client_id=visit.client["id"])
    some = visit.of_client(limit="100", sort="name", order="asc")
    return visit.show(
        "analytics/page.html",
        summary=summary,
        figures=[(name, title) for name, (title, _) in known.items()],
        campaigns=visit.ask.read(list_campaigns, some)["items"],
        campaign_id=campaign_id,
        periods=_PERIODS,
        days=_days(),
        asked={"campaign": campaign_id, "days": _days()},
    )


@pages.get(_PLACE)
def figure(visit: Visit, figure: str) -> Response:
    """One figure, drawn."""
    title, view = _one(visit, figure)
    try:
        answer = _answer(visit, view)
    except RapportError as refusal:
        if refusal.code is not FORECAST_TOO_LARGE:
            raise
        return visit.part("analytics/figure.html", name=figure, title=title, drawn=None, said=[refusal.message])
    drawn = Markup(_STYLE.sub("", DECLARED[view].picture(answer)))  # noqa: S704  # nosec B704 - drawn by us, all escaped
    said = [each["sentence"] for each in answer.get("verdicts", ())]
    asked = {"campaign": request.args.get("campaign", ""), "days": _days()}
    return visit.part("analytics/figure.html", name=figure, title=title, drawn=drawn, said=said, asked=asked)


@pages.get(f"{_PLACE}/<string:form>")
def export(visit: Visit, figure: str, form: str) -> Response:
    """One figure as a file."""
    _, view = _one(visit, figure)
    if form not in _FORMS:
        raise RapportError(NOT_FOUND)
    made = formats.made(_FORMS[form], DECLARED[view], _answer(visit, view), at=visit.service.clock.now())
    name = f"{figure}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made.body, headers=headers, content_type=made.content_type)


def _of(visit: Visit) -> Mapping[str, tuple[str, View]]:
    """The figures of what the address is about."""
    if request.args.get("campaign"):
        return _CAMPAIGN
    return _CLIENT if visit.client is not None else _CLIENTS


def _one(visit: Visit, figure: str) -> tuple[str, View]:
    found = _of(visit).get(figure)
    if found is None:
        raise RapportError(NOT_FOUND)
    return found


def _answer(visit: Visit, view: View) -> Any:
    """What the API answers, of the days of the address where days matter."""
    operation = DECLARED[view]
    query: dict[str, str] = {}
    if operation.query is not None and "from" in operation.query().fields:
        last = local_day(visit.service.clock.now(), visit.client["timezone"] if visit.client is not None else "UTC")
        query = {"from": (last - timedelta(days=int(_days()) - 1)).isoformat(), "to": last.isoformat()}
    if request.args.get("campaign"):
        return visit.ask.read(view, query, campaign_id=request.args["campaign"])
    if visit.client is not None:
        return visit.ask.read(view, query, client_id=visit.client["id"])
    return visit.ask.read(view, query)


def _days() -> str:
    return request.args["days"] if request.args.get("days") in _PERIODS else _USUAL
