"""Reports as they cross the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from rapport.analytics.schemas.shown import ExternalSumsOut
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Shown,
    Whole,
    email_field,
    id_field,
    shown_id,
    shown_instant,
    word_field,
)
from rapport.outbox.queries import TRACED
from rapport.outbox.words import DeliveryStatus, MailTopic, StopReason
from rapport.reports.words import ReportKind, ReportStatus

_MOST_EMAILS = validate.Length(max=20)
_WEEK = "2026-W10"
_DAY = "2026-03-02"
_STATES = [*(each.value for each in DeliveryStatus), *(name.removesuffix("_at") for name in TRACED)]


def _part(name: str, example: dict[str, Any], **members: fields.Field[Any]) -> type[Schema]:
    made = Shown.from_dict(members, name=name)
    made.example = example  # type: ignore[attr-defined]
    return made


def _number() -> fields.Field[Any]:
    return fields.Integer(required=True)


def _rate() -> fields.Field[Any]:
    return fields.Float(required=True, allow_none=True)


def _words(*, none: bool = False) -> fields.Field[Any]:
    return fields.String(required=True, allow_none=none)


def _list(of: type[Schema], *, none: bool = False) -> fields.Field[Any]:
    return fields.List(fields.Nested(of), required=True, allow_none=none)


_FIGURE = {"figure": "replied", "value": 12, "before": 9, "change": 3}
_RATE = {"rate": "reply", "value": 0.15, "before": 0.11}
_DAY_SHOWN = {"day": _DAY, "sent": 25, "replies": 3}
_CAMPAIGN = {
    "campaign": "Heads of sales in Bavaria",
    "contacted": 80,
    "accepted": 31,
    "replied": 12,
    "interested": 4,
    "reply_rate": 0.15,
}
_WORD = {
    "lead_id": EXAMPLE_ID,
    "who": "Ada Lovelace",
    "company": "Engines Ltd",
    "campaign": "Heads of sales in Bavaria",
    "outcome": "interested",
    "temperature": "hot",
    "at": EXAMPLE_INSTANT,
    "text": "Could you send me two times for a call?",
}
_COMING = {"campaign": "Heads of sales in Bavaria", "leads": 120, "sends": {"invite": 60, "message": 22}}
_FigureOut = _part(
    "ReportFigure", _FIGURE, figure=_words(), **{name: _number() for name in ("value", "before", "change")}
)
_RateOut = _part("ReportRate", _RATE, rate=_words(), value=_rate(), before=_rate())
_DayOut = _part("ReportDay", _DAY_SHOWN, day=fields.Date(required=True), sent=_number(), replies=_number())
_CampaignOut = _part(
    "ReportCampaign",
    _CAMPAIGN,
    campaign=_words(),
    **{name: _number() for name in ("contacted", "accepted", "replied", "interested")},
    reply_rate=_rate(),
)
_WordOut = _part(
    "ReportReply",
    _WORD,
    lead_id=shown_id(allow_none=True),
    who=_words(),
    **{name: _words(none=True) for name in ("company", "campaign", "outcome", "temperature")},
    at=shown_instant(),
    text=_words(),
)
_ComingOut = _part(
    "ReportComing",
    _COMING,
    campaign=_words(),
    leads=_number(),
    sends=fields.Dict(required=True, metadata={"description": "How many of each kind."}),
)
_FACTS = {
    "client": "Acme GmbH",
    "timezone": "Europe/Berlin",
    "week": _WEEK,
    "from": "2026-02-23",
    "to": "2026-03-01",
    "figures": [_FIGURE],
    "rates": [_RATE],
    "days": [_DAY_SHOWN],
    "best": _CAMPAIGN,
    "campaigns": [_CAMPAIGN],
    "campaigns_left_out": 0,
    "replies": [_WORD],
    "external": ExternalSumsOut.example,  # type: ignore[attr-defined]
    "coming": [_COMING],
}
ReportFactsOut = _part(
    "ReportFacts",
    _FACTS,
    client=_words(),
    timezone=_words(),
    week=_words(),
    **{name: fields.Date(required=True) for name in ("from", "to")},
    figures=_list(_FigureOut),
    rates=_list(_RateOut),
    days=_list(_DayOut),
    best=fields.Nested(_CampaignOut, required=True, allow_none=True),
    campaigns=_list(_CampaignOut),
    campaigns_left_out=_number(),
    replies=_list(_WordOut),
    external=fields.Nested(ExternalSumsOut, required=True),
    coming=_list(_ComingOut, none=True),
)


class ReportOut(Shown):
    """A report that was made, or was due and not sent."""

    id = shown_id()
    client_id = shown_id()
    kind = word_field(ReportKind, required=True)
    week = fields.String(required=True, metadata={"description": "The ISO week in which it was due, or was sent."})
    first_on = fields.Date(required=True, metadata={"description": "The first day that it tells of."})
    last_on = fields.Date(required=True)
    status = word_field(ReportStatus, required=True)
    reason = fields.String(required=True, allow_none=True, metadata={"description": "Why it was not sent."})
    due_at = shown_instant(allow_none=True)
    made_at = shown_instant()
    made_by = shown_id(allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "kind": "weekly",
        "week": _WEEK,
        "first_on": "2026-02-23",
        "last_on": "2026-03-01",
        "status": "sent",
        "reason": None,
        "due_at": "2026-03-02T07:00:00Z",
        "made_at": "2026-03-02T07:00:04Z",
        "made_by": None,
    }


class ReportMailOut(Shown):
    """One of its mails: the delivery that carries it, and what the provider tells of it."""

    id = shown_id()
    recipient = fields.String(required=True)
    status = word_field(DeliveryStatus, required=True)
    reason = fields.String(required=True, allow_none=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(_STATES),
        metadata={"description": "The furthest that is known of it."},
    )
    settled_at = shown_instant(allow_none=True)
    delivered_at = shown_instant(allow_none=True)
    opened_at = shown_instant(allow_none=True)
    clicked_at = shown_instant(allow_none=True)
    bounced_at = shown_instant(allow_none=True)
    complained_at = shown_instant(allow_none=True)
    suppressed_at = shown_instant(allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "recipient": "boss@acme.example",
        "status": "delivered",
        "reason": None,
        "state": "opened",
        "settled_at": EXAMPLE_INSTANT,
        **dict.fromkeys(TRACED),
        "delivered_at": EXAMPLE_INSTANT,
        "opened_at": EXAMPLE_INSTANT,
    }


class ReportDetailOut(ReportOut):
    """A report with what it says and its mails."""

    facts = fields.Nested(ReportFactsOut, required=True, allow_none=True)
    mails = fields.List(fields.Nested(ReportMailOut), required=True)
    example: ClassVar = {**ReportOut.example, "facts": _FACTS, "mails": [ReportMailOut.example]}


class ReportQuery(Body):
    """Whose report."""

    client_id = id_field(required=True)


class ReportPreviewOut(Shown):
    """A report in every form."""

    subject = fields.String(required=True)
    html = fields.String(required=True)
    text = fields.String(required=True)
    report = fields.Nested(ReportFactsOut, required=True)
    example: ClassVar = {
        "subject": "Acme GmbH: your week 23 February to 1 March 2026",
        "html": "<!doctype html>...",
        "text": "Acme GmbH: your week...",
        "report": _FACTS,
    }


class ReportSendIn(Body):
    """Whose report is sent, and to whom where it is not to go to all that the client names."""

    client_id = id_field(required=True)
    emails = fields.List(email_field(), load_default=None, allow_none=True, validate=validate.Length(1, 20))
    example: ClassVar = {"client_id": EXAMPLE_ID, "emails": ["me@agency.example"]}


class StoppedAddressOut(Shown):
    """One of the client's addresses that gets none, and why."""

    email = fields.String(required=True)
    reason = word_field(StopReason, required=True)
    example: ClassVar = {"email": "boss@acme.example", "reason": "opted_out"}


