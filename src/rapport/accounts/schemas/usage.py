"""What senders did and may still do, as it crosses the API."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from rapport.accounts.models import AccountStatus
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Shown,
    Whole,
    shown_id,
    shown_instant,
    word_field,
)
from rapport.rules.limits import Budget


class LimitUsedOut(Shown):
    """How much of a limit is used."""

    used = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    remaining = fields.Integer(required=True)
    example: ClassVar = {"used": 7, "limit": 25, "remaining": 18}


class BudgetOut(LimitUsedOut):
    """A kind of action today: its limit as the warm-up allows it, and when one more may be done."""

    full_limit = fields.Integer(required=True, metadata={"description": "What the limit is without a warm-up."})
    free_at = shown_instant(allow_none=True)
    reason = fields.String(required=True, allow_none=True, metadata={"description": "What it waits for until then."})
    sentence = fields.String(required=True, allow_none=True)
    example: ClassVar = LimitUsedOut.example | {
        "full_limit": 25,
        "free_at": EXAMPLE_INSTANT,
        "reason": None,
        "sentence": None,
    }


TodayOut = Shown.from_dict(
    {budget.value: fields.Nested(BudgetOut, required=True) for budget in Budget}, name="AccountUsageToday"
)


class WarmupOut(Shown):
    """Where a warm-up stands."""

    started_on = fields.Date(required=True)
    day = fields.Integer(required=True)
    ends_on = fields.Date(required=True)
    example: ClassVar = {"started_on": "2026-03-02", "day": 1, "ends_on": "2026-03-22"}


class CooldownOut(Shown):
    """Until when the provider wants to hear nothing of a kind; `all` is every kind."""

    kind = fields.String(required=True, validate=validate.OneOf(["all", *(budget.value for budget in Budget)]))
    until = shown_instant()
    reason = fields.String(required=True)
    example: ClassVar = {"kind": "invites", "until": EXAMPLE_INSTANT, "reason": "the provider wants no more for now."}


class UsageOut(Shown):
    """What a LinkedIn account has used of its limits. What is on its way or uncertain counts."""

    account_id = shown_id()
    client_id = shown_id()
    name = fields.String(required=True)
    status = word_field(AccountStatus, required=True)
    paused = fields.Boolean(required=True)
    timezone = fields.String(required=True)
    day = fields.Date(required=True, metadata={"description": "The account's local day that `today` counts."})
    warmup = fields.Nested(WarmupOut, required=True, allow_none=True)
    today = fields.Nested(TodayOut, required=True)
    invites_in_seven_days = fields.Nested(LimitUsedOut, required=True)
    pending_invites = fields.Nested(LimitUsedOut, required=True)
    cooldowns = fields.List(fields.Nested(CooldownOut), required=True)
    next_slot_at = shown_instant(
        allow_none=True,
        metadata={"description": "When it may next do anything, its campaigns' windows and pacing aside."},
    )
    last_used_on = fields.Date(required=True, allow_none=True)
    example: ClassVar = {
        "account_id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "name": "Ada Lovelace",
        "status": "ok",
        "paused": False,
        "timezone": "Europe/London",
        "day": "2026-03-02",
        "warmup": WarmupOut.example,
        "today": {budget.value: BudgetOut.example for budget in Budget},
        "invites_in_seven_days": {"used": 40, "limit": 100, "remaining": 60},
        "pending_invites": {"used": 120, "limit": 400, "remaining": 280},
        "cooldowns": [CooldownOut.example],
        "next_slot_at": EXAMPLE_INSTANT,
        "last_used_on": "2026-03-02",
    }


_MOST_DAYS = 366

DaysQueryBase = Body.from_dict(
    {
        name: fields.Date(
            validate=validate.Range(date(2020, 1, 1), date(2099, 12, 31)),
            metadata={"description": f"The {place} local day."},
        )
        for name, place in (("from", "first"), ("to", "last"))
    },
    name="DaysQueryBase",
)


class DaysQuery(DaysQueryBase):  # type: ignore[misc, valid-type]
    """Which days."""

    @validates_schema
    def _in_order(self, data: dict[str, date], **_: Any) -> None:
        first, last = data.get("from"), data.get("to")
        if first is not None and last is None:
            raise ValidationError({"to": ["Give the last day with the first."]})
        if first is not None and last is not None and not 0 <= (last - first).days < _MOST_DAYS:
            raise ValidationError({"from": [f"Must lie before `to`, by at most {_MOST_DAYS} days."]})


DayOut = Shown.from_dict(
    {
        "day": fields.Date(required=True),
        **{budget.value: fields.Integer(required=True) for budget in Budget},
    },
    name="AccountUsageDay",
)


class DaysOut(Shown):
    """What a LinkedIn account used, day by day."""

    account_id = shown_id()
    days = fields.List(fields.Nested(DayOut), required=True)
    example: ClassVar = {
        "account_id": EXAMPLE_ID,
        "days": [{"day": "2026-03-02", **{budget.value: 0 for budget in Budget}}],
    }


class RebuildIn(Body):
    """How far back, and whether to correct."""

    dry_run = Flag(load_default=True, metadata={"description": "false sets the counts to what the log says."})
    days = Whole(load_default=9, validate=validate.Range(1, 400))
    example: ClassVar = {"dry_run": True, "days": 9}


class CountOut(Shown):
    """One counted action."""

    usage_id = shown_id()
    action_id = shown_id(allow_none=True)
    budget = word_field(Budget, required=True)
    on_day = fields.Date(required=True)
    at = shown_instant()
    example: ClassVar = {
        "usage_id": EXAMPLE_ID,
        "action_id": EXAMPLE_ID,
        "budget": "invites",
        "on_day": "2026-03-02",
        "at": EXAMPLE_INSTANT,
    }


class DifferenceOut(Shown):
    """A count of which the log and what is kept say different things."""

    what = fields.String(required=True, validate=validate.OneOf(["missing", "surplus", "changed"]))
    told = fields.Nested(CountOut, required=True, allow_none=True, metadata={"description": "What the log says."})
    kept = fields.Nested(CountOut, required=True, allow_none=True, metadata={"description": "What limits ask."})
    example: ClassVar = {"what": "missing", "told": CountOut.example, "kept": None}


class RebuildOut(Shown):
    """How the counts of an account differ from the event log."""

    account_id = shown_id()
    since = shown_instant()
    count = fields.Integer(required=True)
    differences = fields.List(
        fields.Nested(DifferenceOut), required=True, metadata={"description": "The first 200 of them."}
    )
    corrected = fields.Boolean(required=True)
    example: ClassVar = {
        "account_id": EXAMPLE_ID,
        "since": EXAMPLE_INSTANT,
        "count": 1,
        "differences": [DifferenceOut.example],
        "corrected": False,
    }
