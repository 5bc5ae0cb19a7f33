"""HTTP/1.1 requests read off a socket, strictly and within limits.

What is ambiguous is refused, not guessed: a request that two parsers would read differently is a request
that smuggles. Pipelined requests stay in the buffer until their turn.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from rapport_sandbox.wire import Request

if TYPE_CHECKING:
    from socket import socket

HEAD_LIMIT = 32 * 1024
BODY_LIMIT = 32 * 1024 * 1024
_CHUNK = 64 * 1024
_CHUNK_LINE_LIMIT = 1_024
_TOKEN = re.compile(r"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$")
_HEX = re.compile(rb"^[0-9A-Fa-f]{1,8}$")


class BadRequest(Exception):  # noqa: N818 - an answer on its way
    """The connection is answered with this status and closed."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Closed(Exception):  # noqa: N818 - what callers do
    """The caller has gone, between requests or in the middle of one."""


class RequestReader:
    """Reads requests from one connection, one after the other."""

    def __init__(self, connection: socket) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def next(self) -> tuple[Request, bool]:
        """The next request, and whether the caller wants to keep the connection."""
        method, target, version, headers = self._head()
        body = self._body(headers)
        path, _, query = target.partition("?")
        if not path.startswith("/"):
            raise BadRequest(400, "only origin-form targets are served")
        connection = headers.get("connection", "").lower()
        keep = connection == "keep-alive" if version == "HTTP/1.0" else connection != "close"
        request = Request(
            method,
            unquote(path),
            tuple(parse_qsl(query, keep_blank_values=True)) if query else (),
            headers,
            body,
        )
        return request, keep

    def _head(self) -> tuple[str, str, str, dict[str, str]]:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > HEAD_LIMIT:
                raise BadRequest(431, "the head is too large")
            self._fill()
        if end > HEAD_LIMIT:
            raise BadRequest(431, "the head is too large")
        head = self._buffer[:end].decode("latin-1")
        del self._buffer[: end + 4]
        first, *lines = head.split("\r\n")
        parts = first.split(" ")
        if len(parts) != 3 or not _TOKEN.match(parts[0]):
            raise BadRequest(400, "the request line is malformed")
        method, target, version = parts
        if version not in ("HTTP/1.1", "HTTP/1.0"):
            raise BadRequest(505, "only HTTP/1.1 is spoken")
        headers: dict[str, str] = {}
        for line in lines:
            _add_header(headers, line)
        if version == "HTTP/1.1" and "host" not in headers:
            raise BadRequest(400, "host is missing")
        return method, target, version, headers

    def _body(self, headers: dict[str, str]) -> bytes:
        encoding = headers.get("transfer-encoding")
        length = headers.get("content-length")
        if encoding is not None:
            if length is not None:
                raise BadRequest(400, "content-length and transfer-encoding exclude each other")
            if encoding.lower() != "chunked":
                raise BadRequest(501, "only chunked is understood")
            self._go_on(headers)
            return self._chunks()
        if length is None:
            return b""
        if not (length.isascii() and length.isdigit()):
            raise BadRequest(400, "content-length is not a number")
        if int(length) > BODY_LIMIT:
            raise BadRequest(413, "the body is too large")
        self._go_on(headers)
        return self._exactly(int(length))

    def _go_on(self, headers: dict[str, str]) -> None:
        if headers.get("expect", "").lower() == "100-continue":
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _chunks(self) -> bytes:
        body = bytearray()
        while True:
            size_text = self._line().partition(b";")[0].strip()
            if not _HEX.match(size_text):
                raise BadRequest(400, "a chunk has no size")
            size = int(size_text, 16)
            if len(body) + size > BODY_LIMIT:
                raise BadRequest(413, "the body is too large")
            if size == 0:
                while self._line():
                    pass
                return bytes(body)
            body += self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise BadRequest(400, "a chunk does not end where it said")

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _CHUNK_LINE_LIMIT:
                raise BadRequest(400, "a chunk line is too long")
            self._fill()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._fill()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _fill(self) -> None:
        data = self._connection.recv(_CHUNK)
        if not data:
            raise Closed
        self._buffer += data


def _add_header(headers: dict[str, str], line: str) -> None:
    name, colon, value = line.partition(":")
    if not colon or not _TOKEN.match(name):
        raise BadRequest(400, "a header is malformed")
    key, text = name.lower(), value.strip(" \t")
    if "\x00" in text or "\n" in text or "\r" in text:
        raise BadRequest(400, "a header is malformed")
    if key in headers:
        if key in ("content-length", "transfer-encoding", "host"):
            raise BadRequest(400, f"{key} is there twice")
        text = f"{headers[key]}, {text}"
    headers[key] = text
