"""Whether a sender has room for one more action of a kind, whatever the action is for.

Limits count what is reserved, sent or uncertain alike. A campaign's send asks these questions among others; a search,
a reply from the inbox or a withdrawal asks them alone.
Example: the daily limit closes at 25 of 25 invitations and opens when the account's next day begins.
"""

from __future__ import annotations

from datetime import datetime

from rapport.rules.allowances import allowance
from rapport.rules.answers import Answer, closed, opened
from rapport.rules.facts import SenderFacts
from rapport.rules.limits import Budget
from rapport.rules.reasons import Gate, Reason
from rapport.rules.usage import WEEK
from rapport.rules.zones import local_day, next_day_begins


def ready(sender: SenderFacts, _budget: Budget | None, _now: datetime) -> Answer:
    if sender.service_held is not None:
        return closed(Gate.SENDER, Reason.SERVICE_HELD, why=sender.service_held)
    if sender.paused_at is not None:
        return closed(Gate.SENDER, Reason.SENDER_PAUSED, sender=sender.name)
    if not sender.is_ok:
        return closed(Gate.SENDER, Reason.SENDER_NOT_OK, sender=sender.name, status=sender.status)
    return opened(Gate.SENDER, sender=sender.name)


def cooled_down(sender: SenderFacts, budget: Budget | None, now: datetime) -> Answer:
    held = sender.cooling_until
    ends = [held[kind] for kind in {None, budget} if kind in held and held[kind] > now]
    if ends:
        return closed(Gate.COOL_DOWN, Reason.COOLING_DOWN, opens_at=max(ends), sender=sender.name)
    return opened(Gate.COOL_DOWN)


def in_the_day(sender: SenderFacts, budget: Budget | None, now: datetime) -> Answer:
    if budget is None:
        return opened(Gate.DAILY_LIMIT)
    used, limit = _day(sender, budget, now)
    if used < limit:
        return opened(Gate.DAILY_LIMIT, used=used, limit=limit)
    if limit == 0:
        return closed(Gate.DAILY_LIMIT, Reason.DAILY_LIMIT_ZERO, sender=sender.name, budget=budget.words)
    # One day ahead, or a few when the clock jumped back and the counted day is yet to come.
    opens_at = now
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
    return sender.usage.used(budget, on=today), allowance(sender, budget, on=today)


def in_seven_days(sender: SenderFacts, budget: Budget | None, now: datetime) -> Answer:
    if budget is not Budget.INVITES:
        return opened(Gate.WEEKLY_LIMIT)
    limit = sender.limits["invites_per_week"]
    recent = sender.usage.invites_since(now - WEEK)
    used = len(recent)
    if used < limit:
        return opened(Gate.WEEKLY_LIMIT, used=used, limit=limit)
    if limit == 0:
        return closed(Gate.WEEKLY_LIMIT, Reason.WEEKLY_LIMIT_ZERO, sender=sender.name)
    opens_at = recent[used - limit] + WEEK
    return closed(Gate.WEEKLY_LIMIT, Reason.WEEKLY_LIMIT, opens_at=opens_at, sender=sender.name, used=used, limit=limit)


def among_the_pending(sender: SenderFacts, budget: Budget | None, _now: datetime) -> Answer:
    if budget is not Budget.INVITES:
        return opened(Gate.PENDING_INVITES)
    used, limit = sender.usage.pending, sender.limits["pending_invites"]
    if used < limit:
        return opened(Gate.PENDING_INVITES, used=used, limit=limit)
    return closed(Gate.PENDING_INVITES, Reason.PENDING_INVITES, sender=sender.name, used=used, limit=limit)


QUESTIONS = (ready, cooled_down, in_the_day, in_seven_days, among_the_pending)


def room(sender: SenderFacts, budget: Budget, now: datetime) -> Answer:
    """The first of these questions that says no, or the last one's yes."""
    answers = [question(sender, budget, now) for question in QUESTIONS]
    return next((answer for answer in answers if not answer.is_open), answers[-1])