class ReportSettingsOut(Shown):
    """Everything that decides whether, when and to whom a client's reports go."""

    client_id = shown_id()
    timezone = fields.String(required=True, metadata={"description": "Weekday and hour are by this clock."})
    enabled = fields.Boolean(required=True)
    emails = fields.List(fields.String(), required=True)
    weekday = fields.Integer(required=True, metadata={"description": "1 is Monday."})
    hour = fields.Integer(required=True)
    feature_on = fields.Boolean(
        required=True, metadata={"description": "The feature reports, as it is for the client."}
    )
    mail_set_up = fields.Boolean(required=True)
    reachable = fields.Boolean(
        required=True, metadata={"description": "Whether PUBLIC_URL is set: without it nobody could opt out."}
    )
    stopped = fields.List(fields.Nested(StoppedAddressOut), required=True)
    next_at = shown_instant(allow_none=True)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "timezone": "Europe/Berlin",
        "enabled": True,
        "emails": ["boss@acme.example"],
        "weekday": 1,
        "hour": 8,
        "feature_on": True,
        "mail_set_up": True,
        "reachable": True,
        "stopped": [StoppedAddressOut.example],
        "next_at": "2026-03-09T07:00:00Z",
    }


class ReportSettingsIn(Body):
    """What changes of a client's report settings."""

    client_id = id_field(required=True)
    enabled = Flag()
    emails = fields.List(email_field(), validate=_MOST_EMAILS)
    weekday = Whole(validate=validate.Range(1, 7), metadata={"description": "1 is Monday."})
    hour = Whole(validate=validate.Range(0, 23), metadata={"description": "Local hour."})
    example: ClassVar = {"client_id": EXAMPLE_ID, "weekday": 5, "hour": 16}


class MailStopOut(Shown):
    """An address that gets no more mail, of all kinds or of one."""

    id = shown_id()
    client_id = shown_id()
    email = fields.String(required=True)
    topic = word_field(MailTopic, required=True)
    reason = word_field(StopReason, required=True)
    created_at = shown_instant()
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "email": "boss@acme.example",
        "topic": "reports",
        "reason": "opted_out",
        "created_at": EXAMPLE_INSTANT,
    }
