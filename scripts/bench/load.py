"""Load on one address: how many requests a second it answers, and how long the slowest in a hundred take.

wrk makes it where it is installed. Elsewhere a few threads here do; they cost more processor than wrk, so
numbers of the two must not be compared with each other.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

CONNECTIONS = 4
"""As many as the server has threads: more would measure the queue in front of it."""
_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


class LoadError(Exception):
    """An answer was not the one that is measured."""


@dataclass(frozen=True)
class Target:
    """One request, to be sent again and again, and the status it must be answered with."""

    url: str
    headers: Mapping[str, str]
    status: int = 200
    body: bytes | None = None
    """Sent by POST, when there is one."""


@dataclass(frozen=True)
class Load:
    """What came of it."""

    per_second: float
    p99_ms: float
    answered: int


def run(target: Target, seconds: float, *, by_wrk: bool) -> Load:
    """Send the request over a few connections for so long."""
    _expect(target)
    return _by_wrk(target, seconds) if by_wrk else _by_threads(target, seconds)


def has_wrk() -> bool:
    return shutil.which("wrk") is not None


def _expect(target: Target) -> None:
    """One request by hand: the load generators only tell success from failure."""
    with _Connection(target) as connection:
        status, _ = connection.ask()
        if status != target.status:
            raise LoadError(f"{target.url} answers {status}, not {target.status}")


def fetch(target: Target) -> bytes:
    """The body of one answer."""
    with _Connection(target) as connection:
        return connection.ask()[1]


def _by_wrk(target: Target, seconds: float) -> Load:
    headers = [part for name, value in target.headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--latency", *headers]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if target.body is not None:
            script.write(f"wrk.method = 'POST'\nwrk.body = {json.dumps(target.body.decode(), ensure_ascii=False)}\n")
            script.flush()
            command += ["-s", script.name]
        said = subprocess.run([*command, target.url], capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    answered = re.search(r"(\d+) requests in", said)
    slowest = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", said)
    if rate is None or answered is None or slowest is None or "Non-2xx" in said or "Socket errors" in said:
        raise LoadError(f"{target.url}: {said}")
    return Load(float(rate[1]), float(slowest[1]) * _MS[slowest[2]], int(answered[1]))


def _by_threads(target: Target, seconds: float) -> Load:
    return _taking_turns(target, CONNECTIONS, lambda began: iter(lambda: _now_if_before(began + seconds), None))


def _now_if_before(end: float) -> float | None:
    now = time.perf_counter()
    return now if now < end else None


def steady(target: Target, *, per_second: int, seconds: float, connections: int) -> Load:
    """Send at a fixed rate, whatever the answers take. A request that had to wait for its turn has waited."""
    _expect(target)
    turns = iter(range(round(per_second * seconds)))
    return _taking_turns(target, connections, lambda began: (began + turn / per_second for turn in turns))


def _taking_turns(target: Target, connections: int, instants: Callable[[float], Iterator[float]]) -> Load:
    """Send at the instants that all connections draw from, counted from each."""
    taken: list[float] = []
    failures: list[Exception] = []
    began = time.perf_counter()

    def take_turns() -> None:
        try:
            with _Connection(target) as connection:
                for due in instants(began):
                    time.sleep(max(0.0, due - time.perf_counter()))
                    status, _ = connection.ask()
                    taken.append(time.perf_counter() - due)
                    if status != target.status:
                        raise LoadError(f"{target.url} answers {status}, not {target.status}")
        except (OSError, LoadError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=take_turns) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise LoadError(str(failures[0]))
    elapsed = time.perf_counter() - began
    return Load(len(taken) / elapsed, sorted(taken)[int(len(taken) * 0.99)] * 1000, len(taken))


class _Connection:
    """A connection that is kept, on which one request is sent at a time."""

    def __init__(self, target: Target) -> None:
        parts = urlsplit(target.url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        method = "GET" if target.body is None else "POST"
        body = target.body or b""
        headers = {"Host": parts.netloc, **target.headers, **({"Content-Length": str(len(body))} if body else {})}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        self._request = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self) -> tuple[int, bytes]:
        """Send, and read one answer whole: status and body."""
        self._socket.sendall(self._request)
        given = b""
        while b"\r\n\r\n" not in given:
            given += self._more()
        head, _, body = given.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        while length is not None and len(body) < int(length[1]):
            body += self._more()
        return int(head[9:12]), body

    def _more(self) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise LoadError("the server closed the connection")
        return part
