"""What every group of calls is made with: one way to read and one way to write."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rapport.outside.unipile.reads import Reads
from rapport.outside.unipile.telemetry import Telemetry
from rapport.outside.unipile.writes import Writes

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from rapport.outside.unipile.options import Timekeeping, UnipileOptions


class Calls:
    def __init__(self, options: UnipileOptions, *, timekeeping: Timekeeping, registry: CollectorRegistry) -> None:
        telemetry = Telemetry(registry)
        self._options = options
        self._closing = threading.Event()
        self._reads = Reads(options, timekeeping=timekeeping, telemetry=telemetry, stop=self._closing)
        self._writes = Writes(options, timekeeping=timekeeping, telemetry=telemetry)

    @property
    def base_url(self) -> str:
        """Where the provider is, for the log line that says whom the service talks to."""
        return self._options.base_url

    def close(self) -> None:
        """End the waits between attempts, so that nobody is kept from stopping, and give the connections back."""
        self._closing.set()
        self._reads.close()
        self._writes.close()
