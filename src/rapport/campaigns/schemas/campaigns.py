"""Campaigns as they cross the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields, validate

from rapport.campaigns.models import Goal
from rapport.campaigns.schemas.schedules import ScheduleIn, ScheduleOut
from rapport.campaigns.schemas.sequences import accept_field, steps_field
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
)
from rapport.rules.statuses import CampaignState

_GOALS = validate.OneOf([goal.value for goal in Goal])
_TARGET = validate.Range(1, 1_000_000)
_MOST_SENDERS = validate.Length(max=100)


def _flag(about: str) -> fields.Field[Any]:
    return Flag(metadata={"description": about})


def _stops() -> fields.Field[Any]:
    return _flag("Whether a reply in another campaign of the client ends a lead's way here. Default true.")


def _shares() -> fields.Field[Any]:
    return _flag("Whether it may have leads that another active campaign has. Default false.")


class CampaignIn(Body):
    """A new draft."""

    client_id = id_field(required=True)
    name = text_field(120, required=True)
    goal = fields.String(validate=_GOALS)
    goal_target = Whole(allow_none=True, validate=_TARGET)
    stops_on_reply_elsewhere = _stops()
    shares_leads = _shares()
    schedule = fields.Nested(ScheduleIn)
    account_ids = fields.List(id_field(), validate=_MOST_SENDERS)
    steps = steps_field()
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "name": "Heads of sales in Bavaria",
        "goal": "replied",
        "goal_target": 50,
        "schedule": ScheduleIn.example,
        "account_ids": [EXAMPLE_ID],
    }


class CampaignChange(Body):
    """What changes of a campaign.

    `shares_leads` only in a draft; `schedule` and `stops_on_reply_elsewhere` until it is completed; name and goal until
    it is archived.
    """

    name = text_field(120)
    goal = fields.String(validate=_GOALS)
    goal_target = Whole(allow_none=True, validate=_TARGET)
    stops_on_reply_elsewhere = _stops()
    shares_leads = _shares()
    schedule = fields.Nested(ScheduleIn)
    example: ClassVar = {"schedule": {"week": {"friday": []}}}


class DuplicateIn(Body):
    """The copy's name."""

    name = text_field(120, metadata={"description": "The original's with (copy), if absent."})
    example: ClassVar = {"name": "Heads of sales in Hesse"}


class StartIn(Body):
    """What is accepted."""

    accept = accept_field()
    example: ClassVar = {"accept": ["variable_missing"]}


class ReasonIn(Body):
    """Why."""

    reason = text_field(300, required=True)
    example: ClassVar = {"reason": "The offer has changed."}


class CampaignOut(Shown):
    """A sequence, a set of senders, a schedule and a goal."""

    id = shown_id()
    client_id = shown_id()
    name = fields.String(required=True)
    state = word_field(CampaignState, required=True)
    schedule = fields.Nested(ScheduleOut, required=True)
    account_ids = fields.List(fields.String(metadata={"format": "uuid"}), required=True)
    goal = fields.String(required=True, validate=_GOALS)
    goal_target = fields.Integer(required=True, allow_none=True)
    stops_on_reply_elsewhere = fields.Boolean(required=True)
    shares_leads = fields.Boolean(required=True)
    created_by = shown_id(allow_none=True)
    created_at = shown_instant()
    started_at = shown_instant(allow_none=True)
    paused_at = shown_instant(allow_none=True)
    pause_reason = fields.String(required=True, allow_none=True)
    completed_at = shown_instant(allow_none=True)
    archived_at = shown_instant(allow_none=True)
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "name": "Heads of sales in Bavaria",
        "state": "draft",
        "schedule": ScheduleOut.example,
        "account_ids": [EXAMPLE_ID],
        "goal": "replied",
        "goal_target": 50,
        "stops_on_reply_elsewhere": True,
        "shares_leads": False,
        "created_by": EXAMPLE_ID,
        "created_at": EXAMPLE_INSTANT,
        "started_at": None,
        "paused_at": None,
        "pause_reason": None,
        "completed_at": None,
        "archived_at": None,
        "version": 1,
    }


class SendersIn(Body):
    """Who sends, and nobody else."""

    account_ids = fields.List(id_field(), required=True, validate=_MOST_SENDERS)
    example: ClassVar = {"account_ids": [EXAMPLE_ID]}


class SenderIn(Body):
    """One more sender."""

    account_id = id_field(required=True)
    example: ClassVar = {"account_id": EXAMPLE_ID}


class SenderOut(Shown):
    """An account that sends for a campaign, and how it is."""

    account_id = shown_id()
    name = fields.String(required=True)
    status = fields.String(required=True, metadata={"description": "As of the account; `ok` sends."})
    paused_at = shown_instant(allow_none=True)
    timezone = fields.String(required=True)
    added_at = shown_instant()


class SendersOut(Shown):
    """The senders of a campaign."""

    senders = fields.List(fields.Nested(SenderOut), required=True)
    example: ClassVar = {
        "senders": [
            {
                "account_id": EXAMPLE_ID,
                "name": "Ada Lovelace",
                "status": "ok",
                "paused_at": None,
                "timezone": "Europe/London",
                "added_at": EXAMPLE_INSTANT,
            }
        ]
    }
