"""Counters and a latency histogram, written as Prometheus text."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from threading import Lock
from time import time

#: Upper edges of the latency histogram, in seconds.
EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Numbers of one app since its start; safe to use from several threads."""

    def __init__(self) -> None:
        """Start all counts at zero."""
        self._lock = Lock()
        self._outcomes: Counter[str] = Counter()
        self._buckets = [0] * (len(EDGES) + 1)
        self._seconds = 0.0
        self._cache: Counter[str] = Counter()
        self._shed = 0
        self._started = time()

    def query(self, outcome: str, seconds: float) -> None:
        """Count one query by outcome (complete, cut, cached, malformed, refused, time, memory ...)."""
        with self._lock:
            self._outcomes[outcome] += 1
            self._buckets[bisect_left(EDGES, seconds)] += 1
            self._seconds += seconds

    def cache(self, event: str) -> None:
        """Count one use of the result cache: hit, miss or fresh (a 304)."""
        with self._lock:
            self._cache[event] += 1

    def shed(self, number: int) -> None:
        """Count idle connections that were closed to make room."""
        with self._lock:
            self._shed += number

    def text(self, gauges: dict[str, float]) -> str:
        """Write everything, with further gauges, in the Prometheus text format 0.0.4."""
        with self._lock:
            outcomes, buckets, cache = dict(self._outcomes), list(self._buckets), dict(self._cache)
            seconds = self._seconds
            gauges = {**gauges, "connections_shed_total": float(self._shed), "started_seconds": self._started}
        lines = ["# HELP cartkg_queries_total Queries by outcome.", "# TYPE cartkg_queries_total counter"]
        lines += [f'cartkg_queries_total{{outcome="{name}"}} {count}' for name, count in sorted(outcomes.items())]
        lines += ["# HELP cartkg_query_seconds Wall clock of a query.", "# TYPE cartkg_query_seconds histogram"]
        below = 0
        for edge, count in zip((*EDGES, "+Inf"), buckets, strict=True):
            below += count
            lines.append(f'cartkg_query_seconds_bucket{{le="{edge}"}} {below}')
        lines += [f"cartkg_query_seconds_sum {seconds:.6f}", f"cartkg_query_seconds_count {below}"]
        lines += ["# HELP cartkg_cache_total Uses of the result cache.", "# TYPE cartkg_cache_total counter"]
        lines += [f'cartkg_cache_total{{event="{name}"}} {count}' for name, count in sorted(cache.items())]
        for name, value in sorted(gauges.items()):
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [f"# TYPE cartkg_{name} {kind}", f"cartkg_{name} {value:.15g}"]
        return "\n".join(lines) + "\n"
