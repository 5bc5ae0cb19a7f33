"""Where Postmark posts mail that came."""

from __future__ import annotations

from flask import request

from rapport.broker import postmark
from rapport.http.bodies import body_bytes
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.http.transaction import reading, transaction
from rapport.kernel.errors import BODY_TOO_LARGE, UNAUTHENTICATED, RapportError
from rapport.kernel.principal import Actor, Principal
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.webhooks import intake
from rapport.webhooks.schemas import TakenOut

room = Room("inbound-mail", "/webhooks", "Mail that came, as its provider posts it.")

_LARGEST = 48 << 20
"""Attachments of 35 MB, as text, and the mail around them."""
_POSTMARK = Principal(Actor("provider", "postmark"), frozenset(), ALL_CLIENTS)


@room.post(
    "/postmark/inbound",
    may=None,
    out=TakenOut,
    status=200,
    once=False,
    own=True,
    limited=False,
    errors=[UNAUTHENTICATED, BODY_TOO_LARGE],
)
def take_postmark_mail(call: Call) -> dict[str, str]:
    """Take a mail that Postmark received: kept as it is and looked at after the answer.

    Its address has a channel's id and password: `https://{user}:{password}@…/api/v1/webhooks/postmark/inbound`. Wrong
    ones are refused with 401, which Postmark tries again for ten hours.
    """
    shown = request.authorization
    user, password = (shown.username, shown.password) if shown is not None and shown.type == "basic" else ("", "")
    with reading(call.service, _POSTMARK) as opened:
        channel_id = postmark.opens(opened, user or "", password or "")
    if channel_id is None:
        raise RapportError(UNAUTHENTICATED)
    request.max_content_length = _LARGEST
    body = body_bytes(request)
    with transaction(call.service, _POSTMARK) as tx:
        taken = intake.store(
            tx,
            source=postmark.SOURCE,
            body=body,
            content_type=request.content_type,
            headers=request.headers,
            verified="password",
            external_account_id=channel_id,
        )
    return {"id": taken}
