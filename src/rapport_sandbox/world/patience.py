"""LinkedIn's patience: how much an account may do before it is refused, slowed down or restricted.

More than 100 invitations in seven days restrict the account; a burst answers 429; too many open invitations
are refused; a free account may write few and short notes. A limit may also show as a bare 500, as in
operation. Every figure can be set; `None` switches a rule off.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from rapport_sandbox.refusals import Refused

if TYPE_CHECKING:
    from rapport_sandbox.chance import Chance
    from rapport_sandbox.world.account import Account

DAY = 86_400.0
WEEK = 7 * DAY
MONTH = 30 * DAY
REINVITE_AFTER = 21 * DAY
"""LinkedIn takes no second invitation to a person before about three weeks."""


@dataclass(slots=True)
class Patience:
    """The rules of every account of one sandbox."""

    weekly_invites: int | None = 100
    restriction_days: float = 7.0
    burst: int | None = 12
    """This many acts of one kind within `burst_seconds` are a robot's."""
    burst_seconds: float = 60.0
    pending_invites: int | None = 1_500
    daily_messages: int | None = 150
    daily_inmails: int | None = 50
    daily_profiles: int | None = None
    daily_others: int | None = 150
    """Follows, reactions, comments: each."""
    free_notes: int | None = 5
    """Notes a free account may add to invitations in 30 days."""
    free_note_length: int = 200
    limits_as_500: float = 0.0
    """How often a limit shows as `500 provider_error` instead of its own answer."""

    def change(self, **values: float | None) -> None:
        """Set some; a `ValueError` for a rule that does not exist."""
        names = {entry.name for entry in fields(self)}
        for name, value in values.items():
            if name not in names:
                raise ValueError(f"no rule of patience is called {name!r}")
            if value is not None and (not isinstance(value, int | float) or value < 0):
                raise ValueError(f"rule {name!r} takes a number or null, got {value!r}")
            setattr(self, name, value)


class Enforcer:
    """Judges each act before it happens and remembers it after. It refuses; restricting is `health`'s."""

    def __init__(self, patience: Patience, chance: Chance) -> None:
        self.patience = patience
        self._chance = chance

    def judge(self, account: Account, kind: str, now: float) -> None:
        """Refuse what LinkedIn would."""
        rules = self.patience
        if kind == "invite":
            self._judge_invite(account, now)
        daily = {
            "message": rules.daily_messages,
            "inmail": rules.daily_inmails,
            "profile": rules.daily_profiles,
            "invite": None,
        }.get(kind, rules.daily_others)
        if daily is not None and self._count(account, kind, now, DAY) >= daily:
            enough = Refused("limit_exceeded", f"{daily} a day are enough for {kind}.")
            self._limit(account, kind, now, enough)
        if kind == "profile" or rules.burst is None:
            return
        if self._count(account, kind, now, rules.burst_seconds) >= rules.burst:
            slow = Refused("too_many_requests", "Slow down.", retry_after=int(rules.burst_seconds))
            self._limit(account, kind, now, slow)

    def judge_note(self, account: Account, note: str, now: float) -> None:
        """A free account's notes are few and short."""
        rules = self.patience
        if not account.is_free:
            return
        if len(note) > rules.free_note_length:
            raise Refused("invalid_parameters", f"message must be at most {rules.free_note_length} long.")
        if rules.free_notes is not None and self._count(account, "note", now, MONTH) >= rules.free_notes:
            raise Refused("limit_exceeded", "No personalised invitations are left this month.")

    def remember(self, account: Account, kind: str, now: float) -> None:
        account.done_at.setdefault(kind, deque()).append(now)

    def _judge_invite(self, account: Account, now: float) -> None:
        rules = self.patience
        if rules.weekly_invites is not None:
            week = self._count(account, "invite", now, WEEK)
            if week >= rules.weekly_invites:
                raise Refused("account_restricted", f"{week} invitations in seven days.")
        if rules.pending_invites is not None and account.pending_count() >= rules.pending_invites:
            full = Refused("cannot_resend_yet", "Too many invitations are pending.")
            self._limit(account, "invite", now, full)

    def _limit(self, account: Account, kind: str, now: float, refused: Refused) -> None:
        """Refuse, or answer the bare 500 that a limit sometimes shows as."""
        if self._chance.happens(self.patience.limits_as_500, "limit", account.id, kind, now):
            raise Refused("provider_error", "The provider answered with an error.")
        raise refused

    def _count(self, account: Account, kind: str, now: float, span: float) -> int:
        done = account.done_at.get(kind)
        if not done:
            return 0
        while done and done[0] <= now - MONTH:
            done.popleft()
        count = 0
        for at in reversed(done):
            if at <= now - span:
                break
            count += 1
        return count
