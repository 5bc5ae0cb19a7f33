"""Where others post to us, and where admins look at what they posted."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.http.bodies import body_bytes
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.http.transaction import transaction
from rapport.kernel.errors import BODY_TOO_LARGE, DELIVERY_EMPTIED, NOT_FOUND, UNAUTHENTICATED
from rapport.kernel.listing import Page, page
from rapport.kernel.principal import Actor, Principal
from rapport.kernel.schema import page_of
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.rules.permissions import Permission
from rapport.webhooks import again, intake, queries
from rapport.webhooks.schemas import DeliveryDetailOut, DeliveryOut, TakenOut
from rapport.webhooks.unipile import ACCOUNTS, MESSAGING, USERS

room = Room("webhooks", "/webhooks", "What others post to us: kept word for word, then looked at.")

_UNIPILE = Principal(Actor("provider", "unipile"), frozenset(), ALL_CLIENTS)
_POSTED: dict[str, Any] = {
    "may": None,
    "out": TakenOut,
    "status": 200,
    "once": False,
    "own": True,
    "limited": False,
    "errors": [UNAUTHENTICATED, BODY_TOO_LARGE],
}
"""Not counted: a storm of replies is no abuse, and who cannot show the secret gets no further than that."""


@room.post("/unipile/messaging", **_POSTED)
def take_unipile_messaging(call: Call) -> dict[str, str]:
    """Take a delivery of Unipile's messaging webhook: messages, and what happens to them.

    The body, JSON or a form, is stored as it is and looked at after the answer. The secret header or the signature is
    checked when one is configured. The same body again is stored again and changes nothing twice.
    """
    return _take(call, MESSAGING)


@room.post("/unipile/users", **_POSTED)
def take_unipile_users(call: Call) -> dict[str, str]:
    """Take a delivery of Unipile's users webhook: new relations. Stored and checked like the others."""
    return _take(call, USERS)


@room.post("/unipile/accounts", **_POSTED)
def take_unipile_accounts(call: Call) -> dict[str, str]:
    """Take a delivery of Unipile's account webhook, or of its page on which accounts are connected."""
    return _take(call, ACCOUNTS)


@room.get("/deliveries", may=Permission.MANAGE, out=page_of(DeliveryOut), listing=queries.LISTING)
def list_deliveries(call: Call) -> Page:
    """List deliveries of webhooks with what was made of each: of a lead, a chat, an account, a source, a status."""
    return page(call.reading, queries.LISTING, call.asked)


@room.get("/deliveries/<id:delivery_id>", may=Permission.MANAGE, out=DeliveryDetailOut, errors=[NOT_FOUND])
def show_delivery(call: Call, delivery_id: str) -> dict[str, Any]:
    """Show a delivery with its body."""
    return queries.seen(call.reading, delivery_id)


@room.post(
    "/deliveries/<id:delivery_id>/reprocess",
    may=Permission.MANAGE,
    out=DeliveryDetailOut,
    status=200,
    errors=[NOT_FOUND, DELIVERY_EMPTIED],
)
def reprocess_delivery(call: Call, delivery_id: str) -> dict[str, Any]:
    """Look at a delivery again as if it had just come. What it changed before is not changed twice."""
    again.one(call.tx, queries.get(call.tx, delivery_id))
    return queries.seen(call.tx, delivery_id)


def _take(call: Call, source: str) -> dict[str, str]:
    service = call.service
    body = body_bytes(request)
    verified = service.webhook_verifier.check(request.headers, body)
    with transaction(service, _UNIPILE) as tx:
        delivery_id = intake.store(
            tx,
            source=source,
            body=body,
            content_type=request.content_type,
            headers=request.headers,
            verified=verified,
        )
    return {"id": delivery_id}
