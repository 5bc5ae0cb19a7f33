"""Clients, users, sessions and keys as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Pattern,
    Shown,
    Whole,
    email_field,
    id_field,
    instant_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
    zone_field,
)
from rapport.rules.permissions import KEY_SCOPES, Role

_ROLES = validate.OneOf([role.value for role in Role])
_TIME = Pattern(r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
_SLUG = Pattern(r"^[a-z0-9]+(-[a-z0-9]+)*$")
_PASSWORD = validate.Length(12, 200)
_TEMPERATURES = validate.OneOf(["cold", "warm", "hot"])
_MOST_EMAILS = validate.Length(max=20)


class LoginIn(Body):
    """Sign-in."""

    email = fields.String(required=True, validate=validate.Length(1, 254))
    password = fields.String(required=True, validate=validate.Length(1, 200))
    example: ClassVar = {"email": "demo@rapport.example", "password": "correct horse battery"}


class RefreshIn(Body):
    """The one refresh token that is good now."""

    refresh_token = fields.String(required=True, validate=validate.Length(1, 200))
    example: ClassVar = {"refresh_token": "rr_8mB0..."}


class TokensOut(Shown):
    """A short-lived access token and the token that gets the next."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds until the access token ends."})
    refresh_token = fields.String(required=True, metadata={"description": "Good once. Keep it secret."})
    session_id = shown_id()
    example: ClassVar = {
        "access_token": "eyJhbGciOiJIUzI1NiJ9...",
        "token_type": "Bearer",
        "expires_in": 900,
        "refresh_token": "rr_8mB0...",
        "session_id": EXAMPLE_ID,
    }


class PasswordIn(Body):
    """A change of one's own password."""

    current_password = fields.String(required=True, validate=validate.Length(1, 200))
    new_password = fields.String(required=True, validate=_PASSWORD)
    example: ClassVar = {"current_password": "correct horse battery", "new_password": "a longer staple than before"}


class NewPasswordIn(Body):
    """A password given by an admin."""

    password = fields.String(required=True, validate=_PASSWORD)
    example: ClassVar = {"password": "a longer staple than before"}


class MeOut(Shown):
    """Who the caller is."""

    kind = fields.String(required=True, validate=validate.OneOf(["user", "api_key"]))
    id = shown_id()
    role = fields.String(required=True, allow_none=True)
    permissions = fields.List(fields.String(), required=True)
    client_ids = fields.List(
        fields.String(), required=True, allow_none=True, metadata={"description": "null means all clients."}
    )
    session_id = shown_id(allow_none=True)
    example: ClassVar = {
        "kind": "user",
        "id": EXAMPLE_ID,
        "role": "agent",
        "permissions": ["read", "self", "write"],
        "client_ids": [EXAMPLE_ID],
        "session_id": EXAMPLE_ID,
    }


class ProfileOut(Shown):
    """What one is called."""

    name = fields.String(required=True)
    email = fields.String(required=True)
    role = fields.String(required=True, validate=_ROLES)
    example: ClassVar = {"name": "Alice", "email": "alice@agency.example", "role": "agent"}


class SessionOut(Shown):
    """One open sign-in."""

    id = shown_id()
    created_at = shown_instant()
    last_used_at = shown_instant()
    expires_at = shown_instant()
    address = fields.String(required=True, allow_none=True)
    user_agent = fields.String(required=True, allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "created_at": EXAMPLE_INSTANT,
        "last_used_at": EXAMPLE_INSTANT,
        "expires_at": "2026-04-01T09:15:00Z",
        "address": "192.0.2.7",
        "user_agent": "Mozilla/5.0",
    }


class EndedOut(Shown):
    """How many sessions were ended."""

    ended = fields.Integer(required=True)
    example: ClassVar = {"ended": 2}


class UserIn(Body):
    """A new user."""

    email = email_field(required=True)
    name = text_field(120, required=True)
    role = fields.String(required=True, validate=_ROLES)
    password = fields.String(required=True, validate=_PASSWORD)
    client_ids = fields.List(id_field(), load_default=list, validate=validate.Length(max=500))
    example: ClassVar = {
        "email": "alice@agency.example",
        "name": "Alice",
        "role": "agent",
        "password": "correct horse battery",
        "client_ids": [EXAMPLE_ID],
    }


class UserChange(Body):
    """What changes of a user."""

    name = text_field(120)
    role = fields.String(validate=_ROLES)
    active = Flag()
    example: ClassVar = {"role": "viewer"}


class UserOut(Shown):
    """Somebody who signs in."""

    id = shown_id()
    email = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True, validate=_ROLES)
    active = fields.Boolean(required=True)
    created_at = shown_instant()
    last_sign_in_at = shown_instant(allow_none=True)
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "email": "alice@agency.example",
        "name": "Alice",
        "role": "agent",
        "active": True,
        "created_at": EXAMPLE_INSTANT,
        "last_sign_in_at": None,
        "version": 1,
    }


