"""An account's health: signed out, challenged, restricted, stopped, and well again.

While an account is not OK its stored chats still answer, as old as the trouble; live calls are refused with
the trouble's word; messages that arrive are kept, and told one after another once it is OK again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rapport_sandbox.refusals import TITLES, Refused
from rapport_sandbox.world.happenings import StatusChanged

if TYPE_CHECKING:
    from rapport_sandbox.world.account import Account, SourceStatus
    from rapport_sandbox.world.happenings import StatusMessage
    from rapport_sandbox.world.world import World

DAY = 86_400.0


def require_live(account: Account) -> None:
    """Refuse a call that LinkedIn itself would have to answer while the account cannot reach it."""
    if account.trouble is not None:
        raise Refused(account.trouble, TITLES[account.trouble][1] + ".")


def disconnect(
    world: World,
    account: Account,
    now: float,
    *,
    word: str = "disconnected_account",
    status: SourceStatus = "CREDENTIALS",
) -> None:
    """Sign the account out: `word` is what live calls answer (`checkpoint_error`, `multiple_sessions`, …)."""
    if word not in TITLES:
        raise ValueError(f"no error is called {word!r}")
    account.trouble = word
    _become(world, account, now, status)


def restrict(world: World, account: Account, now: float, *, days: float) -> None:
    """LinkedIn restricts the account; it recovers by itself after `days`."""
    until = now + days * DAY
    account.restricted_until = until
    disconnect(world, account, now, word="account_restricted", status="ERROR")
    world.book(until, partial(_end_restriction, world, account, until))


def reconnect(world: World, account: Account, now: float, *, message: StatusMessage = "RECONNECTED") -> None:
    """Bring the account back; what arrived meanwhile is known and told now."""
    account.trouble = None
    account.restricted_until = None
    for chat_message in reversed(account.messages):
        if chat_message.known_at != float("inf"):
            break
        chat_message.known_at = now
    _become(world, account, now, "OK", message)
    held, account.held = account.held, []
    for happening in held:
        world.tell(happening)


def announce(world: World, account: Account, now: float, message: StatusMessage) -> None:
    """Tell the account-status webhooks."""
    world.tell(StatusChanged(id=f"status-{world.count('status')}", account_id=account.id, at=now, message=message))


def _end_restriction(world: World, account: Account, until: float, now: float) -> None:
    if account.restricted_until == until:
        reconnect(world, account, now, message="OK")


def _become(
    world: World, account: Account, now: float, status: SourceStatus, message: StatusMessage | None = None
) -> None:
    if account.status == status and message is None:
        return
    account.status = status
    if message is None:
        message = "ERROR" if status == "PERMISSIONS" else status
    announce(world, account, now, message)
