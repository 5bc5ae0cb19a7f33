"""The product and its yardstick as processes on free ports, with the same server settings."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from scripts.bench.places import Place
from scripts.bench.rows import Filled
from scripts.servers import free_port

_ROOT = Path(__file__).resolve().parents[2]
_STARTS_WITHIN = 30


@contextmanager
def product(at: Place) -> Iterator[str]:
    """`rapport serve` as anybody would start it; answers its address."""
    with _serving(["rapport", "serve"], at, "/health/live", {}) as address:
        yield address


@contextmanager
def yardstick(at: Place, filled: Filled) -> Iterator[str]:
    """The yardstick on the same database."""
    more = {"YARDSTICK_KEY": filled.key.hex(), "YARDSTICK_CLIENT": filled.client_id}
    with _serving(["scripts.bench.yardstick"], at, "/bare", more) as address:
        yield address


@contextmanager
def _serving(module: list[str], at: Place, probe: str, more: dict[str, str]) -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{_ROOT / 'src'}:{_ROOT}",
        "PORT": str(port),
        **at.environment,
        **more,
    }
    log_path = at.home / f"{module[0]}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *module], env=environment, cwd=at.home, stdout=log, stderr=log
        )
    try:
        _wait_for(address + probe, process, log_path)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(url, timeout=2):
                return
        except URLError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer: {log.read_text()[-2000:]}")
