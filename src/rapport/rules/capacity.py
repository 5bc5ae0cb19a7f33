"""The gates that ask about the sender itself: its room for one more action, and its turn.

A step that only waits asks nothing of the sender.
Example: a wait for an acceptance passes the daily limit however full the sender's day is.
"""

from __future__ import annotations

from rapport.rules import room
from rapport.rules.answers import Answer, closed, opened
from rapport.rules.pacing import next_turn
from rapport.rules.questions import Asked
from rapport.rules.reasons import Gate, Reason


def cool_down(asked: Asked) -> Answer:
    if asked.acting is None:
        return opened(Gate.COOL_DOWN)
    return room.cooled_down(asked.acting, asked.budget, asked.now)


def daily_limit(asked: Asked) -> Answer:
    if asked.acting is None:
        return opened(Gate.DAILY_LIMIT)
    return room.in_the_day(asked.acting, asked.budget, asked.now)


def weekly_limit(asked: Asked) -> Answer:
    if asked.acting is None:
        return opened(Gate.WEEKLY_LIMIT)
    return room.in_seven_days(asked.acting, asked.budget, asked.now)


def pending_invites(asked: Asked) -> Answer:
    if asked.acting is None:
        return opened(Gate.PENDING_INVITES)
    return room.among_the_pending(asked.acting, asked.budget, asked.now)


def spacing(asked: Asked) -> Answer:
    sender = asked.acting
    if sender is None:
        return opened(Gate.SPACING)
    turn = next_turn(sender, asked.budget, schedule=asked.schedule, now=asked.now)
    if turn <= asked.now:
        return opened(Gate.SPACING)
    return closed(Gate.SPACING, Reason.SPACING, opens_at=turn, sender=sender.name)
