"""API keys over HTTP."""

from __future__ import annotations

from typing import Any

from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import NOT_FOUND
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.people import keys, queries
from rapport.people.schemas import ApiKeyIn, ApiKeyOut, NewApiKeyOut
from rapport.rules.permissions import Permission

room = Room("api-keys", "/api-keys", "Keys for programs: n8n, integrations, monitoring.")


@room.get("", may=Permission.WRITE, out=page_of(ApiKeyOut), listing=queries.KEYS)
def list_api_keys(call: Call) -> Page:
    """List API keys of the caller's clients."""
    return page(call.reading, queries.KEYS, call.asked)


@room.post("", may=Permission.WRITE, body=ApiKeyIn, out=NewApiKeyOut, errors=[NOT_FOUND], no_store=True)
def create_api_key(call: Call) -> dict[str, Any]:
    """Make an API key. The key is in this answer and never shown again.

    A key never may more than its maker, also later: it loses what its maker loses, and is refused when its maker is
    deactivated or no longer a member of its client. Deleting a user revokes their keys. A key of a client sees that
    client only. A key made with a key has the same person behind it, who is `created_by`.
    """
    key, secret = keys.create(call.tx, call.principal, **call.body)
    return {**queries.key(call.tx, key.id), "key": secret}


@room.get("/<id:key_id>", may=Permission.WRITE, out=ApiKeyOut, errors=[NOT_FOUND])
def show_api_key(call: Call, key_id: str) -> dict[str, Any]:
    """Show an API key, without the key."""
    return queries.key(call.reading, key_id)


@room.delete("/<id:key_id>", may=Permission.WRITE, errors=[NOT_FOUND])
def revoke_api_key(call: Call, key_id: str) -> None:
    """Revoke an API key; it is refused at once."""
    keys.revoke(call.tx, keys.get(call.tx, key_id))
