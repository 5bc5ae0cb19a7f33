"""Signing in and out, one's sessions, one's password.

Passwords are verified with no transaction open: the work takes a tenth of a second, and on SQLite a
transaction would keep every other writer waiting for it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request

from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.http.transaction import reading, transaction
from rapport.kernel.errors import (
    CREDENTIALS_INVALID,
    FORBIDDEN,
    NOT_FOUND,
    PASSWORD_WRONG,
    RATE_LIMITED,
    REFRESH_INVALID,
    REFRESH_REUSED,
    RapportError,
)
from rapport.kernel.ids import AGENCY
from rapport.kernel.listing import Page, page
from rapport.kernel.principal import Actor, Principal
from rapport.kernel.schema import page_of
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.people import events, queries, sessions, users
from rapport.people.schemas import EndedOut, LoginIn, MeOut, PasswordIn, ProfileOut, RefreshIn, SessionOut, TokensOut
from rapport.rules.permissions import Permission

room = Room("auth", "/auth", "Signing in: tokens, sessions, password.")

_DOOR = Principal(Actor("system", "sign-in"), frozenset(), ALL_CLIENTS)


@room.post(
    "/login",
    may=None,
    body=LoginIn,
    out=TokensOut,
    status=200,
    once=False,
    own=True,
    no_store=True,
    errors=[CREDENTIALS_INVALID],
)
def login(call: Call) -> dict[str, Any]:
    """Sign in with email and password.

    At most 10 attempts a minute per address and per email, counted before the password is looked at.
    """
    email = call.body["email"].lower()
    _count_attempt(call, email)
    with reading(call.service, _DOOR) as opened:
        found = queries.credentials(opened, email)
    good = call.service.passwords.good(found[1] if found else None, call.body["password"])
    if found is None or not good:
        with transaction(call.service, _DOOR) as tx:
            tx.emit(events.SIGN_IN_FAILED, client_id=AGENCY, data={"email": email, "address": request.remote_addr})
        raise RapportError(CREDENTIALS_INVALID)
    with transaction(call.service, _DOOR) as tx:
        user = users.get(tx, found[0])
        if user.password_hash != found[1] or not user.active:
            raise RapportError(CREDENTIALS_INVALID)  # changed since it was verified
        opened_session = sessions.open_session(
            tx,
            user,
            life=_session_life(call),
            address=request.remote_addr,
            user_agent=request.headers.get("User-Agent"),
        )
        return _tokens(call, opened_session)


@room.post(
    "/refresh",
    may=None,
    body=RefreshIn,
    out=TokensOut,
    status=200,
    once=False,
    own=True,
    no_store=True,
    errors=[REFRESH_INVALID, REFRESH_REUSED],
)
def refresh(call: Call) -> dict[str, Any]:
    """Exchange the refresh token for new tokens.

    Each is good once. Showing one a second time ends its session: one of the two who have it is a thief.
    """
    with transaction(call.service, _DOOR) as tx:
        opened_session = sessions.refresh(tx, call.body["refresh_token"], life=_session_life(call))
        tokens = _tokens(call, opened_session) if opened_session is not None else None
    if tokens is None:
        raise RapportError(REFRESH_REUSED)
    return tokens


@room.post("/logout", may=Permission.SELF, out=None, status=204, once=False)
def logout(call: Call) -> None:
    """End the session of this access token."""
    sessions.end_own(call.tx, _user_id(call), call.principal.session_id or "")


@room.get("/me", may=Permission.READ, out=MeOut)
def show_me(call: Call) -> dict[str, Any]:
    """Show who the caller is and what they may do."""
    principal = call.principal
    clients = principal.scope.client_ids
    return {
        "kind": principal.actor.type,
        "id": principal.actor.id,
        "role": principal.role,
        "permissions": sorted(principal.permissions),
        "client_ids": sorted(clients) if clients is not None else None,
        "session_id": principal.session_id,
    }


@room.get("/profile", may=Permission.SELF, out=ProfileOut)
def show_profile(call: Call) -> dict[str, Any]:
    """Show one's own name and email."""
    return queries.profile(call.reading, _user_id(call))


@room.get("/sessions", may=Permission.SELF, out=page_of(SessionOut), listing=queries.SESSIONS)
def list_sessions(call: Call) -> Page:
    """List one's open sessions."""
    return page(call.reading, queries.SESSIONS, call.asked, *queries.open_sessions_of(_user_id(call), call.reading.now))


@room.delete("/sessions/<id:session_id>", may=Permission.SELF, errors=[NOT_FOUND])
def end_session(call: Call, session_id: str) -> None:
    """End one of one's sessions."""
    sessions.end_own(call.tx, _user_id(call), session_id)


@room.post("/sessions/end-others", may=Permission.SELF, out=EndedOut, status=200, once=False)
def end_other_sessions(call: Call) -> dict[str, Any]:
    """End all of one's sessions but this one."""
    return {"ended": sessions.end_all(call.tx, _user_id(call), reason="ended_others", but=call.principal.session_id)}


@room.post(
    "/password",
    may=Permission.SELF,
    body=PasswordIn,
    out=None,
    status=204,
    once=False,
    own=True,
    errors=[PASSWORD_WRONG],
)
def change_password(call: Call) -> None:
    """Change one's password; all other sessions end."""
    user_id = _user_id(call)
    _count_attempt(call, user_id)
    with reading(call.service, call.principal) as opened:
        known = queries.password_hash(opened, user_id)
    if not call.service.passwords.good(known, call.body["current_password"]):
        raise RapportError(PASSWORD_WRONG)
    hashed = call.service.passwords.hash(call.body["new_password"])
    with transaction(call.service, call.principal) as tx:
        user = users.get(tx, user_id)
        if user.password_hash != known:
            raise RapportError(PASSWORD_WRONG)  # changed since it was verified
        users.set_password(tx, user, hashed, but_session=call.principal.session_id)


def _count_attempt(call: Call, account: str) -> None:
    """Count before any hash is computed: a flood must not cost us what it is aimed at."""
    limit = call.service.settings.login_limit_per_minute
    for bucket, key in (("login-address", request.remote_addr or "-"), ("login-account", account)):
        allowance = call.service.counters.hit(bucket, key, limit=limit)
        if not allowance.allowed:
            raise RapportError(RATE_LIMITED, retry_after=allowance.reset_in)


def _user_id(call: Call) -> str:
    if call.principal.actor.type != "user" or call.principal.actor.id is None:
        raise RapportError(FORBIDDEN)
    return call.principal.actor.id


def _session_life(call: Call) -> timedelta:
    return timedelta(days=call.service.settings.refresh_token_days)


def _tokens(call: Call, opened_session: sessions.Opened) -> dict[str, Any]:
    life = timedelta(minutes=call.service.settings.access_token_minutes)
    access = call.service.tokens.mint(
        user_id=opened_session.user.id,
        session_id=opened_session.session.id,
        token_id=opened_session.token_id,
        now=opened_session.session.last_used_at,
        life=life,
    )
    return {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": int(life.total_seconds()),
        "refresh_token": opened_session.refresh_token,
        "session_id": opened_session.session.id,
    }
