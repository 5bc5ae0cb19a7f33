"""Other task queues beside the product, each in a process of an environment that is not the product's."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

from scripts.bench.plain import Pattern, Work
from scripts.servers import Redis

KNOWN = {"huey": "Huey", "procrastinate": "Procrastinate", "celery": "Celery + Redis"}
ENVIRONMENT = "BENCH_PEERS"
_HERE = Path(__file__).parent
HOW = f"make a venv with {_HERE.name}/peers.txt and name it in {ENVIRONMENT}"
_LONGEST = 240


def installed() -> dict[str, str]:
    """The queues that are there, each with its version."""
    python = _python()
    if python is None:
        return {}
    said = subprocess.run([python, "-c", _VERSIONS, *KNOWN], capture_output=True, text=True, check=True).stdout
    return dict(line.split() for line in said.splitlines())


_VERSIONS = """
import sys
from importlib.metadata import PackageNotFoundError, version
for name in sys.argv[1:]:
    try:
        print(name, version(name))
    except PackageNotFoundError:
        pass
"""


def _python() -> Path | None:
    given = os.environ.get(ENVIRONMENT)
    python = Path(given) / "bin" / "python" if given else None
    return python if python is not None and python.is_file() else None


def run(name: str, url: str, works: Sequence[Work], pattern: Pattern, *, workers: int, home: Path) -> float:
    """The steps a second of one queue: its tasks make the two commits of each of these steps."""
    redis = Redis().start() if name == "celery" else None
    try:
        plan = {
            "url": url,
            "redis": redis.url if redis else None,
            "pattern": asdict(pattern),
            "works": [list(asdict(work).values()) for work in works],
        }
        (home / "work.json").write_text(json.dumps(plan, default=_said))
        done = subprocess.run(
            [str(_python()), str(_HERE / "peer.py"), name, str(workers)],
            env={"PATH": os.environ["PATH"], "PEER_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr[-1500:]}")
        return float(done.stdout.splitlines()[-1])
    finally:
        if redis is not None:
            redis.stop()


def _said(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
