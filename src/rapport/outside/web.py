"""The one place where a `requests` session is made, and the one way an answer is fetched with it.

Whatever a caller forgets, a session from here has a connect and a read time-out, never repeats a request by
itself, never follows a redirect (it would carry the key to another host), reads no proxy, `.netrc` or
cookie from its surroundings. `fetch` adds the two limits `requests` has not: total time and total size.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    HTTPError,
    InvalidChunkLength,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)
from urllib3.util.ssl_ import create_urllib3_context

from rapport.outside.bounds import Bounds, HurriedConnection, HurriedTlsConnection, hurried_tls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urllib3._base_connection import BaseHTTPConnection

_PIECE = 16 * 1024
_HEAD = 256 * 1024
"""What an answer may have beside its body: more than http.client takes of headers, and some chunk lengths."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = HurriedConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = HurriedTlsConnection


class _Forgetful(HTTPConnectionPool):
    """Hangs up after each answer; asking for `Connection: close` is not enough, a server may not comply."""

    def _put_conn(self, conn: BaseHTTPConnection | None) -> None:
        if conn is not None:
            conn.close()
        super()._put_conn(conn)


class ForgetfulPool(_Forgetful, _Pool):
    """One connection a request."""


class ForgetfulTlsPool(_Forgetful, _TlsPool):
    """Likewise."""


Pools = tuple[type[HTTPConnectionPool], type[HTTPConnectionPool]]


class _Adapter(HTTPAdapter):
    """Connections that keep to the bounds, with time-outs even where the caller gave none."""

    def __init__(self, *, connect_seconds: float, read_seconds: float, connections: int, pools: Pools) -> None:
        self._timeout = (connect_seconds, read_seconds)
        self._pools = pools
        super().__init__(pool_connections=connections, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=hurried_tls(create_urllib3_context()), **kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(zip(("http", "https"), self._pools, strict=True))

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout
        return super().send(request, *args, **kwargs)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """No answer redirects, also where a caller asked to follow."""


def new_session(
    *,
    connect_seconds: float,
    read_seconds: float,
    keep_alive: bool = True,
    connections: int = 4,
    pools: Pools | None = None,
) -> requests.Session:
    """A session that is safe to hand a key to.

    Without `keep_alive` each request has a connection of its own. On a kept one the other side may hang up
    just as we send, and the reset leaves a write in doubt although nobody heard it. `pools` make connections of
    their own kind, for HTTP and for HTTPS.
    """
    # urllib3 logs addresses, and bytes of answers it could not read: both may hold what logs must not.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    if not keep_alive:
        session.headers["Connection"] = "close"
    adapter = _Adapter(
        connect_seconds=connect_seconds,
        read_seconds=read_seconds,
        connections=connections,
        pools=pools or ((_Pool, _TlsPool) if keep_alive else (ForgetfulPool, ForgetfulTlsPool)),
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class ForbiddenAddressError(NewConnectionError):
    """The host resolves to an address that may not be called: no connection was begun."""


class Fault(StrEnum):
    """Why no whole answer came."""

    UNSENDABLE = "unsendable_request"
    """Our own request could not be put into bytes."""
    FORBIDDEN_ADDRESS = "forbidden_address"
    """What the name resolves to may not be called."""
    CONNECTION_REFUSED = "connection_refused"
    NAME_NOT_RESOLVED = "name_not_resolved"
    CONNECT_TIMED_OUT = "connect_timed_out"
    TLS_FAILED = "tls_failed"
    RESET = "connection_reset"
    TIMED_OUT = "timed_out"
    TOO_LARGE = "answer_too_large"
    GARBLED = "answer_garbled"


class NoAnswerError(Exception):
    """The call brought no whole answer. Carries no request, because that holds the key."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: its length is right and its end was seen."""

    status: int
    headers: Mapping[str, str]
    """Names in any case."""
    body: bytes


def fetch(
    session: requests.Session,
    request: requests.Request,
    *,
    seconds: float,
    max_bytes: int,
    monotonic: Callable[[], float],
) -> Answer:
    """Send once and read the whole answer within the time and the size, or raise `NoAnswerError`.

    The size holds twice: for the bytes on the wire with the head among them, and for the body unpacked.
    """
    bounds = Bounds(seconds=seconds, wire_bytes=max_bytes + _HEAD, monotonic=monotonic)
    try:
        with bounds.in_force():
            return _fetch(session, request, max_bytes=max_bytes)
    except _WHAT_GOES_WRONG as problem:
        fault = _fault_of(problem, bounds)
    # Raised here and not inside `except`: the exception of requests holds the request, and so the key.
    raise NoAnswerError(fault)


def _fetch(session: requests.Session, request: requests.Request, *, max_bytes: int) -> Answer:
    try:
        prepared = session.prepare_request(request)
    except (requests.RequestException, ValueError):
        prepared = None
    if prepared is None:
        raise NoAnswerError(Fault.UNSENDABLE)
    with session.send(prepared, stream=True, allow_redirects=False) as response:
        body = bytearray()
        for piece in response.iter_content(_PIECE):
            body += piece
            if len(body) > max_bytes:
                raise NoAnswerError(Fault.TOO_LARGE)
        return Answer(status=response.status_code, headers=response.headers, body=bytes(body))


def _cause(problem: BaseException) -> BaseException | None:
    """What urllib3 raised underneath, without the layers put around it."""
    inner = problem.args[0] if problem.args else None
    if isinstance(inner, MaxRetryError):
        return inner.reason
    return inner if isinstance(inner, BaseException) else None


def _connected(problem: BaseException) -> bool:
    """False only where the connection itself was never made."""
    return not isinstance(problem, requests.ConnectTimeout) and not isinstance(_cause(problem), NewConnectionError)


_WHAT_GOES_WRONG = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)
"""Not all that urllib3 and http.client raise is wrapped by requests, and none of it may reach a caller."""

_TOLD_BY: tuple[tuple[tuple[type[BaseException], ...], Fault], ...] = (
    ((requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema), Fault.UNSENDABLE),
    ((ForbiddenAddressError,), Fault.FORBIDDEN_ADDRESS),
    ((NameResolutionError,), Fault.NAME_NOT_RESOLVED),
    ((requests.ConnectTimeout,), Fault.CONNECT_TIMED_OUT),
    ((NewConnectionError,), Fault.CONNECTION_REFUSED),
    ((requests.Timeout, TimeoutError, ReadTimeoutError), Fault.TIMED_OUT),
    ((requests.exceptions.SSLError,), Fault.TLS_FAILED),
    ((requests.exceptions.ContentDecodingError, InvalidChunkLength, ValueError), Fault.GARBLED),
)
"""The first line that fits, narrow before wide: urllib3's exceptions are kinds of one another."""


def _fault_of(problem: BaseException, bounds: Bounds) -> Fault:
    if bounds.is_overdrawn:
        return Fault.TOO_LARGE
    if bounds.is_late and _connected(problem):
        return Fault.TIMED_OUT
    seen = (problem, _cause(problem))
    for kinds, fault in _TOLD_BY:
        if any(isinstance(one, kinds) for one in seen):
            return fault
    return Fault.RESET
