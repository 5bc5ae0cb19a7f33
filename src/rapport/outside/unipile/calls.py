"""What every group of calls is made with: one way to read and one way to write."""

from __future__ import annotations

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
        self._reads = Reads(options, timekeeping=timekeeping, telemetry=telemetry)
        self._writes = Writes(options, timekeeping=timekeeping, telemetry=telemetry)

    def close(self) -> None:
        """Give the pooled connections back."""
        self._reads.close()
        self._writes.close()
