"""All live streams of one web process, in one thread: they take no thread that answers requests.

The thread looks at the log a few times a second while anybody listens, one small query for all of them, and reads on
only for clients whose log grew. The log is the truth and each stream a place in it, so that nothing which gets lost on
the way, a hint, a connection, a process, makes a gap. Sockets are written to without waiting: who reads too slowly is
let go, and comes back to where they stood.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import psycopg

from rapport.events import queries
from rapport.kernel.db import is_postgresql
from rapport.kernel.errors import RapportError
from rapport.kernel.log import get_log
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.live import frames
from rapport.live.board import CHANNEL
from rapport.live.stream import BATCH, Stream

if TYPE_CHECKING:
    from rapport.assembly import Service

_LOOK = 0.1
"""Seconds between two looks at the log while anybody listens."""
_LOOK_AFTER_TROUBLE = 1.0
_LISTEN_AGAIN = 5.0
_MOST_UNREAD = 256 * 1024
"""Bytes a listener may be behind with reading."""
_ENOUGH_UNREAD = 64 * 1024
"""With so many nothing more is read for it from the log."""
_END = b"0\r\n\r\n"
_log = get_log("streams")


@dataclass(slots=True, eq=False)
class _Open:
    """One connection and what is still to be written to it."""

    sock: socket.socket
    stream: Stream
    gone: Callable[[], None]
    unwritten: bytearray
    is_writing: bool = False

    def add(self, piece: bytes) -> None:
        if piece:
            self.unwritten += b"%X\r\n%s\r\n" % (len(piece), piece) if self.stream.chunked else piece


class Streams:
    """The streams, and the thread that serves them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._selector = selectors.DefaultSelector()
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)
        self._coming: deque[_Open] = deque()
        self._said: deque[bytes] = deque()
        self._open: set[_Open] = set()
        self._stopping = False
        self._listening: Any = None
        self._listen_at = 0.0
        self._thread = threading.Thread(target=self._run, name="rapport-streams", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._selector.register(self._ear, selectors.EVENT_READ, self._rung)
        self._service.live.hear = self.hear
        self._thread.start()

    def take(self, sock: socket.socket, stream: Stream, gone: Callable[[], None]) -> None:
        """Go on with a connection whose head and first word are written. `gone` is called when it ends."""
        self._coming.append(_Open(sock, stream, gone, bytearray()))
        if not self._thread.is_alive():
            self._end()
        self._ring()

    def hear(self, said: bytes) -> None:
        """Somebody's presence, for those who listen here."""
        self._said.append(said)
        self._ring()

    def stop(self) -> None:
        """End every stream; their listeners come back to another process. Safe in a signal's handler."""
        self._stopping = True
        self._ring()

    def _ring(self) -> None:
        with suppress(OSError):
            self._bell.send(b"\0")

    def _rung(self) -> None:
        with suppress(OSError):
            self._ear.recv(4096)

    def _run(self) -> None:
        monotonic = self._service.clock.monotonic
        look_at = beat_at = monotonic()
        while not self._stopping:
            wait = max(0.0, min(look_at, beat_at) - monotonic()) if self._open or self._coming else None
            for key, _ in self._selector.select(wait):
                key.data()
            self._welcome()
            self._tell_presence()
            now = monotonic()
            try:
                if now >= look_at:
                    self._listen(now)
                    self._look()
                    look_at = now + _LOOK
                if now >= beat_at:
                    self._beat()
                    beat_at = now + self._service.settings.live_beat_seconds
            except Exception as trouble:  # noqa: BLE001 - the database may be away: streams wait until it is back
                _log.warning("streams_cannot_look", error=type(trouble).__name__)
                look_at = now + _LOOK_AFTER_TROUBLE
        self._end()

    def _welcome(self) -> None:
        while self._coming:
            opened = self._coming.popleft()
            opened.sock.setblocking(False)
            self._open.add(opened)
            self._selector.register(opened.sock, selectors.EVENT_READ, lambda opened=opened: self._stir(opened))

    def _stir(self, opened: _Open) -> None:
        """The other end hung up, or takes more."""
        if opened not in self._open:
            return
        try:
            if opened.sock.recv(4096) == b"":
                self._drop(opened)
                return
        except BlockingIOError:
            pass
        except OSError:
            self._drop(opened)
            return
        self._write(opened)

    def _look(self) -> None:
        """Read on for every client whose log grew. Listeners who stand at one place share the reading."""
        clients = {opened.stream.client_id for opened in self._open}
        if not clients:
            return
        with self._service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
            newest = queries.last_seqs(reading, clients)
            read: dict[tuple[str, int], list[dict[str, Any]]] = {}
            for opened in list(self._open):
                stream = opened.stream
                while stream.after < newest.get(stream.client_id, 0) and len(opened.unwritten) < _ENOUGH_UNREAD:
                    place = (stream.client_id, stream.after)
                    if place not in read:
                        read[place] = queries.after(reading, *place, limit=BATCH)[0]
                    if not read[place]:
                        break
                    opened.add(stream.frames_of(read[place]))
                    self._write(opened)

    def _beat(self) -> None:
        """Say that the streams live, and let go who may listen no more."""
        with self._service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
            known: dict[tuple[str | None, str | None], Any] = {}
            for opened in list(self._open):
                principal = opened.stream.principal
                who = (principal.actor.id, principal.session_id)
                if who not in known:
                    try:
                        known[who] = self._service.authenticate.again(reading, principal)
                    except RapportError:
                        known[who] = None
                if known[who] is None or not known[who].scope.allows(opened.stream.client_id):
                    self._drop(opened)
                else:
                    opened.add(frames.BEAT)
                    self._write(opened)

    def _tell_presence(self) -> None:
        while self._said:
            said = orjson.loads(self._said.popleft())
            piece = frames.presence(said)
            for opened in list(self._open):
                stream = opened.stream
                here = stream.conversation_id in (None, said["conversation_id"])
                if here and stream.client_id == said["client_id"]:
                    opened.add(piece)
                    self._write(opened)

    def _write(self, opened: _Open) -> None:
        """Write what the socket takes now, and hear of it when it takes more."""
        if opened not in self._open:
            return
        try:
            while opened.unwritten:
                sent = opened.sock.send(opened.unwritten[:_ENOUGH_UNREAD])
                del opened.unwritten[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(opened)
            return
        if len(opened.unwritten) > _MOST_UNREAD:
            self._drop(opened)
        elif bool(opened.unwritten) != opened.is_writing:
            opened.is_writing = bool(opened.unwritten)
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if opened.is_writing else 0)
            self._selector.modify(opened.sock, wanted, lambda: self._stir(opened))

    def _drop(self, opened: _Open) -> None:
        if opened in self._open:
            self._open.discard(opened)
            self._selector.unregister(opened.sock)
            self._service.live.give_back()
            opened.gone()

    def _listen(self, now: float) -> None:
        """Hear other processes' presences: on PostgreSQL, on a connection of its own. Nothing else needs it."""
        if self._listening is not None or now < self._listen_at or not is_postgresql(self._service.engine):
            return
        self._listen_at = now + _LISTEN_AGAIN
        address = self._service.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg.connect(address, autocommit=True, connect_timeout=2)
        connection.execute(f"LISTEN {CHANNEL}")
        self._listening = connection
        self._selector.register(connection.fileno(), selectors.EVENT_READ, self._notified)

    def _notified(self) -> None:
        connection = self._listening
        descriptor = connection.fileno() if not connection.closed else -1
        try:
            for note in connection.notifies(timeout=0):
                self._said.append(note.payload.encode())
        except psycopg.Error as cut:
            _log.warning("presence_not_heard", error=type(cut).__name__)
            with suppress(KeyError, ValueError):
                self._selector.unregister(descriptor)
            connection.close()
            self._listening = None

    def _end(self) -> None:
        self._welcome()
        for opened in list(self._open):
            if opened.stream.chunked and not opened.unwritten:
                with suppress(OSError):
                    opened.sock.send(_END)
            self._drop(opened)
        if self._listening is not None:
            self._listening.close()
