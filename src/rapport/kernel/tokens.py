"""Access tokens: short-lived, signed, and good for nothing but saying who asks.

Only HS256 under our own key is accepted, whatever a token's header proposes; audience, issuer, kind and
all times are checked. A refresh token is no JWT at all but a random secret kept as a hash, so neither can
be mistaken for the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from rapport.kernel.crypto import Keys
from rapport.kernel.errors import TOKEN_EXPIRED, UNAUTHENTICATED, RapportError

_ISSUER = "rapport"
_AUDIENCE = "rapport-api"
_LEEWAY = timedelta(seconds=5)
_SHAPE = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
"""No padding: a token has one spelling, so that what is remembered or revoked by its text is all of it."""
_REQUIRED = ("iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti", "typ")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says."""

    user_id: str
    session_id: str
    expires_at: datetime


class AccessTokens:
    """Mints and verifies those of one kind. Each kind has a key of its own: none is good in place of another."""

    def __init__(self, keys: Keys, *, kind: str = "access") -> None:
        self._kind = kind
        self._key = keys.key(f"{kind}-token")

    def mint(self, *, user_id: str, session_id: str, token_id: str, now: datetime, life: timedelta) -> str:
        payload = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "typ": self._kind,
            "sub": user_id,
            "sid": session_id,
            "jti": token_id,
            "iat": now,
            "nbf": now,
            "exp": now + life,
        }
        return jwt.encode(payload, self._key, algorithm="HS256")

    def verify(self, token: str, now: datetime) -> Claims:
        """The claims, or a refusal. Times are judged by `now`, not by the library's own clock."""
        if not _SHAPE.fullmatch(token):
            raise RapportError(UNAUTHENTICATED)
        try:
            found: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=["HS256"],
                audience=_AUDIENCE,
                issuer=_ISSUER,
                options={"require": list(_REQUIRED), "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
            times = {name: datetime.fromtimestamp(int(found[name]), UTC) for name in ("iat", "nbf", "exp")}
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError, RecursionError):
            raise RapportError(UNAUTHENTICATED) from None
        good = (
            found["typ"] == self._kind
            and isinstance(found["sub"], str)
            and isinstance(found["sid"], str)
            and times["iat"] <= now + _LEEWAY
            and times["nbf"] <= now + _LEEWAY
        )
        if not good:
            raise RapportError(UNAUTHENTICATED)
        if times["exp"] <= now:
            raise RapportError(TOKEN_EXPIRED)
        return Claims(found["sub"], found["sid"], times["exp"])