class UserDetailOut(UserOut):
    """A user with the clients they are a member of."""

    client_ids = fields.List(fields.String(), required=True)
    example: ClassVar = {**UserOut.example, "client_ids": [EXAMPLE_ID]}


class MemberOut(Shown):
    """A user as a member of one client."""

    id = shown_id()
    email = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True, validate=_ROLES)
    active = fields.Boolean(required=True)
    member_since = shown_instant()
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "email": "alice@agency.example",
        "name": "Alice",
        "role": "agent",
        "active": True,
        "member_since": EXAMPLE_INSTANT,
    }


class NoticePreferences(Body):
    """Who is told of replies, and when not."""

    emails = fields.List(email_field(), validate=_MOST_EMAILS)
    reply_notices = Flag()
    min_temperature = fields.String(validate=_TEMPERATURES)
    quiet_from = fields.String(validate=_TIME, allow_none=True, metadata={"description": "Local time, HH:MM."})
    quiet_to = fields.String(validate=_TIME, allow_none=True)
    max_per_hour = Whole(validate=validate.Range(1, 1000))


class ReportPreferences(Body):
    """Who gets the weekly report, and when."""

    enabled = Flag()
    emails = fields.List(email_field(), validate=_MOST_EMAILS)
    weekday = Whole(validate=validate.Range(1, 7), metadata={"description": "1 is Monday."})
    hour = Whole(validate=validate.Range(0, 23), metadata={"description": "Local hour."})


_CLIENT_EXAMPLE = {
    "name": "Acme GmbH",
    "slug": "acme",
    "timezone": "Europe/Berlin",
    "notice_preferences": {"emails": ["ops@acme.example"], "quiet_from": "20:00", "quiet_to": "07:30"},
    "report_preferences": {"enabled": True, "emails": ["boss@acme.example"], "weekday": 1, "hour": 8},
}


class ClientIn(Body):
    """A new client."""

    name = text_field(120, required=True)
    slug = fields.String(
        validate=[validate.Length(1, 60), _SLUG],
        metadata={"description": "Short name for addresses; made from the name if absent."},
    )
    timezone = zone_field(required=True)
    notice_preferences = fields.Nested(NoticePreferences)
    report_preferences = fields.Nested(ReportPreferences)
    example: ClassVar = _CLIENT_EXAMPLE


class ClientChange(Body):
    """What changes of a client."""

    name = text_field(120)
    slug = fields.String(validate=[validate.Length(1, 60), _SLUG])
    timezone = zone_field()
    notice_preferences = fields.Nested(NoticePreferences)
    report_preferences = fields.Nested(ReportPreferences)
    example: ClassVar = {"timezone": "Europe/Vienna"}


class ClientOut(Shown):
    """A customer of the agency."""

    id = shown_id()
    name = fields.String(required=True)
    slug = fields.String(required=True)
    timezone = fields.String(required=True)
    notice_preferences = fields.Nested(NoticePreferences, required=True)
    report_preferences = fields.Nested(ReportPreferences, required=True)
    created_at = shown_instant()
    archived_at = shown_instant(allow_none=True)
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        **_CLIENT_EXAMPLE,
        "created_at": EXAMPLE_INSTANT,
        "archived_at": None,
        "version": 1,
    }


class ApiKeyIn(Body):
    """A new API key."""

    name = text_field(120, required=True)
    client_id = id_field(
        load_default=None, allow_none=True, metadata={"description": "null makes an agency-wide key (admins only)."}
    )
    scopes = fields.List(
        word_field(KEY_SCOPES),
        required=True,
        validate=validate.Length(1, 10),
    )
    expires_at = instant_field(
        load_default=None, allow_none=True, metadata={"description": "In the future; null means never."}
    )
    example: ClassVar = {"name": "n8n", "client_id": None, "scopes": ["read", "jobs"], "expires_at": None}


class ApiKeyOut(Shown):
    """An API key, without the key."""

    id = shown_id()
    client_id = shown_id(allow_none=True)
    name = fields.String(required=True)
    prefix = fields.String(required=True, metadata={"description": "How the key begins, to tell keys apart."})
    scopes = fields.List(fields.String(), required=True)
    created_by = shown_id(allow_none=True)
    created_at = shown_instant()
    expires_at = shown_instant(allow_none=True)
    last_used_at = shown_instant(allow_none=True)
    revoked_at = shown_instant(allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": None,
        "name": "n8n",
        "prefix": "rk_Zx81q2m",
        "scopes": ["jobs", "read"],
        "created_by": EXAMPLE_ID,
        "created_at": EXAMPLE_INSTANT,
        "expires_at": None,
        "last_used_at": None,
        "revoked_at": None,
    }


class NewApiKeyOut(ApiKeyOut):
    """A new API key: the only time the key is shown."""

    key = fields.String(required=True)
    example: ClassVar = {**ApiKeyOut.example, "key": "rk_Zx81q2m..."}
