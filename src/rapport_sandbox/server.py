"""The sandbox on a port of this machine: `SandboxServer` for tests, `main` for a process of its own.

    with SandboxServer(Options(people=200), apps=all_fakes(...)) as server:
        requests.get(f"{server.url}/api/v1/accounts", headers={"X-API-KEY": "sandbox"})
        server.sandbox.world.accepts(person, timedelta(hours=2))

A thread a connection: faults must be able to hold, drip or reset one socket without touching another. The
address is a loopback one, whatever is asked.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from ipaddress import ip_address
from typing import TYPE_CHECKING, Self

from rapport_sandbox.clock import Stepwise
from rapport_sandbox.connection import serve
from rapport_sandbox.fakes import all_fakes
from rapport_sandbox.options import WRONG_USE, Options, make_parser, options_of
from rapport_sandbox.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rapport_sandbox.hooks.courier import Deliver
    from rapport_sandbox.wire import App

    Apps = Iterable[App] | Callable[[str], Iterable[App]]

_CONNECTIONS = 512
_BACKLOG = 256
_LONGEST_REST = 0.5


class SandboxServer:
    """A sandbox served from threads of this process, on a free port unless one is asked for."""

    def __init__(self, options: Options | None = None, *, apps: Apps = (), deliver: Deliver | None = None) -> None:
        """`apps` may be a function of the server's address, for services that name it in their answers."""
        self.options = options or Options()
        host = ip_address(self.options.host)
        if not host.is_loopback:
            raise ValueError(f"the sandbox is served to this machine only, not at {host}")
        self._listener = socket.create_server(
            (str(host), self.options.port),
            family=socket.AF_INET if host.version == 4 else socket.AF_INET6,
            backlog=_BACKLOG,
            reuse_port=False,
        )
        self._listener.settimeout(_LONGEST_REST)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{host if host.version == 4 else f'[{host}]'}:{self.port}"
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve Unipile and the fakes until interrupted; answers the exit status.

    What cannot be is said in one line, with status 2. Once the first request would be answered, one line with the
    address goes to standard output.
    """
    parser = make_parser()
    parser.add_argument("--attached", action="store_true", help="stop too when standard input ends")
    said = vars(parser.parse_args(arguments))
    options = options_of(said)
    done = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: done.set())
    try:
        server = SandboxServer(options, apps=lambda url: all_fakes(public_url=url, seed=options.seed))
    except OSError as error:
        what = options.home if error.filename else f"{options.host}:{options.port}"
        parser.exit(WRONG_USE, f"{parser.prog}: {what}: {error.strerror}\n")
    if said["attached"]:
        threading.Thread(target=_until_input_ends, args=(done,), daemon=True).start()
    with server:
        sys.stdout.write(f"sandbox at {server.url} (API {server.api_url}, key {options.api_key})\n")
        sys.stdout.flush()
        done.wait()
    return 0


def _until_input_ends(done: threading.Event) -> None:
    """A parent that is killed closes its end of the pipe: nothing is left running behind it."""
    while os.read(sys.stdin.fileno(), 1_024):
        pass
    done.set()


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
