"""Whether a sender may do one more action of a kind: its cool-downs, its limits and its turn.

Limits count what is reserved, sent or uncertain alike. A step that only waits asks nothing of the sender.
Example: the daily limit closes at 25 of 25 invitations and opens when the account's next day begins.
"""

from __future__ import annotations

from datetime import datetime

from rapport.rules.answers import Answer, closed, opened
from rapport.rules.facts import SenderFacts
from rapport.rules.limits import Budget
from rapport.rules.pacing import next_turn
from rapport.rules.questions import Asked
from rapport.rules.reasons import Gate, Reason
from rapport.rules.usage import WEEK
from rapport.rules.warmup import allowed
from rapport.rules.zones import local_day, next_day_begins


def cool_down(asked: Asked) -> Answer:
    if asked.acting is None:
        return opened(Gate.COOL_DOWN)
    held = asked.acting.cooling_until
    ends = [held[kind] for kind in {None, asked.budget} if kind in held and held[kind] > asked.now]
    if ends:
        return closed(Gate.COOL_DOWN, Reason.COOLING_DOWN, opens_at=max(ends), sender=asked.acting.name)
    return opened(Gate.COOL_DOWN)


def daily_limit(asked: Asked) -> Answer:
    sender, budget = asked.acting, asked.budget
    if sender is None or budget is None:
        return opened(Gate.DAILY_LIMIT)
    used, limit = _day(sender, budget, asked.now)
    if used < limit:
        return opened(Gate.DAILY_LIMIT, used=used, limit=limit)
    if limit == 0:
        return closed(Gate.DAILY_LIMIT, Reason.DAILY_LIMIT_ZERO, sender=sender.name, budget=budget.words)
    # One day ahead, or a few when the clock jumped back and the counted day is yet to come.
    opens_at = asked.now
    is_full = True
    while is_full:
        opens_at = next_day_begins(opens_at, sender.zone)
        used_then, limit_then = _day(sender, budget, opens_at)
        is_full = used_then >= limit_then
    return closed(
        Gate.DAILY_LIMIT,
        Reason.DAILY_LIMIT,
        opens_at=opens_at,
        sender=sender.name,
        used=used,
        limit=limit,
        budget=budget.words,
    )


def _day(sender: SenderFacts, budget: Budget, now: datetime) -> tuple[int, int]:
    """How much of a budget is used on the sender's day, and how much that day allows."""
    today = local_day(now, sender.zone)
    limit = allowed(sender.limits[budget.per_day], started_on=sender.warmup_started_on, on=today)
    return sender.usage.used(budget, on=today), limit


def weekly_limit(asked: Asked) -> Answer:
    sender = asked.acting
    if sender is None or asked.budget is not Budget.INVITES:
        return opened(Gate.WEEKLY_LIMIT)
    limit = sender.limits["invites_per_week"]
    recent = sender.usage.invites_since(asked.now - WEEK)
    used = len(recent)
    if used < limit:
        return opened(Gate.WEEKLY_LIMIT, used=used, limit=limit)
    if limit == 0:
        return closed(Gate.WEEKLY_LIMIT, Reason.WEEKLY_LIMIT_ZERO, sender=sender.name)
    opens_at = recent[used - limit] + WEEK
    return closed(Gate.WEEKLY_LIMIT, Reason.WEEKLY_LIMIT, opens_at=opens_at, sender=sender.name, used=used, limit=limit)


def pending_invites(asked: Asked) -> Answer:
    sender = asked.acting
    if sender is None or asked.budget is not Budget.INVITES:
        return opened(Gate.PENDING_INVITES)
    used, limit = sender.usage.pending, sender.limits["pending_invites"]
    if used < limit:
        return opened(Gate.PENDING_INVITES, used=used, limit=limit)
    return closed(Gate.PENDING_INVITES, Reason.PENDING_INVITES, sender=sender.name, used=used, limit=limit)


def spacing(asked: Asked) -> Answer:
    sender = asked.acting
    if sender is None:
        return opened(Gate.SPACING)
    turn = next_turn(sender, asked.budget, schedule=asked.facts.campaign.schedule, now=asked.now)
    if turn <= asked.now:
        return opened(Gate.SPACING)
    return closed(Gate.SPACING, Reason.SPACING, opens_at=turn, sender=sender.name)
