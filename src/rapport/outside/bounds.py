"""What a call may take, in all: so many seconds, so many bytes, however they are dealt out.

A read time-out starts anew with every byte, so a provider that drips can hold a worker for hours; and a
limit on the body is none on a chunk's length or a trailer that never ends. Here each socket operation is
given no more than what is left of the whole call's time, and every byte that arrives is counted.

The bounds reach the socket by a context variable, because a pooled connection outlives the calls that
borrow it and urllib3 hands no call's own values down to it. Two things happen before there is a socket and
are bounded otherwise: a name is looked up within the resolver's own limits, and of a host with several
addresses each may be tried for the connect time-out.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_current: ContextVar[Bounds | None] = ContextVar("bounds", default=None)

_SHORTEST = 0.001
"""A socket takes 0 for "do not block"; this is "now" for one that must still say it timed out."""


class Bounds:
    """Seconds and bytes of one call. The clock is one that only goes forward."""

    def __init__(self, *, seconds: float, wire_bytes: int, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends = monotonic() + seconds
        self._bytes_left = wire_bytes

    @property
    def seconds_left(self) -> float:
        """Negative when the time is used up."""
        return self._ends - self._monotonic()

    @property
    def is_late(self) -> bool:
        return self.seconds_left <= 0

    @property
    def is_overdrawn(self) -> bool:
        return self._bytes_left < 0

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Bound every operation on this module's connections in this thread."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    def within(self, seconds: float | None) -> float:
        """`seconds`, or what is left of them."""
        left = max(self.seconds_left, _SHORTEST)
        return left if seconds is None else min(seconds, left)

    def count(self, arrived: int) -> None:
        """Take what arrived off the bytes; raises when there were not so many left."""
        self._bytes_left -= arrived
        if self.is_overdrawn:
            raise OSError("the call's bytes are used up")


def _within_bounds(seconds: float | None) -> float | None:
    bounds = _current.get()
    return seconds if bounds is None else bounds.within(seconds)


class _Hurried:
    """Re-arms a socket's time-out before each operation that may wait, and counts what arrives."""

    _patience: float | None = None

    def settimeout(self, value: float | None) -> None:
        self._patience = value
        super().settimeout(value)  # type: ignore[misc]

    def _hurry(self) -> None:
        bounds = _current.get()
        if bounds is not None and bounds.is_late:
            raise TimeoutError("the call's time is used up")
        super().settimeout(_within_bounds(self._patience))  # type: ignore[misc]

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._hurry()
        arrived: int = super().recv_into(*args, **kwargs)  # type: ignore[misc]
        bounds = _current.get()
        if bounds is not None:
            bounds.count(arrived)
        return arrived

    def send(self, *args: Any, **kwargs: Any) -> int:
        self._hurry()
        return super().send(*args, **kwargs)  # type: ignore[misc, no-any-return]

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._hurry()
        super().sendall(*args, **kwargs)  # type: ignore[misc]


class _HurriedSocket(_Hurried, socket.socket):
    pass


class _HurriedTlsSocket(_Hurried, ssl.SSLSocket):
    pass


class HurriedConnection(HTTPConnection):
    """Plain HTTP within the bounds in force."""

    def _new_conn(self) -> socket.socket:
        self.timeout = _within_bounds(self.timeout)
        plain = super()._new_conn()
        patience = plain.gettimeout()
        hurried = _HurriedSocket(fileno=plain.detach())
        hurried.settimeout(patience)
        return hurried


class HurriedTlsConnection(HTTPSConnection):
    """HTTPS within the bounds in force. The handshake is one operation to Python, and bounded as one."""

    def _new_conn(self) -> socket.socket:
        self.timeout = _within_bounds(self.timeout)
        return super()._new_conn()


def hurried_tls(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context, making sockets that keep to the bounds."""
    context.sslsocket_class = _HurriedTlsSocket
    return context
