"""Real processes of the product: started, watched, told to stop, and never left behind."""

from __future__ import annotations

import http.client
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RAPPORT = (sys.executable, "-m", "rapport")
SLOW = (sys.executable, "-m", "tests.runtime.slow")


class Running:
    """One process and the lines it writes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._new: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._new.put(line.rstrip())
        self._new.put(None)

    def line_with(self, words: str, *, within: float = 40) -> str:
        """The next line that holds these words."""
        until = time.monotonic() + within
        while True:
            line = self._new.get(timeout=max(0.01, until - time.monotonic()))
            assert line is not None, (words, self.lines)
            self.lines.append(line)
            if words in line:
                return line

    def stop(self, how: signal.Signals = signal.SIGTERM) -> float:
        """Tell it to stop; answers how long that took."""
        began = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(30)
        return time.monotonic() - began


@contextmanager
def running(command: tuple[str, ...], *arguments: str, **environment: str) -> Iterator[Running]:
    """A process in an environment of its own, killed with all its children at the end."""
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=given | environment,
        cwd=environment.get("RAPPORT_HOME", ROOT),
        start_new_session=True,
    )
    started = Running(process)
    try:
        yield started
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        started._reader.join(10)
        process.stdout.close()


def fetch(port: int, path: str, *, timeout: float = 10) -> tuple[int, str]:
    """Status and body of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def ready(port: int, *, within: float = 40) -> float:
    """Wait until the service says that it is ready; answers how long that took."""
    began = time.monotonic()
    while time.monotonic() < began + within:
        try:
            if fetch(port, "/health/ready")[0] == 200:
                return time.monotonic() - began
        except OSError:
            pass
        time.sleep(0.05)
    raise TimeoutError(f"not ready after {within} s")
