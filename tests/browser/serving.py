"""Serving pages from this process with live streams, as the product's own server does."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any, cast

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from rapport.kernel.clock import SystemClock
from rapport.live.held import CAPABLE, HandedOver
from rapport.runtime.streams import Streams
from tests.stage import Stage


class _OnTheWall:
    """A service whose streams look around by the machine's clock: that of the story stands still between its steps."""

    clock = SystemClock()

    def __init__(self, stage: Stage) -> None:
        self._service = stage.service

    def __getattr__(self, name: str) -> Any:
        return getattr(self._service, name)


class _Server(ThreadedWSGIServer):
    daemon_threads = True

    def __init__(self, port: int, stage: Stage) -> None:
        self.streams = Streams(cast(Any, _OnTheWall(stage)))
        self._handed_over: set[Any] = set()

        def capable(environ: dict[str, Any], start_response: Any) -> Any:
            environ[CAPABLE] = True
            return stage.app(environ, start_response)

        super().__init__("127.0.0.1", port, capable, _Handler)

    def hand_over(self, connection: Any, stream: Any) -> None:
        self._handed_over.add(connection)
        copy = connection.dup()
        self.streams.take(copy, stream, copy.close)

    def end_streams(self) -> None:
        self.streams.stop()
        self.streams._thread.join(10)
        for each in (self.streams._bell, self.streams._ear):  # in the product they end with their process
            each.close()

    def shutdown_request(self, request: Any) -> None:
        if request in self._handed_over:
            self._handed_over.discard(request)
            request.close()
        else:
            super().shutdown_request(request)


class _Handler(WSGIRequestHandler):
    def run_wsgi(self) -> None:
        try:
            super().run_wsgi()
        except HandedOver as handed:
            self.close_connection = True
            cast(_Server, self.server).hand_over(self.connection, handed.stream)

    def log(self, *_: Any) -> None:
        """Nothing: the product keeps a log of its own, and these lines would hide what failed."""


@contextlib.contextmanager
def served_here(stage: Stage, port: int) -> Iterator[None]:
    """The stage's application at a port, until the story ends."""
    server = _Server(port, stage)
    server.streams.start()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.end_streams()
        thread.join(10)
        server.server_close()
