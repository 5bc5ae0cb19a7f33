"""Real PostgreSQL and Redis servers in a temporary folder, on free ports, for tests and measurements.

PostgreSQL refuses to run as root, so as root it runs as the user `postgres`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path


class MissingError(Exception):
    """A server's programs are not installed."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port} after {seconds} s")


class PostgreSQL:
    """One server. `durable=False` gives up safety against power cuts for speed: right for tests only."""

    def __init__(self, *, durable: bool = False) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
        initdb = str(found[-1]) if found else shutil.which("initdb")
        if initdb is None:
            raise MissingError("PostgreSQL is missing: apt-get install postgresql (or put initdb on PATH)")
        self._bin = Path(initdb).resolve().parent
        self._folder = Path(tempfile.mkdtemp(prefix="rapport-pg-"))
        self._data = self._folder / "data"
        self._as: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
            pwd.getpwnam("postgres")
            self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self._run(
            "initdb", "-D", str(self._data), "-U", "rapport", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
        )
        self.port = free_port()
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> PostgreSQL:
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._folder),
            "max_connections": 200,
            "shared_buffers": "256MB",
            "fsync": "on" if self._durable else "off",
            "synchronous_commit": "on" if self._durable else "off",
            "full_page_writes": "on" if self._durable else "off",
            "log_min_messages": "error",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as, str(self._bin / "postgres"), "-D", str(self._data), *settings],
                stdout=log,
                stderr=log,
                cwd="/",
            )
        deadline = time.monotonic() + 30
        while subprocess.run(
            [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False, cwd="/"
        ).returncode:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise TimeoutError((self._folder / "log").read_text()[-2000:])
            time.sleep(0.05)
        return self

    def stop(self, how: int = signal.SIGINT) -> None:
        """SIGINT is a fast shutdown, SIGQUIT an immediate one, SIGKILL a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://rapport@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as, str(self._bin / program), *arguments], capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr[-1000:]}")


class Redis:
    """One server without persistence."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise MissingError("Redis is missing: apt-get install redis-server")
        self._program = program
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Redis:
        self._process = subprocess.Popen(
            [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
        )
        _wait_for(self.port, seconds=10)
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"
