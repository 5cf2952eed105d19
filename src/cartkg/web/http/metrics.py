"""Counters and a latency histogram, written as Prometheus text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.core import Metric

#: Upper edges of the latency histogram, in seconds.
EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Numbers of one app since its start; safe to use from several threads."""

    def __init__(self) -> None:
        """Start all counts at zero."""
        # the start of the app is a number of its own
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types here
        own = self._own = CollectorRegistry()
        self._queries = Counter("cartkg_queries", "Queries by outcome.", ["outcome"], registry=own)
        self._seconds = Histogram("cartkg_query_seconds", "Wall clock of a query.", buckets=EDGES, registry=own)
        self._cache = Counter("cartkg_cache", "Uses of the result cache.", ["event"], registry=own)
        self._shed = Counter("cartkg_connections_shed", "Idle connections closed to make room.", registry=own)
        Gauge("cartkg_started_seconds", "When the app started.", registry=own).set_to_current_time()

    def query(self, outcome: str, seconds: float) -> None:
        """Count one query by outcome (complete, cut, cached, malformed, refused, time, memory ...)."""
        self._queries.labels(outcome).inc()
        self._seconds.observe(seconds)

    def cache(self, event: str) -> None:
        """Count one use of the result cache: hit, miss or fresh (a 304)."""
        self._cache.labels(event).inc()

    def shed(self, number: int) -> None:
        """Count idle connections that were closed to make room."""
        self._shed.inc(number)

    def text(self, gauges: Mapping[str, float]) -> str:
        """Write everything, with further numbers, in the Prometheus text format 0.0.4."""
        further = CollectorRegistry()
        further.register(_Numbers(gauges))
        return (generate_latest(self._own) + generate_latest(further)).decode()


class _Numbers:
    """Numbers that others count: a name that ends in _total is a counter, any other a gauge."""

    def __init__(self, numbers: Mapping[str, float]) -> None:
        self._numbers = numbers

    def collect(self) -> Iterator[Metric]:
        for name, value in sorted(self._numbers.items()):
            family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            yield family(f"cartkg_{name}", "A number of the engine or its cache.", value)
