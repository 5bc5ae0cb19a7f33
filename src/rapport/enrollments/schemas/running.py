"""How a campaign runs, as it crosses the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields

from rapport.enrollments.schemas.coming import ComingOut
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Shown,
    id_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
)
from rapport.rules.statuses import CampaignState


class UsedOut(Shown):
    """How much of a limit is used."""

    used = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    example: ClassVar = {"used": 12, "limit": 25}


class SenderUsageOut(Shown):
    """A sender's day."""

    account_id = shown_id()
    name = fields.String(required=True)
    status = fields.String(required=True)
    paused = fields.Boolean(required=True)
    cooling_until = shown_instant(allow_none=True)
    today = fields.Dict(keys=fields.String(), values=fields.Nested(UsedOut), required=True)
    invites_in_seven_days = fields.Nested(UsedOut, required=True)
    pending_invites = fields.Nested(UsedOut, required=True)
    example: ClassVar = {
        "account_id": EXAMPLE_ID,
        "name": "Mira Sender",
        "status": "ok",
        "paused": False,
        "cooling_until": None,
        "today": {"invites": UsedOut.example},
        "invites_in_seven_days": UsedOut.example,
        "pending_invites": UsedOut.example,
    }


class ProgressOut(Shown):
    """Where the leads of a campaign stand."""

    campaign_id = shown_id()
    name = fields.String(required=True)
    state = word_field(CampaignState, required=True)
    leads = fields.Integer(required=True)
    by_status = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    example: ClassVar = {
        "campaign_id": EXAMPLE_ID,
        "name": "Heads of sales in Bavaria",
        "state": "active",
        "leads": 120,
        "by_status": {"pending_invite": 80, "invite_sent": 40},
    }


class SnapshotOut(Shown):
    """A campaign at a glance."""

    campaign_id = shown_id()
    state = fields.String(required=True)
    at = shown_instant()
    leads = fields.Integer(required=True)
    by_status = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    by_reason = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    senders = fields.List(fields.Nested(SenderUsageOut), required=True)
    example: ClassVar = {
        "campaign_id": EXAMPLE_ID,
        "state": "active",
        "at": EXAMPLE_INSTANT,
        "leads": 120,
        "by_status": {"pending_invite": 80, "invite_sent": 40},
        "by_reason": {"daily_limit": 80, "waiting_for_condition": 40},
        "senders": [SenderUsageOut.example],
    }


class InTheWayOut(Shown):
    """A reason, and how many leads it holds."""

    reason = fields.String(required=True)
    leads = fields.Integer(required=True)
    example: ClassVar = {"reason": "daily_limit", "leads": 80}


class AutomationOut(Shown):
    """Whether a campaign runs by itself."""

    campaign_id = shown_id()
    state = fields.String(required=True)
    at = shown_instant()
    runs = fields.Boolean(required=True)
    is_open = fields.Boolean(required=True)
    opens_at = shown_instant(allow_none=True)
    closes_at = shown_instant(allow_none=True)
    next_send = fields.Nested(ComingOut, required=True, allow_none=True)
    senders_ready = fields.Integer(required=True)
    senders = fields.Integer(required=True)
    in_the_way = fields.List(fields.Nested(InTheWayOut), required=True)
    example: ClassVar = {
        "campaign_id": EXAMPLE_ID,
        "state": "active",
        "at": EXAMPLE_INSTANT,
        "runs": True,
        "is_open": True,
        "opens_at": None,
        "closes_at": EXAMPLE_INSTANT,
        "next_send": ComingOut.example,
        "senders_ready": 2,
        "senders": 2,
        "in_the_way": [InTheWayOut.example],
    }


class ByNameQuery(Body):
    """A campaign by its client and name."""

    client_id = id_field(required=True)
    name = text_field(120, required=True)
