"""The senders themselves, over HTTP."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.accounts import health, queries, senders
from rapport.accounts.schemas.accounts import AccountChange, AccountIn, AccountOut, PauseIn
from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.kernel.errors import ACCOUNT_ALREADY_EXISTS, CLIENT_ARCHIVED, NOT_FOUND, RapportError
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.people import clients
from rapport.rules.permissions import Permission

room = Room("linkedin-accounts", "/linkedin-accounts", "The senders: LinkedIn accounts connected through Unipile.")


@room.get("", may=Permission.READ, out=page_of(AccountOut), listing=queries.LISTING, cached=True)
def list_accounts(call: Call) -> Page:
    """List LinkedIn accounts."""
    return page(call.reading, queries.LISTING, call.asked)


@room.post(
    "",
    may=Permission.WRITE,
    body=AccountIn,
    out=AccountOut,
    errors=[NOT_FOUND, ACCOUNT_ALREADY_EXISTS, CLIENT_ARCHIVED],
)
def add_account(call: Call) -> dict[str, Any]:
    """Add a LinkedIn account."""
    client = clients.get(call.tx, call.body["client_id"])
    if client.archived_at is not None:
        raise RapportError(CLIENT_ARCHIVED)
    return queries.seen(call.tx, senders.add(call.tx, **call.body).id)


@room.get("/<id:account_id>", may=Permission.READ, out=AccountOut, errors=[NOT_FOUND], cached=True)
def show_account(call: Call, account_id: str) -> dict[str, Any]:
    """Show a LinkedIn account."""
    return queries.seen(call.reading, account_id)


@room.patch(
    "/<id:account_id>",
    may=Permission.WRITE,
    body=AccountChange,
    out=AccountOut,
    errors=[NOT_FOUND, ACCOUNT_ALREADY_EXISTS],
    if_match=True,
)
def change_account(call: Call, account_id: str) -> dict[str, Any]:
    """Change a LinkedIn account. Limits are merged one by one."""
    account = senders.get(call.tx, account_id)
    check_unchanged(request, queries.seen(call.tx, account_id))
    senders.change(call.tx, account, call.body)
    return queries.seen(call.tx, account_id)


@room.delete("/<id:account_id>", may=Permission.WRITE, errors=[NOT_FOUND], if_match=True)
def remove_account(call: Call, account_id: str) -> None:
    """Remove a LinkedIn account from Rapport; at the provider it stays as it is."""
    account = senders.get(call.tx, account_id)
    check_unchanged(request, queries.seen(call.tx, account_id))
    senders.remove(call.tx, account)


@room.post("/<id:account_id>/pause", may=Permission.WRITE, body=PauseIn, out=AccountOut, status=200, errors=[NOT_FOUND])
def pause_account(call: Call, account_id: str) -> dict[str, Any]:
    """Pause a LinkedIn account: nothing leaves it until it is resumed."""
    senders.pause(call.tx, senders.get(call.tx, account_id), reason=call.body["reason"])
    return queries.seen(call.tx, account_id)


@room.post("/<id:account_id>/resume", may=Permission.WRITE, out=AccountOut, status=200, errors=[NOT_FOUND])
def resume_account(call: Call, account_id: str) -> dict[str, Any]:
    """Let a paused LinkedIn account send again; one that LinkedIn restricted is looked at anew."""
    account = senders.get(call.tx, account_id)
    senders.resume(call.tx, account)
    health.look_again(call.tx, account)
    return queries.seen(call.tx, account_id)
