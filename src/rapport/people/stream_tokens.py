"""Stream tokens: what a browser shows to open a live stream, for its EventSource can send no header.

It stands in an address, so it is good once and for a minute, and opens nothing but a stream.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from rapport.kernel.crypto import new_token, token_hash
from rapport.kernel.errors import UNAUTHENTICATED, RapportError
from rapport.kernel.tx import Tx
from rapport.people.models import StreamToken, UserSession

PREFIX = "rs"
LIFE = timedelta(seconds=60)
_LONGEST = 200


def mint(tx: Tx, session_id: str) -> str:
    """A token of this sign-in. Those that ran out go with the making of a new one."""
    tx.session.execute(delete(StreamToken).where(StreamToken.expires_at <= tx.now))
    token = new_token(PREFIX)
    tx.session.add(StreamToken(token_hash=token_hash(token), session_id=session_id, expires_at=tx.now + LIFE))
    return token


def spend(tx: Tx, token: str) -> tuple[str, str]:
    """The user and the sign-in of a token, which is good no more."""
    if not token.startswith(f"{PREFIX}_") or len(token) > _LONGEST or not token.isascii():
        raise RapportError(UNAUTHENTICATED)
    spent = tx.session.execute(
        delete(StreamToken)
        .where(StreamToken.token_hash == token_hash(token), StreamToken.expires_at > tx.now)
        .returning(StreamToken.session_id)
    ).scalar()
    session = tx.session.get(UserSession, spent) if spent is not None else None
    if session is None:
        raise RapportError(UNAUTHENTICATED)
    return session.user_id, session.id
