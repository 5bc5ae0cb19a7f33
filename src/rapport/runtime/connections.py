"""The web worker: a request takes a thread only when all of it is there.

gunicorn's threads read from the socket, so a few senders who stop in the middle of a request would hold them all.
Here the main thread gathers what comes, from every connection at once and without waiting, and a thread takes up
what is whole. Who does not finish in time is answered 408. Bodies too large to gather are read by threads, but
never by more than half of them, and not for longer than `UPLOAD_SECONDS`. A live stream keeps no thread: once its head
is written its connection is given to `runtime/streams.py`.
"""

from __future__ import annotations

import errno
import selectors
import socket
from collections import deque
from collections.abc import Callable, Container
from concurrent.futures import Future
from contextlib import suppress
from http import HTTPStatus
from time import monotonic
from typing import Any

import orjson
from gunicorn.http.errors import ExpectationFailed, LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.http.unreader import SocketUnreader
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import TConn, ThreadWorker

from rapport.kernel.errors import BAD_REQUEST, REQUEST_TIMEOUT, UNAVAILABLE, Code
from rapport.kernel.log import get_log
from rapport.live.held import CAPABLE, HandedOver
from rapport.runtime.arriving import Arriving, Stage

_UNREADABLE = (
    (LimitRequestLine, HTTPStatus.REQUEST_URI_TOO_LONG),
    (LimitRequestHeaders, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    (ExpectationFailed, HTTPStatus.EXPECTATION_FAILED),
    (ParseException, HTTPStatus.BAD_REQUEST),
)
"""What gunicorn may say of bytes that are no request, the particular before the general."""
_MOST_WAITING = 500
"""Connections whose request is not whole yet; beyond that the one that waits longest goes."""
_MOST_HELD = 64 << 20
"""Bytes of such requests in memory; beyond that likewise."""
_PIECE = 16 * 1024
_LARGEST_PIECE = 256 * 1024
_GOODBYE = 2.0
"""Seconds in which the other end may hang up, so that it is not cut off while it reads our last words."""
_LAST_WORDS = 1 << 20
"""Bytes it may still send meanwhile."""
_LOOK_AROUND = 0.5
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_NOBODY_THERE = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"

_log = get_log("connections")


class _Reader(SocketUnreader):  # type: ignore[misc]
    """Reads from the socket until a deadline. Most requests are in its buffer before anybody reads."""

    deadline = 0.0

    def chunk(self, size_hint: int | None = None) -> bytes:
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        before = self.sock.gettimeout()
        self.sock.settimeout(left if before is None else min(before, left))
        try:
            piece: bytes = super().chunk(size_hint)
        finally:
            self.sock.settimeout(before)
        return piece


class Connection(TConn):  # type: ignore[misc]
    """A connection and what has come of its next request."""

    arriving: Arriving
    deadline: float
    apart = False
    """Its request is read by a thread that may have to wait for the sender."""
    drained = 0

    def expect(self, *, most_body: int, until: float) -> None:
        """Begin to gather a request."""
        self.arriving = Arriving(most_body=most_body)
        self.deadline = until
        self.apart = False

    def hand_on(self, until: float) -> None:
        """Give what was gathered to the parser, which reads on by itself until then if it must."""
        self.init()
        if not isinstance(self.parser.unreader, _Reader):
            self.parser.unreader = _Reader(self.sock)
        self.parser.unreader.deadline = until
        self.parser.unreader.unread(bytes(self.arriving.bytes))
        self.data_ready = True


class Worker(ThreadWorker):  # type: ignore[misc]
    """Answers what never became a request in the API's one shape, and does not repeat what was sent."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._settings = self.app.settings
        self._receiving: dict[Connection, None] = {}
        """In the order in which they began."""
        self._held = 0
        self._waiting_apart: deque[Connection] = deque()
        self._apart = 0
        self._leaving: dict[Connection, float] = {}
        self._look_around_at = 0.0
        self._given_up = 0

    def load_wsgi(self) -> None:
        """Tell the application that streams are held here, if they are."""
        super().load_wsgi()
        if self.app.streams is None:
            return
        application = self.wsgi

        def capable(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            environ[CAPABLE] = True
            return application(environ, start_response)

        self.wsgi = capable

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, address = listener.accept()
        except OSError as refused:
            if refused.errno in _NO_ROOM and self._receiving:
                self._give_up(next(iter(self._receiving)))
            elif refused.errno not in (*_NO_ROOM, *_NOBODY_THERE):
                raise
            return
        self.nr_conns += 1
        conn = Connection(self.cfg, sock, address, listener.getsockname())
        self._expect(conn)
        self._receive(conn)

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._expect(conn)
        self._receive(conn)

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        if conn.apart:
            self._apart -= 1
            self._take_up_apart()
        failure = None if fs.cancelled() else fs.exception()
        if isinstance(failure, HandedOver):
            self.app.streams.take(conn.sock, failure.stream, lambda: self.method_queue.defer(self._drop, conn))
        elif fs.cancelled() or failure is not None:
            self._drop(conn)
        elif not fs.result():
            self._leave(conn)
        elif conn.parser.unreader.buf.getvalue():
            ahead = conn.parser.unreader.take_buffered()
            conn.sock.setblocking(False)
            self._expect(conn)
            self._take(conn, ahead)
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Part with everybody whose time is over; called after every round of events."""
        now = monotonic()
        if now < self._look_around_at:
            return
        self._look_around_at = now + _LOOK_AROUND
        for conn in [each for each in self._receiving if each.deadline <= now]:
            self._give_up(conn)
        while self._waiting_apart and self._waiting_apart[0].deadline <= now:
            self._refuse(self._waiting_apart.popleft(), HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
        for conn in [each for each, until in self._leaving.items() if until <= now]:
            self._left(conn)
        if self._given_up:
            _log.warning("requests_given_up", count=self._given_up)
            self._given_up = 0

    def _cap_keepalive(self, deadline: float) -> None:
        """Told to stop: who has not sent a whole request by then will not be answered."""
        super()._cap_keepalive(deadline)
        if self.app.streams is not None:
            self.app.streams.stop()
        for conn in [*self._receiving, *self._waiting_apart]:
            conn.deadline = min(conn.deadline, deadline)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:  # noqa: FBT001 - gunicorn's
        """Whether the connection can be reused. What somebody may still be sending is not waited for."""
        return bool(keepalive and (not conn.apart or conn.parser.finish_body(deadline=monotonic() + 0.05)))

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        status = next((status for kind, status in _UNREADABLE if isinstance(exc, kind)), None)
        if status is None:
            super().handle_error(req, client, addr, exc)
            return
        with suppress(OSError):  # whoever sent it may be gone
            write_nonblock(client, _refusal(status, BAD_REQUEST))

    def _expect(self, conn: Connection) -> None:
        conn.expect(most_body=self._settings.max_body_bytes, until=monotonic() + self._settings.head_seconds)

    def _receive(self, conn: Connection) -> None:
        """Take what has come without waiting for more."""
        try:
            data = conn.sock.recv(min(max(_PIECE, conn.arriving.wanted), _LARGEST_PIECE))
        except BlockingIOError:
            self._wait(conn)
        except OSError:
            self._drop(conn)
        else:
            if data:
                self._take(conn, data)
            elif conn.arriving.bytes:
                self._hand_on(conn)  # nothing more will come, so its reader will not wait either
            else:
                self._drop(conn)

    def _take(self, conn: Connection, data: bytes) -> None:
        before, held = conn.arriving.stage, len(conn.arriving.bytes)
        stage = conn.arriving.add(data)
        if conn in self._receiving:
            self._held += len(conn.arriving.bytes) - held
        if stage is Stage.WHOLE:
            self._hand_on(conn)
        elif stage is Stage.APART:
            self._forget(conn)
            conn.deadline = monotonic() + self._settings.upload_seconds
            self._waiting_apart.append(conn)
            self._take_up_apart()
        elif stage is Stage.TOO_LONG:
            self._refuse(conn, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, BAD_REQUEST)
        else:
            if stage is Stage.EXPECTED:
                with suppress(OSError):
                    conn.sock.send(_GO_ON)
            if before is Stage.HEAD and stage is not Stage.HEAD:
                conn.deadline = monotonic() + self._settings.body_seconds
            self._wait(conn)

    def _wait(self, conn: Connection) -> None:
        """Gather the rest when it comes."""
        if conn not in self._receiving:
            self._receiving[conn] = None
            self._held += len(conn.arriving.bytes)
            self._listen(conn, self._receiving, self._receive)
        while len(self._receiving) > _MOST_WAITING or self._held > _MOST_HELD:
            self._give_up(next(iter(self._receiving)))

    def _listen(self, conn: Connection, among: Container[Connection], hear: Callable[[Connection], None]) -> None:
        """Hear of what comes, for as long as it is among them: another's event may just have ended that."""
        self.poller.register(conn.sock, selectors.EVENT_READ, lambda _sock: hear(conn) if conn in among else None)

    def _forget(self, conn: Connection) -> None:
        """Gather no more of it."""
        if conn in self._receiving:
            del self._receiving[conn]
            self._held -= len(conn.arriving.bytes)
            self.poller.unregister(conn.sock)

    def _hand_on(self, conn: Connection) -> None:
        self._forget(conn)
        conn.hand_on(monotonic() + self._settings.body_seconds)
        self.enqueue_req(conn)

    def _take_up_apart(self) -> None:
        while self._waiting_apart and self._apart < max(1, self.cfg.threads // 2):
            conn = self._waiting_apart.popleft()
            self._apart += 1
            conn.apart = True
            conn.hand_on(monotonic() + self._settings.upload_seconds)
            self.enqueue_req(conn)

    def _give_up(self, conn: Connection) -> None:
        """Part with somebody who did not finish; who never began is not spoken to."""
        if not conn.arriving.bytes:
            self._drop(conn)
            return
        self._given_up += 1
        self._refuse(conn, HTTPStatus.REQUEST_TIMEOUT, REQUEST_TIMEOUT)

    def _refuse(self, conn: Connection, status: HTTPStatus, code: Code) -> None:
        self._forget(conn)
        with suppress(OSError):
            conn.sock.send(_refusal(status, code))
        self._leave(conn)

    def _leave(self, conn: Connection) -> None:
        """Say goodbye and wait, on the poller, until the other end has hung up."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(conn)
            return
        self._leaving[conn] = monotonic() + (_GOODBYE if self.alive else _LOOK_AROUND)
        self._listen(conn, self._leaving, self._drain)
        if len(self._leaving) > _MOST_WAITING:
            self._left(next(iter(self._leaving)))

    def _drain(self, conn: Connection) -> None:
        try:
            data = conn.sock.recv(_LARGEST_PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        conn.drained += len(data)
        if not data or conn.drained > _LAST_WORDS:
            self._left(conn)

    def _left(self, conn: Connection) -> None:
        del self._leaving[conn]
        self.poller.unregister(conn.sock)
        self._drop(conn)

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        conn.close()


def _refusal(status: HTTPStatus, code: Code) -> bytes:
    body = orjson.dumps({"code": code.name, "message": code.meaning, "details": None})
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"X-Content-Type-Options: nosniff\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
