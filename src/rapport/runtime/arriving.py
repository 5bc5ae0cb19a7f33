"""Whether the bytes so far are a whole request: what a thread may take up without waiting for its sender.

    arriving = Arriving(most_body=1 << 20)
    arriving.add(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n")  # Stage.HEAD: more of the head must come
    arriving.add(b"\\r\\n")                           # Stage.WHOLE

It only finds the end. Whether the request makes sense is judged by the parser in the thread, so everything it
would refuse at sight is handed on as it is, and whatever is not plainly one of two ways to measure a body is
`APART`: it may be read, but not by a thread that others need.
"""

from __future__ import annotations

import re
from enum import Enum, auto

MOST_HEAD = 64 * 1024
MOST_LINE = 8190
_FRAMING = re.compile(rb"\r\n(content-length|transfer-encoding|expect):[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE)
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{1,16}")
_MOST_DIGITS = 18
_GOES_ON = (b"expect", b"100-continue")


class Stage(Enum):
    """What the bytes so far are."""

    HEAD = auto()
    """The beginning of a head."""
    EXPECTED = auto()
    """A head whose sender waits for a word before it sends the body. Comes once; then it is a body's beginning."""
    BODY = auto()
    """A head and the beginning of its body."""
    WHOLE = auto()
    """At least one request, or what the parser refuses without reading on."""
    APART = auto()
    """A head whose body is longer than is kept here, or measured in a way that is not understood here."""
    TOO_LONG = auto()
    """A head that does not end."""


class Arriving:
    """The bytes of one request while they come in, and of what was sent behind it."""

    __slots__ = ("_at", "_most_body", "_needed", "bytes", "stage")

    def __init__(self, *, most_body: int) -> None:
        self.bytes = bytearray()
        self.stage = Stage.HEAD
        self._most_body = most_body
        self._needed = 0
        """How many bytes are certainly part of the request; 0 while the head is not there."""
        self._at: int | None = None
        """Where the next chunk begins, in a body of chunks."""

    @property
    def wanted(self) -> int:
        """How many bytes are known to be missing."""
        return max(0, self._needed - len(self.bytes))

    def add(self, data: bytes) -> Stage:
        """Take what came; answers what it is now."""
        self.bytes += data
        self.stage = self._read_body() if self._needed else self._read_head()
        return self.stage

    def _read_head(self) -> Stage:
        held = self.bytes
        begins = 2 if held.startswith(b"\r\n") else 0  # the parser forgives one empty line
        ends = held.find(b"\r\n\r\n", begins)
        if ends < 0:
            line = held.find(b"\r\n", begins)
            if (line < 0 and len(held) > MOST_LINE + 2) or held.count(b"\n") != held.count(b"\r\n"):
                return Stage.WHOLE  # refused by the parser as it stands
            return Stage.HEAD if len(held) <= MOST_HEAD else Stage.TOO_LONG
        head = bytes(held[begins : ends + 2])
        self._needed = ends + 4
        framing = [(found[1].lower(), found[2].lower()) for found in _FRAMING.finditer(head)]
        if not framing:
            return Stage.WHOLE
        return self._measure(head, begins, framing)

    def _measure(self, head: bytes, begins: int, framing: list[tuple[bytes, bytes]]) -> Stage:
        measures = [each for each in framing if each != _GOES_ON]
        expected = len(measures) < len(framing) and head[: head.find(b"\r\n")].endswith(b" HTTP/1.1")
        if not measures:
            return Stage.WHOLE
        if len(measures) > 1:
            return Stage.APART
        name, value = measures[0]
        if name == b"transfer-encoding" and value.rpartition(b",")[2].strip() == b"chunked":
            self._at = self._needed
        elif name == b"content-length" and value.isdigit() and len(value) <= _MOST_DIGITS:
            if int(value) > self._most_body:
                return Stage.APART
            self._needed += int(value)
        else:
            return Stage.APART
        stage = self._read_body()
        if not expected or stage is not Stage.BODY:
            return stage
        self._forget_expectation(head, begins)
        return Stage.EXPECTED

    def _forget_expectation(self, head: bytes, begins: int) -> None:
        """The word is given here; whoever reads the head later must not give it again."""
        line = next(found for found in _FRAMING.finditer(head) if found[1].lower() == _GOES_ON[0])
        del self.bytes[begins + line.start() : begins + line.end()]
        length = line.end() - line.start()
        self._needed -= length
        if self._at is not None:
            self._at -= length

    def _read_body(self) -> Stage:
        if self._at is None:
            return Stage.WHOLE if len(self.bytes) >= self._needed else Stage.BODY
        return self._read_chunks(self._at)

    def _read_chunks(self, at: int) -> Stage:
        held = self.bytes
        while True:
            self._at = at
            if at > len(held):
                return self._more(at)
            line = held.find(b"\r\n", at)
            if line < 0:
                return self._more(at) if len(held) <= at + MOST_LINE else Stage.WHOLE
            size = _size_of(bytes(held[at:line]))
            if size is None:
                return Stage.WHOLE  # refused by the reader as it stands
            if size == 0:
                return self._read_trailers(line)
            at = line + 2 + size + 2

    def _read_trailers(self, line: int) -> Stage:
        """Behind the last chunk: an empty line, or trailers and an empty line."""
        ends = self.bytes.find(b"\r\n\r\n", line)
        if ends >= 0:
            return Stage.WHOLE
        return Stage.BODY if len(self.bytes) <= line + MOST_LINE else Stage.TOO_LONG

    def _more(self, at: int) -> Stage:
        self._needed = max(self._needed, at)
        return Stage.BODY if self._needed <= self._most_body + MOST_HEAD else Stage.APART


def _size_of(line: bytes) -> int | None:
    digits = line.partition(b";")[0].strip(b" \t")
    return int(digits, 16) if _HEXADECIMAL.fullmatch(digits) else None
