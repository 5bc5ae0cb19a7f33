"""Notices as they cross the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields, validate

from rapport.conversations.words import Temperature
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Pattern,
    Shown,
    Whole,
    email_field,
    id_field,
    shown_id,
    shown_instant,
    text_field,
)
from rapport.notices.words import CHANNELS
from rapport.outbox.schemas import event_types_field

_TIME = Pattern(r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
_TEMPERATURES = validate.OneOf([each.value for each in Temperature])
_ON = validate.OneOf(CHANNELS)
_BATCH = validate.Range(0, 86_400)
_HOURLY = validate.Range(1, 1000)
_EMAILS = validate.Length(max=20)
_URGENT = ["sla.breach"]


class NoticeRuleOut(Shown):
    """Which events go to whom, and how often."""

    id = shown_id()
    client_id = shown_id()
    name = fields.String(required=True)
    enabled = fields.Boolean(required=True)
    event_types = fields.List(fields.String(), required=True)
    min_temperature = fields.String(required=True, validate=_TEMPERATURES)
    channel = fields.String(required=True, validate=_ON)
    connection_id = shown_id(allow_none=True)
    emails = fields.List(fields.String(), required=True)
    quiet_from = fields.String(required=True, allow_none=True)
    quiet_to = fields.String(required=True, allow_none=True)
    urgent_types = fields.List(fields.String(), required=True)
    batch_s = fields.Integer(required=True)
    max_per_hour = fields.Integer(required=True)
    created_at = shown_instant()
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "name": "Replies to the sales desk",
        "enabled": True,
        "event_types": ["reply.received"],
        "min_temperature": "cold",
        "channel": "email",
        "connection_id": None,
        "emails": ["sales@acme.example"],
        "quiet_from": "20:00",
        "quiet_to": "07:30",
        "urgent_types": _URGENT,
        "batch_s": 300,
        "max_per_hour": 20,
        "created_at": EXAMPLE_INSTANT,
        "version": 1,
    }


def _types(**more: Any) -> fields.Field[Any]:
    return event_types_field(metadata={"description": "Types of events, or `reply.*` for all of a kind."}, **more)


class NoticeRuleIn(Body):
    """A new rule."""

    client_id = id_field(required=True)
    name = text_field(120, required=True)
    enabled = Flag(load_default=True)
    event_types = fields.List(
        fields.String(validate=[validate.Length(1, 80), Pattern(r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?$")]),
        required=True,
        validate=validate.Length(1, 50),
    )
    min_temperature = fields.String(load_default=Temperature.COLD.value, validate=_TEMPERATURES)
    channel = fields.String(required=True, validate=_ON)
    connection_id = id_field(load_default=None, allow_none=True)
    emails = fields.List(email_field(), load_default=list, validate=_EMAILS)
    quiet_from = fields.String(load_default=None, validate=_TIME, allow_none=True)
    quiet_to = fields.String(load_default=None, validate=_TIME, allow_none=True)
    urgent_types = _types(load_default=lambda: list(_URGENT))
    batch_s = Whole(load_default=300, validate=_BATCH)
    max_per_hour = Whole(load_default=20, validate=_HOURLY)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "name": "Replies to the sales desk",
        "event_types": ["reply.received"],
        "channel": "email",
        "emails": ["sales@acme.example"],
        "quiet_from": "20:00",
        "quiet_to": "07:30",
    }


class NoticeRuleChange(Body):
    """What changes of a rule."""

    name = text_field(120)
    enabled = Flag()
    event_types = _types()
    min_temperature = fields.String(validate=_TEMPERATURES)
    connection_id = id_field(allow_none=True)
    emails = fields.List(email_field(), validate=_EMAILS)
    quiet_from = fields.String(validate=_TIME, allow_none=True)
    quiet_to = fields.String(validate=_TIME, allow_none=True)
    urgent_types = _types()
    batch_s = Whole(validate=_BATCH)
    max_per_hour = Whole(validate=_HOURLY)
    example: ClassVar = {"enabled": False}


class NoticeSettingsQuery(Body):
    """Whose settings."""

    client_id = id_field(required=True)


class NoticeSettingsOut(Shown):
    """Everything that decides whether a client is told."""

    client_id = shown_id()
    timezone = fields.String(required=True, metadata={"description": "Quiet hours are by this clock."})
    enabled = fields.Boolean(required=True, metadata={"description": "The feature notices, as it is for the client."})
    mail_set_up = fields.Boolean(required=True)
    preferences = fields.Dict(required=True, metadata={"description": "Changed with the client itself."})
    rules = fields.List(fields.Nested(NoticeRuleOut), required=True)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "timezone": "Europe/Berlin",
        "enabled": True,
        "mail_set_up": True,
        "preferences": {"emails": ["sales@acme.example"], "reply_notices": True},
        "rules": [NoticeRuleOut.example],
    }


class NoticePreviewIn(Body):
    """Of what to see a notice: an event that was, or so many made-up replies."""

    client_id = id_field(required=True)
    event_id = id_field(load_default=None, allow_none=True)
    count = Whole(load_default=1, validate=validate.Range(1, 50))
    example: ClassVar = {"client_id": EXAMPLE_ID, "count": 3}


class NoticePreviewOut(Shown):
    """A notice in every form."""

    subject = fields.String(required=True)
    html = fields.String(required=True)
    text = fields.String(required=True)
    slack = fields.Dict(required=True)
    telegram = fields.Dict(required=True)
    example: ClassVar = {
        "subject": "Ada Lovelace replied",
        "html": "<!doctype html>...",
        "text": "Ada Lovelace replied...",
        "slack": {"text": "Ada Lovelace replied"},
        "telegram": {"text": "Ada Lovelace replied"},
    }


class NoticeTestIn(Body):
    """To whom a made-up notice goes: whom a rule names, or the client's preferences."""

    client_id = id_field(required=True)
    rule_id = id_field(load_default=None, allow_none=True)
    example: ClassVar = {"client_id": EXAMPLE_ID, "rule_id": None}


class NoticeTestOut(Shown):
    """The deliveries that were written."""

    delivery_ids = fields.List(fields.String(), required=True)
    example: ClassVar = {"delivery_ids": [EXAMPLE_ID]}
