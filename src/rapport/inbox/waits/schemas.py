"""Waits for an answer as they cross the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from rapport.conversations.words import Channel, ConversationStatus, Temperature
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Shown,
    Whole,
    id_field,
    shown_id,
    shown_instant,
    word_field,
)
from rapport.kernel.week import Week, WeekChange
from rapport.rules.waiting import DEFAULTS
from rapport.rules.windows import WEEKDAYS

_LONGEST = 60 * 60 * 24 * 30
_HOURS = {"description": "Business hours in the client's time zone; null counts the clock round."}


def _seconds(name: str) -> fields.Field[Any]:
    return Whole(
        load_default=int(DEFAULTS[name].total_seconds()),
        validate=validate.Range(60, _LONGEST),
        metadata={"description": "Seconds until an answer is due."},
    )


class BusinessHoursIn(WeekChange):  # type: ignore[misc, valid-type]
    """When the client works. A day that is not named has no hours."""

    example: ClassVar = {day: [{"opens": "09:00", "closes": "17:00"}] for day in WEEKDAYS[:5]}

    @validates_schema
    def _works(self, data: dict[str, Any], **_: Any) -> None:
        if not any(data.values()):
            raise ValidationError("A client with business hours works on some day. Give null to count the clock round.")


class WaitTermsIn(Body):
    """How long people may wait for an answer, by how warm they are."""

    client_id = id_field(required=True)
    hot_s = _seconds("hot")
    warm_s = _seconds("warm")
    cold_s = _seconds("cold")
    unscored_s = _seconds("unscored")
    hours = fields.Nested(BusinessHoursIn, load_default=None, allow_none=True, metadata=_HOURS)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "hot_s": 900,
        "warm_s": 3600,
        "cold_s": 86400,
        "unscored_s": 3600,
        "hours": BusinessHoursIn.example,
    }


class WaitTermsOut(Shown):
    """How long people may wait for an answer."""

    client_id = shown_id()
    hot_s = fields.Integer(required=True)
    warm_s = fields.Integer(required=True)
    cold_s = fields.Integer(required=True)
    unscored_s = fields.Integer(required=True)
    hours = fields.Nested(Week, required=True, allow_none=True, metadata=_HOURS)
    example: ClassVar = {**WaitTermsIn.example, "hours": None}


class WaitOut(Shown):
    """Somebody who waits for an answer, and until when one is due."""

    conversation_id = shown_id()
    client_id = shown_id()
    channel = word_field(Channel, required=True)
    status = word_field(ConversationStatus, required=True)
    lead_id = shown_id(allow_none=True)
    lead = fields.String(required=True, allow_none=True)
    account_id = shown_id(allow_none=True)
    assignee_id = shown_id(allow_none=True)
    assignee = fields.String(required=True, allow_none=True)
    temperature = word_field(Temperature, required=True, allow_none=True)
    unread_count = fields.Integer(required=True)
    since = shown_instant()
    target_s = fields.Integer(required=True)
    warn_at = shown_instant()
    due_at = shown_instant()
    warned_at = shown_instant(allow_none=True)
    breached_at = shown_instant(allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(["open", "near", "past"]))
    example: ClassVar = {
        "conversation_id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "channel": "linkedin",
        "status": "open",
        "lead_id": EXAMPLE_ID,
        "lead": "Ada Lovelace",
        "account_id": EXAMPLE_ID,
        "assignee_id": None,
        "assignee": None,
        "temperature": "hot",
        "unread_count": 1,
        "since": EXAMPLE_INSTANT,
        "target_s": 900,
        "warn_at": EXAMPLE_INSTANT,
        "due_at": EXAMPLE_INSTANT,
        "warned_at": EXAMPLE_INSTANT,
        "breached_at": None,
        "state": "near",
    }
