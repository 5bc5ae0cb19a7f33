"""Senders as they cross the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from rapport.accounts.models import AccountStatus
from rapport.accounts.schemas.connecting import UNIPILE
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Shown,
    Whole,
    id_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
    zone_field,
)
from rapport.kernel.week import Week, WeekChange
from rapport.rules.limits import LIMITS, defaults
from rapport.rules.windows import WEEKDAYS

Limits = Body.from_dict(
    {
        name: Whole(
            validate=validate.Range(0, bound.most),
            metadata={"description": f"Default {bound.default}."},
        )
        for name, bound in LIMITS.items()
    },
    name="AccountLimits",
)


class HoursIn(WeekChange):  # type: ignore[misc, valid-type]
    """When a sender works, by the wall clock of its time zone. A day that is not named has no working time."""

    example: ClassVar = {day: [{"opens": "09:00", "closes": "17:00"}] for day in WEEKDAYS[:5]}

    @validates_schema
    def _works(self, data: dict[str, Any], **_: Any) -> None:
        if not any(data.values()):
            raise ValidationError("A sender with hours of its own works on some day. Pause it, or give null.")


_MAILBOX = {"description": "Unipile's id of the mailbox from which the sender's emails leave; null: it sends none."}
_HOURS = {"description": "When it works; null to work whenever its campaigns do."}


class AccountIn(Body):
    """A new sender."""

    client_id = id_field(required=True)
    name = text_field(120, required=True)
    timezone = zone_field(required=True)
    unipile_account_id = fields.String(validate=UNIPILE, allow_none=True)
    mailbox_id = fields.String(validate=UNIPILE, allow_none=True, metadata=_MAILBOX)
    limits = fields.Nested(Limits)
    hours = fields.Nested(HoursIn, allow_none=True, metadata=_HOURS)
    warmup = Flag()
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "name": "Ada Lovelace",
        "timezone": "Europe/London",
        "unipile_account_id": "kYp3x9Qz",
        "mailbox_id": None,
        "limits": {"invites_per_day": 20},
        "hours": HoursIn.example,
        "warmup": True,
    }


class AccountChange(Body):
    """What changes of a sender."""

    name = text_field(120)
    timezone = zone_field()
    unipile_account_id = fields.String(validate=UNIPILE, allow_none=True)
    mailbox_id = fields.String(validate=UNIPILE, allow_none=True, metadata=_MAILBOX)
    limits = fields.Nested(Limits)
    hours = fields.Nested(HoursIn, allow_none=True, metadata=_HOURS)
    warmup = Flag()
    example: ClassVar = {"limits": {"invites_per_day": 15}}


class PauseIn(Body):
    """Why a sender is paused."""

    reason = text_field(300, required=True)
    example: ClassVar = {"reason": "On holiday until Monday."}


class AccountOut(Shown):
    """A LinkedIn account: a sender."""

    id = shown_id()
    client_id = shown_id()
    name = fields.String(required=True)
    unipile_account_id = fields.String(required=True, allow_none=True)
    mailbox_id = fields.String(required=True, allow_none=True, metadata=_MAILBOX)
    provider_id = fields.String(required=True, allow_none=True)
    public_identifier = fields.String(required=True, allow_none=True)
    status = word_field(AccountStatus, required=True)
    status_detail = fields.String(required=True, allow_none=True)
    status_at = shown_instant(allow_none=True)
    paused_at = shown_instant(allow_none=True)
    pause_reason = fields.String(required=True, allow_none=True)
    timezone = fields.String(required=True)
    limits = fields.Nested(Limits, required=True)
    hours = fields.Nested(Week, required=True, allow_none=True, metadata=_HOURS)
    warmup = fields.Boolean(required=True)
    warmup_started_on = fields.Date(required=True, allow_none=True)
    created_at = shown_instant()
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "name": "Ada Lovelace",
        "unipile_account_id": "kYp3x9Qz",
        "mailbox_id": None,
        "provider_id": "ACoAABx2",
        "public_identifier": "ada-lovelace",
        "status": "ok",
        "status_detail": None,
        "status_at": EXAMPLE_INSTANT,
        "paused_at": None,
        "pause_reason": None,
        "timezone": "Europe/London",
        "limits": defaults(),
        "hours": None,
        "warmup": True,
        "warmup_started_on": "2026-03-02",
        "created_at": EXAMPLE_INSTANT,
        "version": 1,
    }
