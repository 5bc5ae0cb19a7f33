"""Connecting a sender over HTTP: a page at the provider on which its owner signs in, and the word that they did.

The provider's page knows none of our secrets, so the address it reports to is made for one account and one hour, and
signed: whoever does not have the link cannot speak for the account.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from flask import request

from rapport.accounts import health, queries, senders
from rapport.accounts.models import AccountStatus
from rapport.accounts.schemas.connecting import ConnectedIn, ConnectedOut, ConnectOut
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.http.transaction import reading, transaction
from rapport.kernel.crypto import Keys, same
from rapport.kernel.errors import ACCOUNT_ALREADY_EXISTS, NOT_FOUND, PROVIDER_AWAY, RapportError
from rapport.kernel.principal import Actor, Principal
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.ports.unipile import ReadError
from rapport.ports.unipile_records import HostedLinkOrder
from rapport.rules.permissions import Permission

room = Room("account-connecting", "/linkedin-accounts", "Connecting senders: their owners sign in at the provider.")

_PROVIDER = Principal(Actor("provider", "unipile"), frozenset(), ALL_CLIENTS)
_PURPOSE = "connect"
_LIFE = timedelta(hours=1)
_SIGNATURE = 16
_SOON = 30
_CONNECTED = ("CREATION_SUCCESS", "RECONNECTED")


@room.post(
    "/<id:account_id>/connect",
    may=Permission.WRITE,
    out=ConnectOut,
    status=200,
    once=False,
    own=True,
    no_store=True,
    errors=[NOT_FOUND, PROVIDER_AWAY],
)
def connect_account(call: Call, account_id: str) -> dict[str, Any]:
    """Make the address of a page at the provider on which the account's owner signs in; it is good for an hour."""
    service = call.service
    with reading(service, call.principal) as opened:
        account = queries.seen(opened, account_id)
        expires_at = opened.now + _LIFE
    ours = service.settings.webhook_base or request.host_url.rstrip("/")
    token = token_of(service.keys, account_id, expires_at)
    order = HostedLinkOrder(
        expires_at=expires_at,
        name=account_id,
        notify_url=f"{ours}/api/v1/linkedin-accounts/connected/{token}",
        success_redirect_url=f"{ours}/accounts/{account_id}",
        failure_redirect_url=f"{ours}/accounts/{account_id}",
        reconnect_account_id=account["unipile_account_id"],
    )
    try:
        url = service.unipile.hosted_link(order)
    except ReadError as failure:
        raise RapportError(PROVIDER_AWAY, details={"reason": failure.code}, retry_after=_SOON) from None
    return {"url": url, "expires_at": expires_at}


@room.post(
    "/connected/<string:token>",
    may=None,
    body=ConnectedIn,
    out=ConnectedOut,
    status=200,
    once=False,
    own=True,
    errors=[NOT_FOUND, ACCOUNT_ALREADY_EXISTS],
)
def take_connected_account(call: Call, token: str) -> dict[str, Any]:
    """Take the word of the provider's page that an account was connected. Its address is the proof."""
    with transaction(call.service, _PROVIDER) as tx:
        account_id = _account_of(call.service.keys, token, tx.now)
        account = senders.get(tx, account_id)
        if call.body["status"] in _CONNECTED:
            senders.change(tx, account, {"unipile_account_id": call.body["account_id"]})
            health.set_status(tx, account, AccountStatus.OK, detail=None)
    return {"account_id": account_id}


def token_of(keys: Keys, account_id: str, expires_at: datetime) -> str:
    """The last part of the address that the provider's page of one account reports to."""
    payload = orjson.dumps([account_id, int(expires_at.timestamp())])
    signed = keys.sign(_PURPOSE, payload)[:_SIGNATURE] + payload
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def _account_of(keys: Keys, token: str, now: datetime) -> str:
    """Whose address it is; one that we did not make, or too long ago, is no address."""
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise RapportError(NOT_FOUND) from None
    signature, payload = signed[:_SIGNATURE], signed[_SIGNATURE:]
    if not payload or not same(signature, keys.sign(_PURPOSE, payload)[:_SIGNATURE]):
        raise RapportError(NOT_FOUND)
    account_id, expires = orjson.loads(payload)
    if datetime.fromtimestamp(expires, UTC) <= now:
        raise RapportError(NOT_FOUND)
    return str(account_id)
