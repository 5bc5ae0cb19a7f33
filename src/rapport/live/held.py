"""The body of a stream's answer: handed to whoever holds many streams at once, where there is somebody.

A server that can hold streams says so in the request's environment. Its thread writes the head and the first word, and
is then free: `HandedOver` leaves the loop that would wait for more, and the server takes the connection. Any other
server gives what there is and ends the answer; a browser comes back for more by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rapport.live.stream import Stream

CAPABLE = "rapport.holds_streams"
"""Key of the environment under which a server says that it holds streams."""


class HandedOver(BaseException):
    """The rest of an answer is written by another."""

    def __init__(self, stream: Stream) -> None:
        super().__init__("handed over")
        self.stream = stream


class Held(Iterator[bytes]):
    """The pieces of an answer, the last of which may be another's."""

    def __init__(
        self, stream: Stream, environ: Mapping[str, Any], *, rest: Callable[[], bytes], give_back: Callable[[], None]
    ) -> None:
        self._stream, self._rest, self._give_back = stream, rest, give_back
        self._is_held = bool(environ.get(CAPABLE))
        self._stream.chunked = environ.get("SERVER_PROTOCOL") == "HTTP/1.1"
        self._is_handed_over = False
        self._parts = self._pieces()

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        """Called when the server is done, whatever came of it."""
        if not self._is_handed_over:
            self._is_handed_over = True
            self._give_back()

    def _pieces(self) -> Iterator[bytes]:
        yield self._stream.first
        if self._is_held:
            self._is_handed_over = True
            raise HandedOver(self._stream)
        rest = self._rest()
        if rest:
            yield rest
        self.close()
