"""A provider for stories: the sandbox over HTTP on a port of its own, and one clock for it and the product.

with sandbox_server(people=200) as server:
    stage = make_stage(settings=settings_for(server), clock=WorldClock(server.sandbox))
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rapport.kernel.clock import Stop
from rapport_sandbox.options import Options
from rapport_sandbox.sandbox import Sandbox
from rapport_sandbox.server import SandboxServer


class WorldClock:
    """The product's clock, kept by the sandbox: while the product waits, the world's people live."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._sandbox.now(), UTC)

    def monotonic(self) -> float:
        return self._sandbox.now()

    def wait_until(self, instant: datetime, stop: Stop) -> bool:
        if not stop.is_set():
            self._sandbox.advance_to(instant)
        return stop.is_set()

    def advance(self, by: timedelta) -> None:
        self._sandbox.advance(by)


def sandbox_server(**options: Any) -> SandboxServer:
    """A small world on a stepwise clock, in which only stories happen. Serves while it is entered."""
    return SandboxServer(Options(**({"people": 60, "accounts": 2, "relations": 12, "spontaneous": False} | options)))


def settings_for(server: SandboxServer) -> dict[str, str]:
    """What the product is told, so that it talks to this sandbox."""
    return {"UNIPILE_BASE_URL": server.api_url, "UNIPILE_API_KEY": server.options.api_key}
