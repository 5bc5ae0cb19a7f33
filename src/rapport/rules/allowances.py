"""How much of a kind of action a sender's day allows: its limit, or the part of it that its warm-up has come to.

Example: with a limit of 25 invitations an account that was idle for a month is allowed 5 on the day it begins again.
"""

from __future__ import annotations

from datetime import date

from rapport.rules.facts import SenderFacts
from rapport.rules.limits import Budget
from rapport.rules.warmup import allowed, begun_on


def allowance(sender: SenderFacts, budget: Budget, *, on: date) -> int:
    """How many actions of a kind the sender may do on a local day."""
    started_on = begun_on(sender.warmup_started_on, last_on=sender.usage.last_on, on=on)
    return allowed(sender.limits[budget.per_day], started_on=started_on, on=on)
