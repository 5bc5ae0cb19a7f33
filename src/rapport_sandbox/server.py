"""The sandbox on a port of this machine: `SandboxServer` for tests, `run` for the command line.

    with SandboxServer(Options(people=200), apps=all_fakes(...)) as server:
        requests.get(f"{server.url}/api/v1/accounts", headers={"X-API-KEY": "sandbox"})
        server.sandbox.world.accepts(person, timedelta(hours=2))

A thread a connection: faults must be able to hold, drip or reset one socket without touching another. The
address is 127.0.0.1 and cannot be changed.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Self

from rapport_sandbox.clock import Stepwise
from rapport_sandbox.connection import serve
from rapport_sandbox.options import Options
from rapport_sandbox.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rapport_sandbox.hooks.courier import Deliver
    from rapport_sandbox.wire import App

    Apps = Iterable[App] | Callable[[str], Iterable[App]]

_HOST = "127.0.0.1"
_CONNECTIONS = 512
_BACKLOG = 256
_LONGEST_REST = 0.5


class SandboxServer:
    """A sandbox served from threads of this process, on a free port unless one is asked for."""

    def __init__(
        self, options: Options | None = None, *, apps: Apps = (), deliver: Deliver | None = None
    ) -> None:
        """`apps` may be a function of the server's address, for services that name it in their answers."""
        self.options = options or Options()
        self._listener = socket.create_server((_HOST, self.options.port), backlog=_BACKLOG, reuse_port=False)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{_HOST}:{self.port}"
        mounted = apps(self.url) if callable(apps) else apps
        self.sandbox = Sandbox(self.options, apps=mounted, deliver=deliver)
        self._stop = threading.Event()
        self._slots = threading.BoundedSemaphore(_CONNECTIONS)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    @property
    def api_url(self) -> str:
        """What `UNIPILE_BASE_URL` is set to."""
        return f"{self.url}/api/v1"

    def start(self) -> Self:
        """Begin to serve; returns at once."""
        self._run(self._accept, "sandbox-accept")
        if not isinstance(self.sandbox.clock, Stepwise):
            self._run(self._pump, "sandbox-agenda")
        return self

    def stop(self) -> None:
        """Close every connection and wait for the threads."""
        self._stop.set()
        _shut(self._listener)  # a close alone does not wake whoever waits in accept
        self._listener.close()
        with self._lock:
            for connection in self._open:
                _shut(connection)
        for thread in self._threads:
            thread.join(timeout=5)
        self.sandbox.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, work: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        self._listener.settimeout(_LONGEST_REST)
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            if not self._slots.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
        try:
            serve(connection, self.sandbox.answer, self._stop)
        finally:
            with self._lock:
                self._open.discard(connection)
            self._slots.release()

    def _pump(self) -> None:
        """Let what is due happen on a running clock, also when nobody calls."""
        while not self._stop.is_set():
            self.sandbox.agenda.run_due()
            self.sandbox.agenda.wait(_LONGEST_REST)


def run(options: Options, *, apps: Apps = ()) -> int:
    """Serve until interrupted; prints one line with the address."""
    done = threading.Event()
    with SandboxServer(options, apps=apps) as server:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: done.set())
        sys.stdout.write(f"sandbox at {server.url} (API {server.api_url}, key {options.api_key})\n")
        sys.stdout.flush()
        done.wait()
    return 0


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
