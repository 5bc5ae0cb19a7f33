"""Signing in, refreshing, signing out.

A session is a family of refresh tokens, each good for one use. One that is shown a second time was stolen,
from us or from its owner, and nobody can tell which: so the whole family ends (promise of the room).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from rapport.kernel.crypto import new_token, token_hash
from rapport.kernel.errors import NOT_FOUND, REFRESH_INVALID, RapportError
from rapport.kernel.ids import AGENCY
from rapport.kernel.principal import Actor
from rapport.kernel.tx import Tx
from rapport.people import events
from rapport.people.models import RefreshToken, User, UserSession

_LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Opened:
    """A session and the one token that refreshes it next."""

    session: UserSession
    user: User
    refresh_token: str
    token_id: str
    """Id of the access token that goes with it."""


def open_session(tx: Tx, user: User, *, life: timedelta, address: str | None, user_agent: str | None) -> Opened:
    """Sign a user in whose password was verified."""
    session = UserSession(
        id=tx.new_id(),
        user_id=user.id,
        created_at=tx.now,
        last_used_at=tx.now,
        expires_at=tx.now + life,
        address=address,
        user_agent=(user_agent or "")[:_LONGEST_AGENT] or None,
    )
    tx.session.add(session)
    tx.session.flush()  # the token below refers to it
    user.last_sign_in_at = tx.now
    tx.emit(
        events.SIGNED_IN,
        client_id=AGENCY,
        data={"email": user.email, "address": address, "user_id": user.id, "session_id": session.id},
        actor=Actor("user", user.id),
    )
    return Opened(session, user, _new_refresh_token(tx, session), tx.new_id())


def refresh(tx: Tx, token: str, *, life: timedelta) -> Opened | None:
    """Exchange a refresh token for the next; `None` when it was used before, and its session is ended.

    Two exchanges of one token meet at its row lock: the second finds it used.
    """
    row = tx.session.execute(
        select(RefreshToken).where(RefreshToken.token_hash == token_hash(token)).with_for_update(key_share=True)
    ).scalar()
    if row is None:
        raise RapportError(REFRESH_INVALID)
    session = tx.session.get_one(UserSession, row.session_id)
    user = tx.session.get_one(User, session.user_id)
    if session.revoked_at is not None or session.expires_at <= tx.now or not user.active:
        raise RapportError(REFRESH_INVALID)
    if row.used_at is not None:
        end_session(tx, session, reason="refresh_reused")
        tx.emit(
            events.REFRESH_REUSED,
            client_id=AGENCY,
            data={"user_id": user.id, "session_id": session.id},
            actor=Actor("user", user.id),
        )
        return None
    row.used_at = tx.now
    session.last_used_at = tx.now
    session.expires_at = tx.now + life
    return Opened(session, user, _new_refresh_token(tx, session), tx.new_id())


def end_session(tx: Tx, session: UserSession, *, reason: str) -> None:
    """End one session; its access tokens are refused from now on."""
    if session.revoked_at is not None:
        return
    session.revoked_at = tx.now
    session.revoke_reason = reason
    tx.emit(
        events.SIGNED_OUT,
        client_id=AGENCY,
        data={"reason": reason, "user_id": session.user_id, "session_id": session.id},
    )
    events.identities_changed(tx)


def end_own(tx: Tx, user_id: str, session_id: str) -> None:
    """End one of a user's own sessions."""
    session = tx.session.get(UserSession, session_id)
    if session is None or session.user_id != user_id or session.revoked_at is not None:
        raise RapportError(NOT_FOUND)
    end_session(tx, session, reason="signed_out")


def end_all(tx: Tx, user_id: str, *, reason: str, but: str | None = None) -> int:
    """End every open session of a user, but one if named; answers how many."""
    open_sessions = tx.session.execute(
        select(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    ).scalars()
    ended = 0
    for session in open_sessions:
        if session.id != but:
            end_session(tx, session, reason=reason)
            ended += 1
    return ended


def purge(tx: Tx, *, older_than: datetime) -> int:
    """Delete sessions that ended long ago, with their tokens; the log keeps what happened."""
    gone = tx.session.execute(delete(UserSession).where(UserSession.expires_at <= older_than))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _new_refresh_token(tx: Tx, session: UserSession) -> str:
    token = new_token("rr")
    tx.session.add(RefreshToken(token_hash=token_hash(token), session_id=session.id, created_at=tx.now))
    return token
