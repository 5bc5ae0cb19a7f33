"""Signing a sender in, and holding all of them, as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import EXCLUDE, Schema, fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Pattern,
    Shown,
    shown_id,
    shown_instant,
)

UNIPILE = [validate.Length(1, 120), Pattern(r"^[A-Za-z0-9_-]+$")]


class ConnectOut(Shown):
    """A page at the provider on which the account's owner signs in."""

    url = fields.String(required=True)
    expires_at = shown_instant()
    example: ClassVar = {"url": "https://account.unipile.com/pkb3", "expires_at": EXAMPLE_INSTANT}


class ConnectedIn(Schema):
    """What the provider's page reports; of whatever else it says nothing is read."""

    class Meta:
        unknown = EXCLUDE

    status = fields.String(required=True, validate=validate.Length(1, 80))
    account_id = fields.String(required=True, validate=UNIPILE)
    example: ClassVar = {"status": "CREATION_SUCCESS", "account_id": "kYp3x9Qz"}


class ConnectedOut(Shown):
    """Whose account it is."""

    account_id = shown_id()
    example: ClassVar = {"account_id": EXAMPLE_ID}


class HoldOut(Shown):
    """Whether nothing is sent for anybody, because our own key or address is wrong."""

    held = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    held_at = shown_instant(allow_none=True)
    example: ClassVar = {"held": True, "reason": "missing_credentials", "held_at": EXAMPLE_INSTANT}
