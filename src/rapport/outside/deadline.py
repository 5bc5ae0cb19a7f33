"""A time limit that is total: it ends the call, however little arrives at a time and however often.

A read time-out starts anew with every byte, so a provider that drips can hold a worker for hours. Here each
socket operation is given no more than what is left of the whole call. The deadline reaches the socket by a
context variable, because a pooled connection outlives the calls that borrow it and urllib3 hands no call's
own values down to it.

Two things happen before there is a socket and are bounded otherwise: a name is looked up within the
resolver's own limits, and of a host with several addresses each may be tried for the connect time-out.
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

_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)

_SHORTEST = 0.001
"""A socket takes 0 for "do not block"; this is "now" for one that must still say it timed out."""


class Deadline:
    """So many seconds from now, on a clock that only goes forward."""

    def __init__(self, seconds: float, *, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends = monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left; negative when it has passed."""
        return self._ends - self._monotonic()

    @property
    def has_passed(self) -> bool:
        return self.left <= 0

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Bound every operation on this module's connections in this thread."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


def _within_deadline(seconds: float | None) -> float | None:
    """`seconds`, or what the deadline in force leaves of them."""
    deadline = _current.get()
    if deadline is None:
        return seconds
    left = max(deadline.left, _SHORTEST)
    return left if seconds is None else min(seconds, left)


class _Hurried:
    """Re-arms a socket's time-out before each operation that may wait."""

    _patience: float | None = None

    def settimeout(self, value: float | None) -> None:
        self._patience = value
        super().settimeout(value)  # type: ignore[misc]

    def _hurry(self) -> None:
        deadline = _current.get()
        if deadline is not None and deadline.has_passed:
            raise TimeoutError("the call's total time is used up")
        super().settimeout(_within_deadline(self._patience))  # type: ignore[misc]

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._hurry()
        return super().recv_into(*args, **kwargs)  # type: ignore[misc, no-any-return]

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
    """Plain HTTP under the deadline in force."""

    def _new_conn(self) -> socket.socket:
        self.timeout = _within_deadline(self.timeout)
        plain = super()._new_conn()
        patience = plain.gettimeout()
        hurried = _HurriedSocket(fileno=plain.detach())
        hurried.settimeout(patience)
        return hurried


class HurriedTlsConnection(HTTPSConnection):
    """HTTPS under the deadline in force. The handshake is one operation to Python, and bounded as one."""

    def _new_conn(self) -> socket.socket:
        self.timeout = _within_deadline(self.timeout)
        return super()._new_conn()


def hurried_tls(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context, making sockets that keep to the deadline."""
    context.sslsocket_class = _HurriedTlsSocket
    return context
