"""The service as a process of its own: what sockets, kills and browsers need."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.servers import free_port
from tests.databases import Database

SOURCES = Path(__file__).resolve().parents[2] / "src"


class Server:
    """One `rapport serve` on a migrated database."""

    def __init__(self, database: Database, **settings: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        given = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(SOURCES),
            "RAPPORT_HOME": str(database.home),
            "DATABASE_URL": database.url,
            "SECRET_KEY": "a test's secret key, long enough to be one",
            "LOG_LEVEL": "error",
            "PORT": str(self.port),
            "BACKGROUND": "false",
            **settings,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rapport", "serve"],
            cwd=database.home,
            env=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it says where it listens when it can answer

    def stop(self) -> float:
        """Tell it to stop; answers how long that took."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)
        return time.monotonic() - began

    def kill(self) -> None:
        """As a power cut would: no process of it gets a word in."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def socket(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=15)

    def say(self, raw: bytes, *, end: bool = False) -> bytes:
        """Send bytes as they are; gives all that comes back until the server closes or falls silent."""
        with self.socket() as wire:
            # A server that refuses at the first header may have hung up before all was sent: any of
            # these errors is that, and the answer it gave is still there to be read.
            with contextlib.suppress(OSError):
                wire.sendall(raw)
                if end:
                    wire.shutdown(socket.SHUT_WR)
            heard = b""
            with contextlib.suppress(ConnectionResetError):
                while more := wire.recv(65536):
                    heard += more
            return heard


@contextlib.contextmanager
def served(database: Database, **settings: str) -> Iterator[Server]:
    server = Server(database, **settings)
    try:
        yield server
    finally:
        server.kill()
