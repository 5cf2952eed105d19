"""Measure a store on disk at several sizes: build, start, look-ups, pages and memory, as a table of Markdown.

    python tests/bench/bench_store.py [--sizes 1000000 10000000] [--folder DIR] [--no-engine]

Graphs are generated (`generate.py`) into the folder unless they are there. "Engine alone" is pyoxigraph's bulk loader
over the same file, without the copy of what is stated, the compaction and the checks that our build adds. Build times
of both come from one run, so their ratio does not depend on the machine; the answers that pages need are prepared
after loading and have a column of their own. Look-ups are the median of 200 requests over
one connection, each for another thing, so that no answer is kept. Pages are asked twice: the first answer, and the
second, which the server may have kept. Memory is what the whole service takes (PSS) after all of this.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.live import Live, listening_port

if TYPE_CHECKING:
    from collections.abc import Iterator

_MIB = 1024**2
_LOOK_UPS = 200
PAGES = (
    "/", "/diseases", "/targets", "/products", "/measures", "/events", "/diseases/systemic-lupus-erythematosus",
    "/targets/cd19", "/conflicts", "/overlaps", "/responses", "/search?q=lupus", "/study", "/publication",
    "/study/mueller-2024-nejm", "/publication/mueller-2024-nejm", "/questions", "/questions/sle-doris-remission",
    "/about?iri=http://purl.obolibrary.org/obo/MONDO_0007915",
)  # fmt: skip
_ENGINE = """
import sys, pyoxigraph as ox
store = ox.Store(sys.argv[2])
store.bulk_load(path=sys.argv[1], format=ox.RdfFormat.N_QUADS, lenient=True)
store.flush()
"""


@dataclass(frozen=True)
class Run:
    """A command that ended: its seconds, the most memory that it took, in MiB, and what it said on standard error."""

    seconds: float
    memory: float
    said: str


def main() -> None:
    """Measure each size in turn and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--engine", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    with TemporaryDirectory() as passing:
        folder = options.folder or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        print(
            "| triples | load | engine alone | answers for pages | peak of build | on disk | start | look-up "
            "| memory of service |"
        )
        print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
        pages = {size: measured(size, folder, engine=options.engine) for size in options.sizes}
    print("\n| page, first and second answer in ms |", " | ".join(f"{size:,}" for size in pages), "|")
    print("| --- |", " | ".join("---:" for _ in pages), "|")
    for page in PAGES:
        print(f"| `{page}` |", " | ".join(found[page] for found in pages.values()), "|")


def measured(size: int, folder: Path, *, engine: bool) -> dict[str, str]:
    """Measure one size, print its row, and return what was said of each page."""
    file, store, alone = folder / f"{size}.nq", folder / f"{size}-store", folder / f"{size}-alone"
    if not file.exists():
        run("-P", str(Path(__file__).with_name("generate.py")), str(size), str(file))
    shutil.rmtree(store, ignore_errors=True)
    built = run("-m", "cartkg", "build", "--store", str(store), "--data", str(file))
    prepared = sum(map(float, re.findall(r"prepared in ([0-9.]+) s", built.said)))
    loaded, said = built.seconds - prepared, ""
    if engine:
        shutil.rmtree(alone, ignore_errors=True)
        other = run("-c", _ENGINE, str(file), str(alone))
        said = f"{other.seconds:.0f} s ({loaded / other.seconds:.2f} x)"
        shutil.rmtree(alone)
    disk = sum(path.stat().st_size for path in store.rglob("*") if path.is_file()) / _MIB
    with serving(store) as (live, start):
        look_up = statistics.median(look_ups(live, subjects(file)))
        pages = {page: f"{timed(live, page)}, {timed(live, page)}" for page in PAGES}
        memory = live.memory() / _MIB
    numbers = f"{built.memory:.0f} MiB | {disk:.0f} MiB | {start:.1f} s | {look_up:.1f} ms | {memory:.0f} MiB"
    print(f"| {size:,} | {loaded:.0f} s | {said} | {prepared:.0f} s | {numbers} |", flush=True)
    return pages


def run(*words: str) -> Run:
    """Run Python with some words and measure it."""
    start = time.perf_counter()
    with TemporaryFile("w+") as errors:
        process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read()
    if process.returncode:
        raise SystemExit(f"{words} ended with {process.returncode}: {said}")
    return Run(seconds, usage.ru_maxrss / 1024, said)


@contextmanager
def serving(store: Path) -> Iterator[tuple[Live, float]]:
    """Serve a store; give the server and the seconds to its first answer."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "cartkg", "serve", "--port", "0", "--store", str(store)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        live = Live(process, listening_port(process, 600), [])
        live.ask("ASK {}")
        yield live, time.perf_counter() - start
    finally:
        process.terminate()
        process.communicate(timeout=60)


def subjects(file: Path) -> list[str]:
    """Return subjects from all over a file."""
    found: dict[str, None] = {}
    with file.open("rb") as lines:
        for number in range(_LOOK_UPS * 2):
            lines.seek(file.stat().st_size * number // (_LOOK_UPS * 2))
            lines.readline()
            if match := re.match(rb"<([^>]+)>", lines.readline()):
                found[match[1].decode()] = None
    return list(found)[:_LOOK_UPS]


def look_ups(live: Live, iris: list[str]) -> list[float]:
    """Time one query for each thing: its statements with the labels of what they name."""
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=60)
    times = []
    for iri in iris:
        query = urlencode({"query": f"SELECT * {{ <{iri}> ?p ?o OPTIONAL {{ ?o {label} ?l }} }}"})
        start = time.perf_counter()
        connection.request("GET", f"/sparql?{query}", headers={"Accept": "text/csv"})
        response = connection.getresponse()
        response.read()
        if response.status != http.client.OK:
            raise SystemExit(f"a look-up ended with {response.status}")
        times.append((time.perf_counter() - start) * 1000)
    return times


def timed(live: Live, page: str) -> str:
    """Say how long a page takes, in ms; the status where it did not succeed."""
    start = time.perf_counter()
    said = live.request("GET", quote(page, safe="/?=:&%"), {"Accept": "text/html"})
    took = f"{(time.perf_counter() - start) * 1000:.0f}"
    return took if said.status == http.client.OK else f"{took} ({said.status})"


if __name__ == "__main__":
    main()
