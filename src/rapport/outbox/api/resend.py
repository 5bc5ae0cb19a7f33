"""Where Resend tells of mails that left."""

from __future__ import annotations

from flask import request

from rapport.http.bodies import body_bytes
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.http.transaction import transaction
from rapport.kernel import signatures
from rapport.kernel.errors import BODY_TOO_LARGE, UNAUTHENTICATED, RapportError
from rapport.kernel.principal import Actor, Principal
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.outbox.mail_events import SOURCE
from rapport.webhooks import intake
from rapport.webhooks.schemas import TakenOut

room = Room("mail-events", "/webhooks", "What Resend tells of mails that left.")

_RESEND = Principal(Actor("provider", "resend"), frozenset(), ALL_CLIENTS)


@room.post(
    "/resend",
    may=None,
    out=TakenOut,
    status=200,
    once=False,
    own=True,
    limited=False,
    errors=[UNAUTHENTICATED, BODY_TOO_LARGE],
)
def take_mail_event(call: Call) -> dict[str, str]:
    """Take a delivery of Resend's webhook: signed by Standard Webhooks, stored as it is, looked at after the answer.

    Without `RESEND_WEBHOOK_SECRET` none is believed. The same event again is stored again and changes nothing twice.
    """
    service = call.service
    body = body_bytes(request)
    secret = service.settings.resend_webhook_secret
    if not secret:
        raise RapportError(UNAUTHENTICATED)
    given = {name.lower(): value for name, value in request.headers.items()}
    signatures.verified(given, body, secrets=[secret], now=service.clock.now())
    with transaction(service, _RESEND) as tx:
        taken = intake.store(
            tx,
            source=SOURCE,
            body=body,
            content_type=request.content_type,
            headers=request.headers,
            verified="signature",
        )
    return {"id": taken}
