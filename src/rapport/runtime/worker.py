"""A worker process: the background loops alone, until told to stop."""

from __future__ import annotations

import signal
import sys
import threading

from rapport.assembly import Service
from rapport.runtime.memory import keep_what_is_loaded
from rapport.runtime.supervisor import Supervisor


def work(service: Service) -> int:
    """Run the loops until SIGTERM or SIGINT, then end in good order; answers the exit status."""
    supervisor = Supervisor(service)
    told = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: told.set())
    keep_what_is_loaded()
    supervisor.start()
    print(f"Worker {supervisor.name} runs.", file=sys.stderr, flush=True)  # noqa: T201 - for whoever started it
    told.wait()
    supervisor.stop()
    service.close()
    return 0
