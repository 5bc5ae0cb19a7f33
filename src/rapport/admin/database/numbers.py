"""The database's numbers for Prometheus: of the pool, of waits, of slow statements."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from rapport.kernel.watching import Watch


class DatabaseNumbers(Collector):
    """Read when they are asked for."""

    def __init__(self, engine: Engine, watch: Watch) -> None:
        self._engine = engine
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        pool = self._engine.pool
        if isinstance(pool, QueuePool):
            yield GaugeMetricFamily("rapport_database_pool_size", "Connections kept.", pool.size())
            yield GaugeMetricFamily("rapport_database_pool_in_use", "Connections in use.", pool.checkedout())
        times = CounterMetricFamily("rapport_database_waits", "Waits for a connection or a turn.", labels=["what"])
        seconds = CounterMetricFamily("rapport_database_wait_seconds", "Time that was waited.", labels=["what"])
        in_vain = CounterMetricFamily("rapport_database_waits_in_vain", "Waits that were given up.", labels=["what"])
        for what, each in self._watch.waits().items():
            times.add_metric([what], each.times)
            seconds.add_metric([what], each.total_s)
            in_vain.add_metric([what], each.in_vain)
        yield from (times, seconds, in_vain)
        slow = self._watch.slow()
        yield CounterMetricFamily(
            "rapport_database_slow_statements", "Statements that took long.", sum(each.times for each in slow)
        )
