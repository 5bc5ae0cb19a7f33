"""Figures as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, fields, validate

from rapport.analytics.metrics import OF_CAMPAIGN, OF_CLIENT, OF_SENDER, OF_STEP, STAGES
from rapport.kernel.schema import EXAMPLE_ID, EXAMPLE_INSTANT, Shown, shown_id, shown_instant
from rapport.rules.figures import Metric
from rapport.rules.statistics import Verdict
from rapport.rules.windows import WEEKDAYS

_DAY = "2026-03-02"


def _named(name: str, /, **shown: Any) -> type[Schema]:
    """A schema of fields, with an example made of theirs."""
    made = Shown.from_dict({key: field for key, (field, _) in shown.items()}, name=name)
    made.example = {key: example for key, (_, example) in shown.items()}  # type: ignore[attr-defined]
    return made


def _count(example: int = 4) -> tuple[Any, Any]:
    return fields.Integer(required=True), example


def _number(example: float | None = 0.1) -> tuple[Any, Any]:
    return fields.Float(required=True, allow_none=True), example


def _text(example: str | None, **more: Any) -> tuple[Any, Any]:
    return fields.String(required=True, **more), example


def _word(words: Sequence[str], **more: Any) -> tuple[Any, Any]:
    return fields.String(required=True, validate=validate.OneOf(words), **more), words[0]


def _an_id(**more: Any) -> tuple[Any, Any]:
    return shown_id(**more), EXAMPLE_ID


def _at(**more: Any) -> tuple[Any, Any]:
    return shown_instant(**more), EXAMPLE_INSTANT


def _on(**more: Any) -> tuple[Any, Any]:
    return fields.Date(required=True, **more), _DAY


def _in(schema: type[Schema]) -> tuple[Any, Any]:
    return fields.Nested(schema, required=True), schema.example  # type: ignore[attr-defined]


def _list(schema: type[Schema]) -> tuple[Any, Any]:
    return fields.List(fields.Nested(schema), required=True), [schema.example]  # type: ignore[attr-defined]


def _figures(metrics: Sequence[Metric]) -> dict[str, Any]:
    return {metric.value: _count() for metric in metrics}


_RATE = {"hits": _count(30), "of": _count(200), "rate": _number(0.15), "low": _number(0.1071), "high": _number(0.206)}
ShareOut = _named("Share", **_RATE)
_RATES = {name: _in(ShareOut) for name in ("acceptance", "reply", "interest")}
RatesOut = _named("Rates", **_RATES)
_SUMS = {"meetings_held": 3.0, "deals": 1.0, "spend": 800.0, "revenue": 2400.0, "roi": 2.0}
ExternalSumsOut = _named("ExternalSums", **{name: _number(example) for name, example in _SUMS.items()})
_ABOUT = {
    "client_id": _an_id(),
    "campaign_id": _an_id(allow_none=True),
    "name": _text("Heads of sales in Bavaria"),
    "timezone": _text("Europe/Berlin"),
}
_LIMITS = {"from": _on(allow_none=True), "to": _on(allow_none=True)}
_CLOCK = _word(("local", "utc"))


def _summary(name: str, metrics: Sequence[Metric]) -> type[Schema]:
    numbers = _named(f"{name}Figures", **_figures(metrics))
    shown = {"last_activity_at": _at(allow_none=True), "totals": _in(numbers), "last_7_days": _in(numbers)}
    return _named(f"{name}Summary", **_ABOUT, **shown, rates=_in(RatesOut), external=_in(ExternalSumsOut))


def _series(name: str, metrics: Sequence[Metric]) -> type[Schema]:
    day = _named(f"{name}Day", day=_on(), **_figures(metrics))
    return _named(f"{name}Timeseries", **_ABOUT, clock=_CLOCK, **{"from": _on(), "to": _on()}, days=_list(day))


CampaignSummaryOut, ClientSummaryOut = _summary("Campaign", OF_CAMPAIGN), _summary("Client", OF_CLIENT)
CampaignSeriesOut, ClientSeriesOut = _series("Campaign", OF_CAMPAIGN), _series("Client", OF_CLIENT)

_StageOut = _named(
    "Stage",
    stage=_word([stage.value for stage in STAGES]),
    people=_count(),
    of_first=_number(),
    of_previous=_number(),
)
FunnelOut = _named("Funnel", **_ABOUT, **_LIMITS, contacted=_count(), stages=_list(_StageOut))

_TrendOut = _named(
    "Trend",
    days=_count(14),
    last=_in(ShareOut),
    before=_in(ShareOut),
    change=_number(),
    low=_number(),
    high=_number(),
    verdict=_word(("up", "down", "no_clear_change", "not_enough_data")),
)
_ReplyDayOut = _named("ReplyDay", day=_on(), contacted=_count(), replied=_count(), replies=_count(), week=_in(ShareOut))
RepliesOut = _named(
    "Replies",
    **_ABOUT,
    clock=_CLOCK,
    **{"from": _on(), "to": _on()},
    replies=_count(),
    reply=_in(ShareOut),
    trend=_in(_TrendOut),
    days=_list(_ReplyDayOut),
)

_BucketOut = _named(
    "ReplyTimes",
    above_hours=_count(0),
    up_to_hours=(fields.Integer(required=True, allow_none=True), 1),
    replied=_count(),
    share=_number(),
)
TimeToReplyOut = _named(
    "TimeToReply",
    **_ABOUT,
    **_LIMITS,
    replied=_count(),
    median_hours=_number(5.5),
    p90_hours=_number(40.25),
    buckets=_list(_BucketOut),
)

_OF_STEP = {**_figures(OF_STEP), "acceptance": _in(ShareOut), "reply": _in(ShareOut)}
_StepOut = _named("StepFigures", step=_text("hello"), kind=_text("message", allow_none=True), **_OF_STEP)
StepsOut = _named("StepsCompared", **_ABOUT, **_LIMITS, steps=_list(_StepOut))
_VariantOut = _named("VariantFigures", step=_text("hello"), variant=_text("a"), **_OF_STEP)
VariantsOut = _named("VariantsCompared", **_ABOUT, **_LIMITS, variants=_list(_VariantOut))
_VerdictOut = _named(
    "VariantVerdict",
    step=_text("hello"),
    by=_word((Metric.ACCEPTED.value, Metric.REPLIED.value)),
    first=_text("a"),
    second=_text("b"),
    of_first=_in(ShareOut),
    of_second=_in(ShareOut),
    difference=_number(0.08),
    low=_number(0.0185),
    high=_number(0.1426),
    verdict=_word([verdict.value for verdict in Verdict]),
    sentence=_text("a is better than b."),
)
VerdictsOut = _named("Verdicts", **_ABOUT, **_LIMITS, verdicts=_list(_VerdictOut))

_SenderOut = _named(
    "AccountFigures",
    account_id=_an_id(),
    account=_text("Mira Sender", allow_none=True),
    **_figures(OF_SENDER),
    **_RATES,
)
AccountsOut = _named("AccountsCompared", **_ABOUT, **_LIMITS, accounts=_list(_SenderOut))
_CampaignOut = _named(
    "CampaignCompared",
    campaign=_text("Heads of sales in Bavaria"),
    id=_an_id(),
    state=_text("active"),
    started_at=_at(allow_none=True),
    last_activity_at=_at(allow_none=True),
    **_figures(OF_CAMPAIGN),
    **_RATES,
    external=_in(ExternalSumsOut),
)
CampaignsOut = _named("CampaignsCompared", **_ABOUT, **_LIMITS, campaigns=_list(_CampaignOut))
_ClientOut = _named(
    "ClientCompared",
    client_id=_an_id(),
    client=_text("Acme"),
    last_activity_at=_at(allow_none=True),
    **_figures(OF_CLIENT),
    **_RATES,
)
ClientsOut = _named("ClientsCompared", **_LIMITS, clients=_list(_ClientOut))

_UsedOut = _named("LimitUse", used=_count(12), limit=_count(25), share=_number(0.48))
_UseOut = _named(
    "AccountUse",
    account_id=_an_id(),
    account=_text("Mira Sender"),
    status=_text("ok"),
    paused=(fields.Boolean(required=True), False),
    day=_on(),
    **{name: _in(_UsedOut) for name in ("invites", "messages", "invites_in_seven_days", "pending_invites")},
    next_slot_at=_at(allow_none=True),
)
UseOut = _named("LimitsUse", **_ABOUT, at=_at(), accounts=_list(_UseOut))

_HourOut = _named(
    "HourOfWeek",
    weekday=_word(WEEKDAYS),
    hour=(fields.Integer(required=True), 9),
    sent=_count(),
    replies=_count(),
    reply=_in(ShareOut),
)
_BestOut = _named(
    "BestHour",
    weekday=_word(WEEKDAYS, allow_none=True),
    hour=(fields.Integer(required=True, allow_none=True), 9),
)
BestHoursOut = _named("BestHours", **_ABOUT, best=_in(_BestOut), hours=_list(_HourOut))

_EndsOut = _named("ForecastEnd", **{name: _at(allow_none=True) for name in ("low", "middle", "high")})
_ExpectedOut = _named("Expected", so_far=_count(9), low=_number(35.0), middle=_number(46.0), high=_number(58.0))
_OwnRateOut = _named("OwnRate", rate=_number(0.24), after_hours=_number(30.5))
ForecastOut = _named(
    "Forecast",
    **_ABOUT,
    at=_at(),
    leads_on_their_way=_count(120),
    runs=_count(100),
    interval=_number(0.8),
    ends_at=_in(_EndsOut),
    accepted=_in(_ExpectedOut),
    replied=_in(_ExpectedOut),
    acceptance=_in(_OwnRateOut),
    reply=_in(_OwnRateOut),
)

_LastHourOut = _named("LastHour", **{name: _count() for name in ("sent", "refused", "accepted", "replies", "received")})
_InFlightOut = _named("InFlight", **{name: _count(1) for name in ("claimed", "calling", "uncertain")})
_LagOut = _named("FiguresLag", events=_count(0), seconds=_count(0))
LiveOut = _named(
    "LiveFigures", **_ABOUT, at=_at(), last_hour=_in(_LastHourOut), in_flight=_in(_InFlightOut), lag=_in(_LagOut)
)

_ThreadsOut = _named("InboxThreads", **{name: _count() for name in ("open", "unread", "waiting")})
InboxFiguresOut = _named(
    "InboxFigures",
    **_ABOUT,
    **{"from": _on(), "to": _on()},
    conversations=_in(_ThreadsOut),
    oldest_unread_at=_at(allow_none=True),
    oldest_unread_minutes=(fields.Integer(required=True, allow_none=True), 42),
    **{name: _count() for name in ("waits", "answered", "warned", "breached")},
    median_minutes=_number(12.0),
    p90_minutes=_number(55.0),
    in_time=_in(ShareOut),
)

_RecentOut = _named(
    "RecentConversation",
    id=_an_id(),
    client_id=_an_id(),
    lead_id=_an_id(allow_none=True),
    lead=_text("Ada Lovelace", allow_none=True),
    campaign_id=_an_id(allow_none=True),
    campaign=_text("Heads of sales in Bavaria", allow_none=True),
    account_id=_an_id(allow_none=True),
    account=_text("Mira Sender", allow_none=True),
    status=_text("open"),
    temperature=_text("warm", allow_none=True),
    outcome=_text("interested", allow_none=True),
    unread_count=_count(1),
    last_message_at=_at(allow_none=True),
)
_AllFiguresOut = _named("AllFigures", **_figures(OF_CLIENT))
_OnChannelOut = _named(
    "AnsweredOnChannel",
    channel=_text("linkedin"),
    is_counted=(fields.Boolean(required=True), True),
    why=_text(None, allow_none=True),
    conversations=_count(),
    answered=_count(3),
)
_AnsweredOut = _named("Answered", share=_in(ShareOut), channels=_list(_OnChannelOut))
DashboardOut = _named(
    "Dashboard",
    client_id=_an_id(allow_none=True),
    at=_at(),
    last_7_days=_in(_AllFiguresOut),
    rates=_in(RatesOut),
    conversations=_in(_ThreadsOut),
    answered=_in(_AnsweredOut),
    recent=_list(_RecentOut),
)
_AllDayOut = _named("AllDay", day=_on(), **_figures(OF_CLIENT))
DashboardSeriesOut = _named(
    "DashboardTimeseries", client_id=_an_id(allow_none=True), **{"from": _on(), "to": _on()}, days=_list(_AllDayOut)
)
RecentsOut = _named("RecentConversations", items=_list(_RecentOut))
MetricsSnapshotOut = _named(
    "MetricsSnapshot",
    client_id=_an_id(),
    at=_at(),
    leads_total=_count(1200),
    conversations_open=_count(),
    webhook_success_rate_24h=_number(0.998),
    enrichments_stale_count=_count(0),
    campaign_performance=_list(_CampaignOut),
)
_ToldOut = _named("ExternalValue", day=_on(), metric=_text("external.revenue"), value=_number(2400.0))
ExternalOut = _named(
    "ExternalFigures", **_ABOUT, **{"from": _on(), "to": _on()}, totals=_in(ExternalSumsOut), values=_list(_ToldOut)
)
ToldOut = _named("ExternalTold", written=_count(2), unchanged=_count(1))
