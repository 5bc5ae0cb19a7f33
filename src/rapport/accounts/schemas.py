"""Accounts as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.accounts.models import AccountStatus
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Pattern,
    Shown,
    Whole,
    id_field,
    shown_id,
    shown_instant,
    text_field,
    zone_field,
)
from rapport.rules.limits import LIMITS, defaults

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

_UNIPILE = [validate.Length(1, 120), Pattern(r"^[A-Za-z0-9_-]+$")]


class AccountIn(Body):
    """A new sender."""

    client_id = id_field(required=True)
    name = text_field(120, required=True)
    timezone = zone_field(required=True)
    unipile_account_id = fields.String(validate=_UNIPILE, allow_none=True)
    limits = fields.Nested(Limits)
    warmup = Flag()
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "name": "Ada Lovelace",
        "timezone": "Europe/London",
        "unipile_account_id": "kYp3x9Qz",
        "limits": {"invites_per_day": 20},
        "warmup": True,
    }


class AccountChange(Body):
    """What changes of a sender."""

    name = text_field(120)
    timezone = zone_field()
    unipile_account_id = fields.String(validate=_UNIPILE, allow_none=True)
    limits = fields.Nested(Limits)
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
    provider_id = fields.String(required=True, allow_none=True)
    public_identifier = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf([status.value for status in AccountStatus]))
    status_detail = fields.String(required=True, allow_none=True)
    status_at = shown_instant(allow_none=True)
    paused_at = shown_instant(allow_none=True)
    pause_reason = fields.String(required=True, allow_none=True)
    timezone = fields.String(required=True)
    limits = fields.Nested(Limits, required=True)
    warmup = fields.Boolean(required=True)
    warmup_started_on = fields.Date(required=True, allow_none=True)
    created_at = shown_instant()
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "name": "Ada Lovelace",
        "unipile_account_id": "kYp3x9Qz",
        "provider_id": "ACoAABx2",
        "public_identifier": "ada-lovelace",
        "status": "ok",
        "status_detail": None,
        "status_at": EXAMPLE_INSTANT,
        "paused_at": None,
        "pause_reason": None,
        "timezone": "Europe/London",
        "limits": defaults(),
        "warmup": True,
        "warmup_started_on": "2026-03-02",
        "created_at": EXAMPLE_INSTANT,
        "version": 1,
    }


class HoldOut(Shown):
    """Whether nothing is sent for anybody, because our own key or address is wrong."""

    held = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    held_at = shown_instant(allow_none=True)
    example: ClassVar = {"held": True, "reason": "missing_credentials", "held_at": EXAMPLE_INSTANT}
