"""When it is an account's next turn for a kind of action.

What is left of a day's limit is spread over what is left of the day's working time: the gap to the next action
is the even gap, made half as long to half as long again by a draw. A day's first action comes somewhere in
its first gap. Time lost is not made up in a burst: no gap falls below a third of the whole day's even one before the
draw. Between any two actions of an account lie at least half a minute to a minute and a half.
Example: with 25 invitations for 9:00-17:00 the first leaves between 9:00 and 9:18 and the next 9 to 28 minutes later.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rapport.rules.allowances import allowance
from rapport.rules.draws import between
from rapport.rules.facts import SenderFacts
from rapport.rules.limits import Budget
from rapport.rules.windows import Schedule
from rapport.rules.zones import local_day, next_day_begins

LEAST_BREATH = 30
MOST_BREATH = 90
"""Seconds between any two actions of an account."""
SLOWEST, FASTEST = 1.5, 0.5
FLOOR_SHARE = 3


def next_turn(sender: SenderFacts, budget: Budget | None, *, schedule: Schedule, now: datetime) -> datetime:
    """The first instant from `now` on at which it is the sender's turn, if nothing else happens until then."""
    turn = now
    while True:
        at = max(breath_over(sender, turn), turn)
        if budget is not None:
            at = max(at, _even(sender, budget, schedule=schedule, now=at))
        if at <= turn:
            return turn
        # The account's new day brings a new allowance, and with it another gap.
        ends = next_day_begins(turn, sender.zone)
        turn = min(at, ends)


def breath_over(sender: SenderFacts, now: datetime) -> datetime:
    """When the pause after the last action of any kind is over."""
    last = sender.usage.last_at
    if last is None:
        return now
    seconds = between(LEAST_BREATH, MOST_BREATH, seed=sender.seed, names=("breath", sender.id, last.isoformat()))
    return last + timedelta(seconds=int(seconds))


def _even(sender: SenderFacts, budget: Budget, *, schedule: Schedule, now: datetime) -> datetime:
    """When the gap after the last action of this kind is over, as it looks on the day of `now`."""
    day = schedule.local_day(now)
    openings = schedule.openings(day)
    if not openings:
        return now
    today = local_day(now, sender.zone)
    used = sender.usage.used(budget, on=today)
    most_today = max(1, allowance(sender, budget, on=today))
    last = sender.usage.last_by.get(budget)
    opens = openings[0][0]
    least, most = FASTEST, SLOWEST
    if last is None or last < opens:
        last, least, most = opens, 0.0, 1.0
    whole = schedule.open_time_after(opens, day=day)
    rest = schedule.open_time_after(last, day=day)
    gap = max(rest / (max(0, most_today - used) + 1), whole / (most_today * FLOOR_SHARE))
    draw = between(least, most, seed=sender.seed, names=("pace", sender.id, budget, day, used))
    return schedule.after_open_time(last, timedelta(seconds=int(gap.total_seconds() * draw)), day=day)
