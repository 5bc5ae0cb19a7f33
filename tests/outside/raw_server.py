"""A server that answers bytes, so that it can answer wrongly: late, short, cut, slow, or not at all.

It takes a script, one act for each connection in turn, the last one for ever. Every request that arrived
whole is kept: what a fault did to the client is judged by what arrived here.
"""

from __future__ import annotations

import json
import re
import socket
import struct
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Arrival:
    """A request as it came."""

    head: str
    body: bytes

    @property
    def line(self) -> str:
        return self.head.split("\r\n", 1)[0].rsplit(" ", 1)[0]

    def header(self, name: str) -> str | None:
        found = re.search(rf"^{re.escape(name)}: (.*?)\r?$", self.head, re.IGNORECASE | re.MULTILINE)
        return found[1] if found else None


@dataclass
class Stage:
    """What an act may do: read the request, send bytes, pause until the server closes."""

    connection: socket.socket
    arrivals: list[Arrival]
    closing: Event

    def take_request(self) -> bool:
        """Read one whole request; False when the client hung up instead."""
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self.connection.recv(65536)
            if not piece:
                return False
            received += piece
        head, body = received.split(b"\r\n\r\n", 1)
        text = head.decode("latin-1")
        length = re.search(r"content-length: (\d+)", text, re.IGNORECASE)
        while length and len(body) < int(length[1]):
            body += self.connection.recv(65536)
        self.arrivals.append(Arrival(text, body))
        return True

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def pause(self, seconds: float) -> None:
        self.closing.wait(seconds)

    def reset(self) -> None:
        """Close so that the other side sees a reset and not an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


@dataclass
class RawServer:
    url: str
    arrivals: list[Arrival] = field(default_factory=list)
    connections: int = 0

    @property
    def requests(self) -> list[str]:
        return [arrival.line for arrival in self.arrivals]


@contextmanager
def raw_server(*script: Callable[[Stage], None], tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Serve on loopback until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.02)
    scheme = "http" if tls is None else "https"
    server = RawServer(url=f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/api/v1")
    closing = Event()
    acting: list[Thread] = []

    def perform(act: Callable[[Stage], None], connection: socket.socket) -> None:
        connection.settimeout(5)
        with connection:
            try:
                spoken = connection if tls is None else tls.wrap_socket(connection, server_side=True)
                with spoken:
                    act(Stage(spoken, server.arrivals, closing))
            except OSError:
                return  # the client gave up first, which is often the point

    def serve() -> None:
        while not closing.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            act = script[min(server.connections, len(script) - 1)]
            server.connections += 1
            acting.append(Thread(target=perform, args=(act, connection), daemon=True))
            acting[-1].start()

    serving = Thread(target=serve, daemon=True)
    serving.start()
    try:
        yield server
    finally:
        closing.set()
        serving.join()
        for one in acting:
            one.join()
        listener.close()


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def answers(status: int, body: bytes | dict | list = b"", **headers: str) -> Callable[[Stage], None]:
    """One well-formed answer, then an end. Underscores in names of headers are dashes."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def act(stage: Stage) -> None:
        stage.take_request()
        stage.send(_head(status, {"Content-Length": str(len(payload)), "Connection": "close", **named}) + payload)

    return act


def keeps_answering(body: dict) -> Callable[[Stage], None]:
    """The same answer on one connection for as long as the client keeps it."""
    payload = json.dumps(body).encode()

    def act(stage: Stage) -> None:
        while stage.take_request():
            stage.send(_head(200, {"Content-Length": str(len(payload))}) + payload)

    return act


def refuses(status: int, type_: str, **headers: str) -> Callable[[Stage], None]:
    """An error in the provider's manner."""
    return answers(
        status, {"title": "No", "type": f"errors/{type_}", "status": status, "detail": "Why not."}, **headers
    )


def sends(data: bytes) -> Callable[[Stage], None]:
    """These bytes and an end."""

    def act(stage: Stage) -> None:
        stage.take_request()
        stage.send(data)

    return act


def resets_unheard() -> Callable[[Stage], None]:
    """Hang up when bytes have come, and before any is read.

    Without waiting for them the reset may still meet the client while it connects, and is then a refusal.
    """

    def act(stage: Stage) -> None:
        stage.connection.recv(1, socket.MSG_PEEK)
        stage.reset()

    return act


def resets_after_request() -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        stage.take_request()
        stage.reset()

    return act


def resets_in_body() -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        stage.take_request()
        stage.send(_head(200, {"Content-Length": "100"}) + b'{"object":')
        stage.pause(0.02)
        stage.reset()

    return act


def hangs_up() -> Callable[[Stage], None]:
    """Take the request and end without a word."""
    return lambda stage: stage.take_request() and None


def takes_nothing() -> Callable[[Stage], None]:
    """Keep the connection and read not a byte of it."""
    return lambda stage: stage.pause(5)


def speaks_first(data: bytes) -> Callable[[Stage], None]:
    """These bytes before anything was read."""
    return lambda stage: stage.send(data)


def never_answers() -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        stage.take_request()
        stage.pause(5)

    return act


def drips(data: bytes, *, every: float, first: bytes = b"") -> Callable[[Stage], None]:
    """`first` at once, then one byte at a time."""

    def act(stage: Stage) -> None:
        stage.take_request()
        stage.send(first)
        for byte in data:
            if stage.closing.is_set():
                return
            stage.send(bytes([byte]))
            stage.pause(every)

    return act


def floods(data: bytes, *, first: bytes = b"") -> Callable[[Stage], None]:
    """`first`, then the same bytes for as long as anybody takes them."""

    def act(stage: Stage) -> None:
        stage.take_request()
        stage.send(first)
        while not stage.closing.is_set():
            stage.send(data)

    return act
