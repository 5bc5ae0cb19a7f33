"""What the HTTP side needs of the assembled service, and how a view reaches it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast

from flask import Request, current_app

from rapport.http.files import Upload
from rapport.kernel.clock import Clock
from rapport.kernel.crypto import Keys
from rapport.kernel.listing import Asked
from rapport.kernel.metrics import Metrics
from rapport.kernel.principal import Actor, Principal
from rapport.kernel.settings import Settings
from rapport.kernel.tenancy import Scope
from rapport.kernel.tokens import AccessTokens
from rapport.kernel.tx import Reading, Tx
from rapport.ports.cache import Cache
from rapport.ports.counters import Counters


class Versions(Protocol):
    """Tells the version of the data of some clients (None: of all), as it is at this moment."""

    def current(self, client_ids: frozenset[str] | None) -> str: ...


class Authenticate(Protocol):
    """Tells who a credential belongs to, or raises. The people room implements it."""

    def by_session(self, reading: Reading, user_id: str, session_id: str) -> Principal: ...

    def by_key(self, reading: Reading, key: str) -> tuple[Principal, datetime | None]: ...

    def by_stream_token(self, tx: Tx, token: str) -> Principal: ...

    def note_key_use(self, tx: Tx, key_id: str) -> None: ...


class Door(Protocol):
    """Establishes the caller of a request."""

    def identify(self, request: Request) -> Principal: ...

    def by_stream_token(self, token: str) -> Principal: ...

    def remembered(self, environ: dict[str, Any]) -> Principal | None: ...

    def of_page(self, cookie: str) -> Principal: ...


class Service(Protocol):
    """The part of the assembled service that the HTTP side uses; rooms' own parts hang beside it."""

    settings: Settings
    clock: Clock
    keys: Keys
    tokens: AccessTokens
    cookies: AccessTokens
    metrics: Metrics
    counters: Counters
    cache: Cache
    versions: Versions
    authenticate: Authenticate
    door: Door

    def reading(self, *, actor: Actor, scope: Scope) -> AbstractContextManager[Reading]: ...

    def transaction(self, *, actor: Actor, scope: Scope, ahead: bool) -> AbstractContextManager[Tx]: ...


def service() -> Any:
    """The service of the running application."""
    return current_app.extensions["rapport"]


@dataclass(slots=True)
class Call:
    """One request on its way through a view: who asks, what they sent, and the database under their scope."""

    service: Any
    principal: Principal
    reading: Reading
    body: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    asked: Asked = field(default_factory=Asked)
    file: Upload | None = None
    prepared: Any = None
    """What was found out before the transaction began."""

    @property
    def tx(self) -> Tx:
        """The transaction, in operations that write."""
        return cast(Tx, self.reading)


@dataclass(frozen=True, slots=True)
class Reply:
    """A view's answer when it is more than a body: another status, headers, or bytes of its own kind.

    An iterator of bytes is sent piece by piece; only a view that begins its transactions itself may give one.
    """

    body: Any = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = None
