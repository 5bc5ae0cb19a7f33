"""A campaign at a glance: where its leads stand, what its senders did today, what comes next, what is in the way."""

from __future__ import annotations

from typing import Any

from rapport.campaigns.facts import campaigns as campaign_facts
from rapport.enrollments import queries
from rapport.enrollments.enroll import senders_of
from rapport.enrollments.queue import queue
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.tx import Reading
from rapport.rules.allowances import allowance
from rapport.rules.facts import CampaignFacts, SenderFacts
from rapport.rules.limits import Budget
from rapport.rules.statuses import CampaignState
from rapport.rules.usage import WEEK
from rapport.rules.zones import local_day


def snapshot(reading: Reading, campaign_id: str) -> dict[str, Any]:
    """Counts of leads, and what each sender has used of its limits."""
    campaign = _campaign(reading, campaign_id)
    statuses = queries.by_status(reading, campaign_id)
    return {
        "campaign_id": campaign_id,
        "state": campaign.state.value,
        "at": reading.now,
        "leads": sum(statuses.values()),
        "by_status": statuses,
        "by_reason": queries.by_reason(reading, campaign_id),
        "senders": [_sender(reading, facts) for facts in senders_of(reading, campaign_id).values()],
    }


def automation(reading: Reading, campaign_id: str) -> dict[str, Any]:
    """Whether the campaign runs by itself, when the next send is, and what is in the way."""
    campaign = _campaign(reading, campaign_id)
    senders = list(senders_of(reading, campaign_id).values())
    coming = queue(reading, campaign_id, limit=1) if campaign.state is CampaignState.ACTIVE else []
    opening = campaign.schedule.opening_around(reading.now)
    ready = [sender for sender in senders if sender.is_ok and sender.paused_at is None]
    return {
        "campaign_id": campaign_id,
        "state": campaign.state.value,
        "at": reading.now,
        "runs": campaign.state is CampaignState.ACTIVE and bool(ready),
        "is_open": opening is not None,
        "opens_at": None if opening else campaign.schedule.next_opening(reading.now),
        "closes_at": opening[1] if opening else None,
        "next_send": coming[0] if coming else None,
        "senders_ready": len(ready),
        "senders": len(senders),
        "in_the_way": [
            {"reason": reason, "leads": leads} for reason, leads in queries.by_reason(reading, campaign_id).items()
        ],
    }


def _campaign(reading: Reading, campaign_id: str) -> CampaignFacts:
    found = campaign_facts(reading, {campaign_id}).get(campaign_id)
    if found is None:
        raise RapportError(NOT_FOUND)
    return found


def _sender(reading: Reading, facts: SenderFacts) -> dict[str, Any]:
    today = local_day(reading.now, facts.zone)
    return {
        "account_id": facts.id,
        "name": facts.name,
        "status": facts.status,
        "paused": facts.paused_at is not None,
        "cooling_until": max(facts.cooling_until.values(), default=None),
        "today": {
            budget.value: {
                "used": facts.usage.used(budget, on=today),
                "limit": allowance(facts, budget, on=today),
            }
            for budget in Budget
        },
        "invites_in_seven_days": {
            "used": len(facts.usage.invites_since(reading.now - WEEK)),
            "limit": facts.limits["invites_per_week"],
        },
        "pending_invites": {"used": facts.usage.pending, "limit": facts.limits["pending_invites"]},
    }
