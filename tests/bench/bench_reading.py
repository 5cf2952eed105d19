"""Time what reads the bytes of all data and ontology files: the parser, documents, validation, and the store both ways.

Run: python tests/bench/bench_reading.py. Medians of five runs, in seconds of processor time; the last line of the store
leaves out the time that parsing takes. See docs/decisions/bytes-read-once.md.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg import turtle, validation

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
FILES = (*sorted((ROOT / "data" / "ttl").glob("*.ttl")), *sorted((ROOT / "ontology").rglob("*.ttl")))
CONTENTS = {file: file.read_bytes() for file in FILES}
TURTLE = ox.RdfFormat.TURTLE


def parsed() -> dict[Path, list[ox.Quad]]:
    return {file: list(ox.parse(data, TURTLE, base_iri=file.as_uri())) for file, data in CONTENTS.items()}


def filled_from_bytes() -> None:
    store = ox.Store()
    for file, data in CONTENTS.items():
        for graph in (ox.NamedNode(file.as_uri()), ox.DefaultGraph()):
            store.load(data, TURTLE, base_iri=file.as_uri(), to_graph=graph)


def filled_from_statements(statements: dict[Path, list[ox.Quad]]) -> None:
    store = ox.Store()
    for file, quads in statements.items():
        graph = ox.NamedNode(file.as_uri())
        store.extend(quads)
        store.extend(ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in quads)


def seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def main() -> None:
    statements = parsed()
    size = sum(map(len, CONTENTS.values())) / 1e6
    print(f"{len(FILES)} files, {size:.1f} MB, {sum(map(len, statements.values())):,} statements")
    for name, work in (
        ("parse", parsed),
        ("documents with places", lambda: [turtle.parse(file) for file in FILES]),
        ("facts of a validation", lambda: validation.read(FILES)),
        ("store from bytes", filled_from_bytes),
        ("store from statements", lambda: filled_from_statements(statements)),
    ):
        print(f"{name:<24}{seconds(work):.2f}")


if __name__ == "__main__":
    main()
