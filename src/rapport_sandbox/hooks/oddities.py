"""The quirks of webhook bodies met in operation, each behind its switch.

A body is changed the same way for every attempt and in every run: the draw is named after the happening.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson

from rapport_sandbox.world.happenings import Messaged

if TYPE_CHECKING:
    from rapport_sandbox.hooks.payloads import Payload
    from rapport_sandbox.hooks.subscriptions import Subscription
    from rapport_sandbox.world.happenings import Happening
    from rapport_sandbox.world.world import World


def odd(world: World, happening: Happening, body: Payload) -> Payload:
    """The body as Unipile might have sent it."""
    if isinstance(happening, Messaged):
        _odd_message(world, happening, body)
    if world.chance.happens(world.switches.wrapped, "wrapped", happening.id):
        return {"data": body}
    return body


def chosen(subscription: Subscription, body: Payload) -> Payload:
    """Only the fields the webhook asked for, under the names it gave them."""
    if subscription.data is None:
        return body
    kept: Payload = {name: body[key] for name, key in subscription.data if key in body}
    if "event" in body:
        kept.setdefault("event", body["event"])
    return kept


def encoded(subscription: Subscription, body: Payload) -> tuple[str, bytes]:
    """Content type and bytes, as the webhook's format says."""
    if subscription.format == "json":
        return "application/json", orjson.dumps(body)
    fields = {
        key: value if isinstance(value, str) else orjson.dumps(value).decode()
        for key, value in body.items()
        if value is not None
    }
    return "application/x-www-form-urlencoded", urlencode(fields).encode()


def _odd_message(world: World, happening: Messaged, body: Payload) -> None:
    chance, switches = world.chance, world.switches
    if chance.happens(switches.is_sender_null, "hook-is-sender", happening.id):
        body["is_sender"] = None
    if chance.happens(switches.sender_missing, "hook-sender", happening.id):
        del body["sender"]
    elif not happening.message.is_own:
        person = world.people[happening.message.sender]
        sender = body["sender"]
        if isinstance(sender, dict):
            if chance.happens(switches.sender_id_member, "hook-member", happening.id):
                sender["attendee_provider_id"] = person.member_id
            elif chance.happens(switches.sender_id_urn, "hook-urn", happening.id):
                sender["attendee_provider_id"] = person.member_urn
    attachments = body["attachments"]
    if (
        isinstance(attachments, list)
        and len(attachments) == 1
        and chance.happens(switches.attachment_single, "hook-attachment", happening.id)
    ):
        body["attachments"] = attachments[0]
    if switches.participants:
        body["participants"] = body.pop("attendees")
