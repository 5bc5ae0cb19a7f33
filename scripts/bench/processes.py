"""The product and its yardstick as processes on free ports, with the same server settings."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from scripts.bench.places import Place
from scripts.bench.rows import Filled
from scripts.servers import free_port

_ROOT = Path(__file__).resolve().parents[2]
_STARTS_WITHIN = 30


@dataclass(frozen=True)
class Server:
    """A server that answers at this address."""

    address: str
    process: psutil.Process

    def processor_seconds(self) -> float:
        """The processor time its processes have used so far. A database server's is not among them."""
        times = [each.cpu_times() for each in (self.process, *self.process.children(recursive=True))]
        return float(sum(each.user + each.system for each in times))


@contextmanager
def product(at: Place, **more: str) -> Iterator[Server]:
    """`rapport serve` as anybody would start it, or with more settings."""
    with _serving(["rapport", "serve"], at, "/health/live", more) as server:
        yield server


@contextmanager
def workers(at: Place, count: int) -> Iterator[None]:
    """So many processes of `rapport worker`, all of which run."""
    command = [sys.executable, "-m", "rapport", "worker"]
    log_path = at.home / "workers.log"
    with log_path.open("wb") as log:
        made = [
            subprocess.Popen(command, env=environment(at), cwd=at.home, stdout=log, stderr=log) for _ in range(count)
        ]
    try:
        until(lambda: log_path.read_text().count(" runs.\n") == count, f"{count} workers do not run")
        yield
    finally:
        for process in made:
            process.terminate()
        for process in made:
            process.wait(20)


@contextmanager
def intake_yardstick(at: Place, key: str) -> Iterator[Server]:
    """The yardstick of taking in deliveries on the same database."""
    with _serving(["scripts.bench.intake_yardstick"], at, "/bare", {"YARDSTICK_KEY": key}) as server:
        yield server


def environment(at: Place) -> dict[str, str]:
    """The environment in which a process finds this place and our own code."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": f"{_ROOT / 'src'}:{_ROOT}", **at.environment}


@contextmanager
def yardstick(at: Place, filled: Filled) -> Iterator[Server]:
    """The yardstick on the same database."""
    more = {"YARDSTICK_KEY": filled.key.hex(), "YARDSTICK_CLIENT": filled.client_id}
    with _serving(["scripts.bench.yardstick"], at, "/bare", more) as server:
        yield server


@contextmanager
def _serving(module: list[str], at: Place, probe: str, more: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    found = {**environment(at), "PORT": str(port), **more}
    log_path = at.home / f"{module[0]}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", *module], env=found, cwd=at.home, stdout=log, stderr=log)
    try:
        _wait_for(address + probe, process, log_path)
        yield Server(address, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(20)


def until(true: Callable[[], bool], otherwise: str) -> None:
    """Wait for something that must come true soon."""
    deadline = time.monotonic() + _STARTS_WITHIN
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError(otherwise)
        time.sleep(0.05)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(url, timeout=2):
                return
        except URLError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer: {log.read_text()[-2000:]}")
