"""Time searches of the index of names, and measure its size and the memory that it takes.

The index is made of the sources of this checkout. Usage: python tests/bench/bench_search.py
"""

from __future__ import annotations

import gzip
import os
import statistics
import time
from pathlib import Path

from cartkg.builds import sources
from cartkg.graph import read
from cartkg.project import find
from cartkg.search.entries import entries
from cartkg.search.index import Index, SearchRequest, write

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 50
TEXTS = (
    "SLE", "systemic lupus erythematosus", "taubmann 2023", "10.1093/rheumatology/kead330", "37432378", "NCT07089121",
    "P15391", "children lupus", "CD19", "patients", "a b c d e f g h",
)  # fmt: skip


def _seconds(index: Index, search: SearchRequest) -> float:
    """Return the median of some searches."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        index.search(search)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _resident() -> int:
    """Return the bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGESIZE")


def main() -> None:
    """Print the figures."""
    project = find(ROOT)
    graph = read(sources(project), project).graph
    start = time.perf_counter()
    found = entries(graph)
    data = write(found)
    print(f"{time.perf_counter() - start:.2f} s to make an index of {len(found)} things")
    print(f"{len(data):,} bytes, {len(gzip.compress(data, mtime=0)):,} packed")
    before = _resident()
    start = time.perf_counter()
    indexes = [Index(data) for _ in range(20)]
    opened = (time.perf_counter() - start) / len(indexes)
    grown = (_resident() - before) / len(indexes)
    print(f"{1000 * opened:.1f} ms and {grown / 1024**2:.1f} MiB to open it")
    whole = [_seconds(indexes[0], SearchRequest(text, most=25)) for text in TEXTS]
    typed = [_seconds(indexes[0], SearchRequest(text, most=8, typing=True)) for text in TEXTS]
    for text, seconds, typing in zip(TEXTS, whole, typed, strict=True):
        print(f"{1000 * seconds:6.2f} ms, typed {1000 * typing:6.2f} ms  {text}")
    print(f"{1000 * statistics.median(whole):6.2f} ms, typed {1000 * statistics.median(typed):6.2f} ms  median")


if __name__ == "__main__":
    main()
