"""Accounts: listed, read, synchronised, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport_sandbox.unipile import shapes
from rapport_sandbox.unipile.call import by_offset
from rapport_sandbox.world import health

if TYPE_CHECKING:
    from rapport_sandbox.unipile.call import Call
    from rapport_sandbox.wire import Answer


def list_accounts(call: Call) -> Answer:
    window = call.window("accounts", default=100, maximum=250, filters=dict)
    page, cursor = by_offset(iter(call.world.accounts.values()), window)
    return call.done({"object": "AccountList", "items": [shapes.account(one) for one in page], "cursor": cursor})


def get_account(call: Call) -> Answer:
    return call.done(shapes.account(call.account(call.ids[0], live=False)))


def delete_account(call: Call) -> Answer:
    account = call.account(call.ids[0], live=False)
    del call.world.accounts[account.id]
    health.announce(call.world, account, call.now, "DELETED")
    return call.done({"object": "AccountDeleted"}, effect=True)


def sync_account(call: Call) -> Answer:
    account = call.account(call.ids[0])
    call.world.book(call.now + 5, lambda now: health.announce(call.world, account, now, "SYNC_SUCCESS"))
    return call.done({"object": "AccountResync", "status": "SYNC_STARTED"}, effect=True)
