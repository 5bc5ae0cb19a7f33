"""Who asks, and may they: the door of every operation.

A verified credential is remembered for a few seconds (`AUTH_CACHE_SECONDS`), for decoding and looking it up
is the dearest part of a small read. A revocation, a change of role or of membership in this process empties
the memory at once; in another process it takes effect within those seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Request
from sqlalchemy.exc import SQLAlchemyError

from rapport.http.bodies import body_bytes
from rapport.http.context import Service
from rapport.kernel import signatures
from rapport.kernel.crypto import same
from rapport.kernel.errors import FORBIDDEN, UNAUTHENTICATED, RapportError
from rapport.kernel.log import get_log
from rapport.kernel.principal import Actor, Principal
from rapport.kernel.tenancy import ALL_CLIENTS, NO_CLIENTS, only
from rapport.kernel.tokens import AccessTokens
from rapport.rules.permissions import Permission

ANONYMOUS = Principal(Actor("anonymous"), frozenset(), NO_CLIENTS)
SCRAPER = Principal(Actor("system", "metrics"), frozenset({Permission.METRICS}), NO_CLIENTS)
_NOTED_EVERY = 60.0
_log = get_log("guards")
KEY_PREFIX = "rk_"
_MOST_REMEMBERED = 10_000
_LONGEST_CREDENTIAL = 4096
_LOOKING = Actor("system", "sign-in")
CONNECTION = "X-Rapport-Connection"
"""Names the connection whose secret signed a callback."""
_SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature", "X-Timestamp", "X-Signature")
_NOBODYS = signatures.new_secret()
"""What an unknown connection's signature is compared with, so that its answer takes as long."""


class Door:
    """Establishes the caller of a request."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._remembered: dict[tuple[str, str], tuple[float, Principal]] = {}
        self._noted: dict[str, float] = {}

    def forget(self) -> None:
        """Believe no remembered credential any more."""
        self._remembered = {}

    def identify(self, request: Request) -> Principal:
        """The caller by `Authorization: Bearer …` (token or API key), `X-API-Key`, or a connection's signature."""
        connection_id = request.headers.get(CONNECTION)
        if connection_id is not None:
            return self._signed(request, connection_id)
        return self._established("header", _credential(request.environ), self._look_up)

    def of_page(self, cookie: str) -> Principal:
        """The caller of a page, by the cookie of their session. It is no token for the API, nor is a token a cookie."""
        if len(cookie) > _LONGEST_CREDENTIAL or not cookie.isascii():
            raise RapportError(UNAUTHENTICATED)
        return self._established("cookie", cookie, lambda given: self._of_session(given, self._service.cookies))

    def _established(self, kind: str, credential: str, look_up: Callable[[str], tuple[Principal, float]]) -> Principal:
        known = self._recall(kind, credential)
        if known is not None:
            return known
        moment = self._service.clock.monotonic()
        remembered = self._remembered  # the dictionary as it is now: a forget() meanwhile makes another one
        principal, seconds = look_up(credential)
        keep = min(seconds, self._service.settings.auth_cache_seconds)
        if keep > 0:
            if len(remembered) >= _MOST_REMEMBERED:
                remembered.clear()
            remembered[kind, credential] = (moment + keep, principal)
        return principal

    def by_stream_token(self, token: str) -> Principal:
        """The caller by a stream token, which is spent with this."""
        with self._service.transaction(actor=_LOOKING, scope=ALL_CLIENTS) as tx:
            return self._service.authenticate.by_stream_token(tx, token)

    def remembered(self, environ: dict[str, Any]) -> Principal | None:
        """The caller, when their credential was verified a moment ago; otherwise `identify` must."""
        return self._recall("header", _credential(environ))

    def _signed(self, request: Request, connection_id: str) -> Principal:
        """A connection, by its signature of the body: it may call back for its client, and nothing else.

        The signature is looked at each time; nothing of it is remembered.
        """
        service = self._service
        with service.reading(actor=_LOOKING, scope=ALL_CLIENTS) as reading:
            found = service.signer(reading, connection_id)
            now = reading.now
        given = {name: request.headers[name] for name in _SIGNED if name in request.headers}
        client_id, secrets = found if found is not None else ("", (_NOBODYS,))
        signatures.verified(given, body_bytes(request), secrets=secrets, now=now)
        if found is None:
            raise RapportError(UNAUTHENTICATED)
        return Principal(Actor("n8n", connection_id), frozenset({Permission.CALLBACKS}), only([client_id]))

    def _recall(self, kind: str, credential: str) -> Principal | None:
        found = self._remembered.get((kind, credential))
        return found[1] if found is not None and found[0] > self._service.clock.monotonic() else None

    def _look_up(self, credential: str) -> tuple[Principal, float]:
        service = self._service
        scraper = service.settings.metrics_token
        if scraper and same(credential.encode(), scraper.encode()):
            return SCRAPER, float("inf")
        if not credential.startswith(KEY_PREFIX):
            return self._of_session(credential, service.tokens)
        with service.reading(actor=_LOOKING, scope=ALL_CLIENTS) as reading:
            principal, expires_at = service.authenticate.by_key(reading, credential)
            left = (expires_at - reading.now).total_seconds() if expires_at else float("inf")
        self._note_use(principal)
        return principal, left

    def _of_session(self, credential: str, tokens: AccessTokens) -> tuple[Principal, float]:
        with self._service.reading(actor=_LOOKING, scope=ALL_CLIENTS) as reading:
            claims = tokens.verify(credential, reading.now)
            principal = self._service.authenticate.by_session(reading, claims.user_id, claims.session_id)
            return principal, (claims.expires_at - reading.now).total_seconds()

    def _note_use(self, principal: Principal) -> None:
        """Keep when a key was last used. It is a courtesy: a database that cannot write must not refuse a read."""
        key_id = principal.actor.id or ""
        moment = self._service.clock.monotonic()
        if moment - self._noted.get(key_id, -_NOTED_EVERY) < _NOTED_EVERY:
            return
        self._noted[key_id] = moment
        try:
            with self._service.transaction(actor=principal.actor, scope=ALL_CLIENTS) as tx:
                self._service.authenticate.note_key_use(tx, key_id)
        except SQLAlchemyError as trouble:
            _log.warning("key_use_not_noted", error=type(trouble).__name__)


def require(principal: Principal, any_of: tuple[Permission, ...]) -> None:
    """Refuse a caller who may do none of these."""
    if principal.permissions.isdisjoint(any_of):
        raise RapportError(FORBIDDEN)


def _credential(environ: dict[str, Any]) -> str:
    header = environ.get("HTTP_AUTHORIZATION")
    if header is not None:
        scheme, _, credential = header.partition(" ")
        if scheme.lower() != "bearer" or not credential:
            raise RapportError(UNAUTHENTICATED)
    else:
        credential = environ.get("HTTP_X_API_KEY", "")
        if not credential.startswith(KEY_PREFIX):
            raise RapportError(UNAUTHENTICATED)
    if len(credential) > _LONGEST_CREDENTIAL or not credential.isascii():
        raise RapportError(UNAUTHENTICATED)
    return credential
