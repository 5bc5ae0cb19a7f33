"""Connections to addresses that strangers gave us: resolved once, judged, and made to what was judged.

A name that is asked for twice may answer twice: a public address for the check and ours for the connection. So the
answer that was checked is the one that is connected to, while the certificate and the Host header go by the name.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import NameResolutionError, NewConnectionError

from rapport.outside.bounds import HurriedConnection, HurriedTlsConnection
from rapport.outside.web import ForbiddenAddressError, ForgetfulPool, ForgetfulTlsPool, new_session
from rapport.rules.addresses import Network, may_be_called

if TYPE_CHECKING:
    import requests

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a host."""


def ask_the_system(host: str, port: int) -> list[str]:
    """The addresses of a host by the system's resolver, each once and in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def guarded_session(
    *, connect_seconds: float, read_seconds: float, allowed: Sequence[Network] = (), resolve: Resolver = ask_the_system
) -> requests.Session:
    """A session that connects to public addresses and to those of the allowed networks, and to no other."""

    class Plain(_Pinned, HurriedConnection):
        def judged(self, host: str, port: int) -> list[str]:
            return _judged(self, host, port, resolve, allowed)

    class Tls(_Pinned, HurriedTlsConnection):
        def judged(self, host: str, port: int) -> list[str]:
            return _judged(self, host, port, resolve, allowed)

    class PlainPool(ForgetfulPool):
        ConnectionCls = Plain

    class TlsPool(ForgetfulTlsPool):
        ConnectionCls = Tls

    return new_session(
        connect_seconds=connect_seconds, read_seconds=read_seconds, keep_alive=False, pools=(PlainPool, TlsPool)
    )


class _Pinned:
    """Connects to what was judged, under the name it was asked for."""

    _dns_host: str
    port: int
    judged: Callable[[str, int], list[str]]
    """The addresses of a host that may be connected to."""

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        last: NewConnectionError | None = None
        for address in self.judged(name, self.port):
            self._dns_host = address
            try:
                return super()._new_conn()  # type: ignore[misc, no-any-return]
            except NewConnectionError as refused:
                last = refused
            finally:
                self._dns_host = name
        raise last or NewConnectionError(self, "no address")  # type: ignore[arg-type]


def _judged(connection: Any, host: str, port: int, resolve: Resolver, allowed: Sequence[Network]) -> list[str]:
    """The addresses of a host; one that may not be called spoils all, for whoever answers so means harm."""
    try:
        found = resolve(host.strip("[]"), port)
    except (OSError, UnicodeError) as unknown:
        gone = unknown if isinstance(unknown, socket.gaierror) else socket.gaierror(str(unknown))
        raise NameResolutionError(host, connection, gone) from None
    if not found or not all(may_be_called(each, allowed=allowed) for each in found):
        raise ForbiddenAddressError(connection, "an address that may not be called")
    return list(found)
