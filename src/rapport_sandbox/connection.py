"""One connection served to its end: requests in, answers out, faults played on the raw socket."""

from __future__ import annotations

import socket
import struct
from http import HTTPStatus
from select import select
from typing import TYPE_CHECKING

from rapport_sandbox.http11 import BadRequest, Closed, RequestReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from rapport_sandbox.wire import Answer, Manner, Request

IDLE_SECONDS = 75.0
FAKE_HANG_SECONDS = 60.0
_DRIPS = 40
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends RST instead of FIN."""

_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Gone(Exception):  # noqa: N818 - the connection is over
    """Nothing more can be said on this connection."""


def serve(connection: socket.socket, answer: Callable[[Request], Answer], stop: Event) -> None:
    """Serve requests until the caller leaves, idles too long, or a fault ends it."""
    connection.settimeout(IDLE_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = RequestReader(connection)
    with connection:
        try:
            while not stop.is_set():
                request, keep = reader.next()
                _send(connection, request, answer(request), stop, keep=keep)
                if not keep:
                    return
        except BadRequest as bad:
            _refuse(connection, bad)
        except (Closed, Gone, OSError):
            return


def _send(connection: socket.socket, request: Request, answer: Answer, stop: Event, *, keep: bool) -> None:
    if answer.hang is not None:
        _hang(connection, FAKE_HANG_SECONDS, stop)
    body = b"" if request.method == "HEAD" else answer.body
    if answer.manner is None:
        connection.sendall(_head(answer, len(answer.body), keep=keep) + body)
    else:
        _misbehave(connection, answer, answer.manner, body, stop)


def _misbehave(connection: socket.socket, answer: Answer, manner: Manner, body: bytes, stop: Event) -> None:
    """Send badly; the connection does not survive it."""
    head = _head(answer, len(body), keep=False)
    match manner.act:
        case "hang":
            _hang(connection, manner.seconds, stop)
        case "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        case "truncate":
            connection.sendall(head + body[: len(body) // 2])
        case "wrong_length":
            connection.sendall(_head(answer, len(body) // 2, keep=False) + body)
        case "drip":
            _drip(connection, head + body, manner.seconds, stop)
    raise Gone


def _hang(connection: socket.socket, seconds: float, stop: Event) -> None:
    """Say nothing until the caller gives up, the time is over, or the server stops; then just go."""
    waited = 0.0
    while waited < seconds and not stop.is_set():
        readable, _, _ = select([connection], [], [], min(0.2, seconds - waited))
        if readable and not connection.recv(1, socket.MSG_PEEK):
            break
        if readable:  # a pipelined request: the caller is still there, so time goes on
            stop.wait(0.2)
        waited += 0.2
    raise Gone


def _drip(connection: socket.socket, data: bytes, seconds: float, stop: Event) -> None:
    """The whole answer, in forty small pieces over the given time: every single read succeeds."""
    size = max(1, len(data) // _DRIPS)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    for piece in pieces:
        connection.sendall(piece)
        if stop.wait(seconds / len(pieces)):
            return


def _refuse(connection: socket.socket, bad: BadRequest) -> None:
    """Answer what could not be read, and take in what is still coming so that the answer is not lost."""
    body = bad.reason.encode()
    head = (
        f"HTTP/1.1 {bad.status} {_REASONS.get(bad.status, 'Refused')}\r\ncontent-type: text/plain\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    try:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(0.5)
        while connection.recv(65_536):
            pass
    except OSError:
        return


def _head(answer: Answer, length: int, *, keep: bool) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines.append(f"content-length: {length}")
    if not keep:
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
