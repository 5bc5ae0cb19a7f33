"""Waiting for what another thread or process does, without saying how long it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

SOON = 20.0
"""Seconds. Nothing takes as long on any machine; a test that waits so long has failed."""


def until(holds: Callable[[], object], *, seconds: float = SOON) -> bool:
    """Let others run until this is so; answers whether it became so."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(0.005)
    return True
