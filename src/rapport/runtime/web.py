"""The web server: gunicorn with a few request threads, and the background loops in the same process.

The service is assembled after the fork, in the worker: connections and threads do not survive one. With one
worker and SQLite that is the whole product in one process; with PostgreSQL any number may run.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

from rapport.assembly import Service, assemble, measure_clock
from rapport.kernel.log import configure_log
from rapport.kernel.settings import Settings
from rapport.runtime.arriving import MOST_LINE
from rapport.runtime.memory import keep_what_is_loaded
from rapport.runtime.streams import Streams
from rapport.runtime.supervisor import Supervisor

_GRACE = 7.0
"""Seconds after which whatever still runs is left behind. Loops and requests in flight end side by side."""
_REQUESTS = 5
"""Seconds of these for requests in flight."""


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn as the settings want it, around an application that is made in the worker."""

    streams: Streams | None = None
    """Whoever holds this process's live streams."""

    def __init__(self, settings: Settings, make_app: Callable[[], Any]) -> None:
        self.settings = settings
        self._make_app = make_app
        super().__init__()

    def load_config(self) -> None:
        chosen: dict[str, Any] = {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "workers": self.settings.web_workers,
            "threads": self.settings.web_threads,
            "worker_class": "rapport.runtime.connections.Worker",
            "reuse_port": True,
            "keepalive": 30,
            "timeout": 60,
            "graceful_timeout": int(_GRACE) + 1,  # gunicorn's parent kills after it
            "limit_request_line": MOST_LINE,
            "limit_request_fields": 60,
            "limit_request_field_size": 8190,
            "accesslog": None,
            "loglevel": "warning",
            "proc_name": "rapport",
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._make_app()


class _Web(Server):
    def __init__(self, settings: Settings, make_app: Callable[[Service], Any], welcome: str) -> None:
        self._welcome = welcome
        self._told_at: float | None = None
        super().__init__(settings, lambda: make_app(self._assembled()))

    def load_config(self) -> None:
        super().load_config()
        self.cfg.set("post_worker_init", self._begin)
        self.cfg.set("worker_exit", lambda _arbiter, _worker: self._end())

    def _assembled(self) -> Service:
        configure_log(self.settings.log_level)
        self._service = assemble(self.settings)
        measure_clock(self._service)
        self._supervisor = Supervisor(self._service) if self.settings.background else None
        self.streams = Streams(self._service)
        return self._service

    def _begin(self, worker: Any) -> None:
        worker.cfg.set("graceful_timeout", _REQUESTS)  # this process's own copy: the parent waits longer
        keep_what_is_loaded()
        if self.streams is not None:
            self.streams.start()
        if self._supervisor is not None:
            self._supervisor.start()
            self._stop_loops_when_told(worker)
        if self._welcome:
            print(self._welcome, flush=True)  # noqa: T201 - the one line for the person who started it
            self._welcome = ""

    def _stop_loops_when_told(self, worker: Any) -> None:
        """At SIGTERM the loops begin to end at once, not only when the last request has."""

        def told(number: int, frame: Any) -> None:
            self._told_at = self._service.clock.monotonic()
            self._supervisor.ask_to_stop()
            worker.handle_exit(number, frame)

        signal.signal(signal.SIGTERM, told)

    def _end(self) -> None:
        if self._supervisor is not None:
            spent = self._service.clock.monotonic() - self._told_at if self._told_at is not None else 0.0
            self._supervisor.stop(within=max(0.5, _GRACE - spent))
        self._service.close()


def serve(settings: Settings, make_app: Callable[[Service], Any], welcome: str) -> int:
    """Serve until told to stop; answers the exit status. `make_app` builds the application around a service."""
    try:
        _Web(settings, make_app, welcome).run()
    except SystemExit as ended:
        if ended.code:
            print(f"rapport: the web server ended with {ended.code}.", file=sys.stderr)  # noqa: T201
        return int(ended.code or 0)
    return 0
