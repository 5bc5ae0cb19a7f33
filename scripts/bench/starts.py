"""How long `make run` takes until the service is ready, in a clone that ran before. The sandbox starts beside it."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

from scripts.bench.registry import Bar, Effort, Line, Measurement
from scripts.servers import free_port

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 60


def starts(effort: Effort) -> Iterator[Line]:
    """Seconds from `make run` to the first 200 of /health/ready, on SQLite, after a run that filled the demo."""
    with tempfile.TemporaryDirectory(prefix="rapport-starts-") as folder:
        first = _start(Path(folder))
        yield Line("sqlite", "start: fills the demo", f"{first:.2f} s")
        taken = [_start(Path(folder)) for _ in range(effort.rounds)]
    yield Line(
        "sqlite",
        "start: on what is there",
        " ".join(f"{each:.2f}" for each in taken) + " s",
        value=median(taken),
        spread=(min(taken), max(taken)),
        bar=Bar("most", 3, " s"),
    )


def _start(home: Path) -> float:
    port = free_port()
    given = {"RAPPORT_HOME": str(home), "PORT": str(port), "SANDBOX_PORT": str(free_port())}
    began = time.monotonic()
    process = subprocess.Popen(
        ["make", "-s", "-C", str(_ROOT), "run"],
        env={**os.environ, "PYTHONPATH": str(_ROOT / "src"), **given},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.monotonic() < began + _PATIENCE and process.poll() is None:
            with suppress(URLError, OSError), urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
                if answer.status == 200:
                    return time.monotonic() - began
            time.sleep(0.01)
        raise RuntimeError(f"`make run` was not ready within {_PATIENCE} s")
    finally:
        process.terminate()
        process.wait(20)


STARTS = Measurement("starts", starts)
