"""Webhooks registered, listed and deleted over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rapport_sandbox.hooks.subscriptions import (
    DEFAULT_EVENTS,
    EVENTS,
    MESSAGING_KEYS,
    TRACKING_KEYS,
    Subscription,
)
from rapport_sandbox.refusals import Refused
from rapport_sandbox.unipile.call import by_offset, choice_field, required_text, text_field

if TYPE_CHECKING:
    from rapport_sandbox.unipile.call import Call
    from rapport_sandbox.unipile.shapes import Shape
    from rapport_sandbox.wire import Answer

_KEYS: dict[str, tuple[str, ...]] = {"messaging": MESSAGING_KEYS, "email_tracking": TRACKING_KEYS}


def create(call: Call) -> Answer:
    body = call.json()
    source = choice_field(body, "source", tuple(EVENTS))
    if source is None:
        raise Refused("invalid_parameters", "source is required.")
    url = required_text(body, "request_url")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise Refused("invalid_parameters", "request_url must be an HTTP URL.")
    enabled = body.get("enabled", True)
    if not isinstance(enabled, bool):
        raise Refused("invalid_parameters", "enabled must be a boolean.")
    subscription = Subscription(
        id=call.world.new_id("webhook"),
        source=source,  # type: ignore[arg-type]
        request_url=url,
        name=text_field(body, "name") or "",
        format=choice_field(body, "format", ("json", "form")) or "json",  # type: ignore[arg-type]
        account_ids=_account_ids(call, body),
        enabled=enabled,
        headers=_pairs(body, "headers", "key", "value") or (),
        events=_events(body, source),
        data=_data(body, source),
    )
    call.desk.subscriptions.add(subscription)
    call.note(webhook_id=subscription.id)
    return call.done({"object": "WebhookCreated", "webhook_id": subscription.id}, status=201, effect=True)


def list_webhooks(call: Call) -> Answer:
    window = call.window("webhooks", default=100, maximum=250, filters=dict)
    page, cursor = by_offset(iter(call.desk.subscriptions), window)
    return call.done({"object": "WebhookList", "items": [_shape(call, one) for one in page], "cursor": cursor})


def delete(call: Call) -> Answer:
    if not call.desk.subscriptions.remove(call.ids[0]):
        raise Refused("resource_not_found", "Webhook not found.")
    return call.done({"object": "WebhookDeleted"}, effect=True)


def _shape(call: Call, one: Subscription) -> Shape:
    accounts = call.world.accounts
    keys = _KEYS.get(one.source, ())
    shape: Shape = {
        "object": "Webhook",
        "id": one.id,
        "type": "AUTO",
        "account_ids": [
            {"id": account_id, "name": accounts[account_id].owner.name, "type": "LINKEDIN"}
            for account_id in one.account_ids
            if account_id in accounts
        ],
        "enabled": one.enabled,
        "name": one.name,
        "request_url": one.request_url,
        "format": one.format,
        "headers": [{"key": key, "value": value} for key, value in one.headers],
        "data": [{"name": name, "key": key} for name, key in one.data or tuple(zip(keys, keys, strict=True))],
    }
    if one.events:
        shape["events"] = list(one.events)
    if not call.world.chance.happens(call.world.switches.webhook_source_hidden, "hook-source", one.id):
        shape["source"] = one.source
    return shape


def _account_ids(call: Call, body: dict[str, object]) -> tuple[str, ...]:
    value = body.get("account_ids", [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Refused("invalid_parameters", "account_ids must be a list of strings.")
    for account_id in value:
        call.account(account_id, live=False)
    return tuple(value)


def _events(body: dict[str, object], source: str) -> tuple[str, ...]:
    value = body.get("events")
    if value is None:
        return DEFAULT_EVENTS[source]
    if not isinstance(value, list) or not all(one in EVENTS[source] for one in value):
        raise Refused("invalid_parameters", f"events of {source} are {', '.join(EVENTS[source]) or 'none'}.")
    return tuple(value)


def _data(body: dict[str, object], source: str) -> tuple[tuple[str, str], ...] | None:
    pairs = _pairs(body, "data", "name", "key")
    if pairs is not None and source in _KEYS:
        for _, key in pairs:
            if key not in _KEYS[source]:
                raise Refused("invalid_parameters", f"data has no key {key!r}.")
    return pairs


def _pairs(body: dict[str, object], name: str, first: str, second: str) -> tuple[tuple[str, str], ...] | None:
    value = body.get(name)
    if value is None:
        return None
    problem = Refused("invalid_parameters", f"{name} must be a list of {first} and {second}.")
    if not isinstance(value, list):
        raise problem
    pairs = []
    for item in value:
        if not isinstance(item, dict):
            raise problem
        left, right = item.get(first), item.get(second)
        if not isinstance(left, str) or not isinstance(right, str):
            raise problem
        if any(mark in left + right for mark in "\r\n"):
            raise Refused("invalid_parameters", f"{name} must not contain line breaks.")
        pairs.append((left, right))
    return tuple(pairs)
