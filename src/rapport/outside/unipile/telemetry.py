"""One log line and one count for each call: which, how long, what came of it. No words, ids or keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Histogram

from rapport.kernel.log import get_log

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_log = get_log("unipile")

_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60)


class Telemetry:
    """Counters in the registry given; a registry takes one client."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "rapport_unipile_calls",
            "Calls to Unipile, by what came of them.",
            ("endpoint", "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "rapport_unipile_call_seconds",
            "Seconds until the whole answer of a call to Unipile was there, or was given up.",
            ("endpoint", "outcome"),
            buckets=_BUCKETS,
            registry=registry,
        )

    def record(
        self,
        endpoint: str,
        outcome: str,
        *,
        seconds: float,
        status: int | None,
        code: str | None,
        attempt: int,
    ) -> None:
        """`outcome` is one of a few words; `code` says more, and only to the log."""
        self._calls.labels(endpoint, outcome).inc()
        self._seconds.labels(endpoint, outcome).observe(seconds)
        _log.info(
            "unipile_call",
            endpoint=endpoint,
            outcome=outcome,
            status=status,
            code=code,
            attempt=attempt,
            duration_ms=round(seconds * 1000),
        )
