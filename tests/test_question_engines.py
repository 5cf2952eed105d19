"""The stored questions on other engines: Oxigraph's server on the whole graph, rdflib's evaluation on a few studies.

rdflib evaluates a sub-select again for each row: with all studies most questions take it minutes.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

import pyoxigraph as ox
import pytest
import rdflib
from tests.asked import NAMES, QUESTIONS, Asker
from tests.live import free_port
from tests.test_questions import counted_graph

from cartkg.queries import hold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartkg.graph import KnowledgeGraph
    from cartkg.queries import Rows

pytestmark = pytest.mark.whole

FEW = {"castle-2026-natmed", "krickau-2024-lancet", "li-2026-frontimmunol-sle", "mueller-2023-lancet", "vu-2025-aan"}
ONE = {"castle-2026-natmed"}
#: Questions that take rdflib more than a minute with a few studies.
LONG = {"before-and-after", "characteristics", "claims", "patients-once", "results", "safety", "summary-of-findings"}
#: Questions that rdflib answers otherwise: it hands the outer ?event on into the sub-select that counts events.
OTHERWISE = {"zero-or-unknown", "zero-or-unknown-by-report"}
#: Questions for which rdflib takes more than 10 GB of memory.
TOO_LARGE = {"evidence-map"}
COMPARED = [each.name for each in QUESTIONS if each.name not in OTHERWISE | TOO_LARGE and "GRAPH ?" not in each.text]


@pytest.fixture(scope="module")
def asker() -> Asker:
    return Asker(counted_graph())


def united(graph: KnowledgeGraph) -> bytes:
    """Return the triples of the default graph, each once, as N-Triples."""
    return b"".join(f"{triple} .\n".encode() for triple in {quad.triple for quad in graph.store})


@pytest.fixture(scope="module")
def in_rdflib() -> dict[bool, tuple[Asker, rdflib.Graph]]:
    """Return the graph of one study and that of a few, for both engines; the key says whether a question is long."""
    askers = {True: Asker(counted_graph(ONE)), False: Asker(counted_graph(FEW))}
    return {
        long: (asker, rdflib.Graph().parse(data=united(asker.graph), format="nt")) for long, asker in askers.items()
    }


@pytest.fixture(scope="module")
def by_oxigraph(asker: Asker) -> Iterator[str]:
    """Give the address of Oxigraph's own server over the same graph."""
    program = str(Path(sys.executable).with_name("oxigraph"))
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    quads = united(asker.graph) + b"".join(f"{quad} .\n".encode() for quad in asker.graph.quads())
    command = [program, "serve", "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(f"{address}/query")
            _post(f"{address}/store", quads, "application/n-quads")
            yield f"{address}/query"
        finally:
            server.terminate()


def _wait(address: str) -> None:
    for _ in range(100):
        with contextlib.suppress(URLError):
            _post(address, b"ASK {}")
            return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


def _post(address: str, data: bytes, kind: str = "application/sparql-query") -> bytes:
    headers = {"Content-Type": kind, "Accept": "application/sparql-results+json"}
    with urllib.request.urlopen(urllib.request.Request(address, data, headers), timeout=60) as reply:
        found: bytes = reply.read()
    return found


def _alike(cell: str) -> str:
    """Return a number as its value, and names that are joined in no order as a set; the same for all engines."""
    try:
        return str(Decimal(cell).normalize())
    except InvalidOperation:
        return "; ".join(sorted(cell.split("; ")))


def _rows(rows: Sequence[Sequence[str]]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(map(_alike, row)) for row in rows)


def _differences(ours: Rows, theirs: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    first, second = _rows(ours.rows), _rows(theirs)
    return [*(first - second), *(second - first)]


@pytest.mark.parametrize("name", COMPARED)
def test_rdflib_finds_the_same_rows(name: str, in_rdflib: dict[bool, tuple[Asker, rdflib.Graph]]) -> None:
    asker, graph = in_rdflib[name in LONG]
    found = graph.query(asker.chosen(name).text)
    theirs = [
        ["" if cell is None else str(cell) for cell in row] for row in found if isinstance(row, rdflib.query.ResultRow)
    ]
    assert _differences(asker.rows(name), theirs)[:4] == []


@pytest.mark.parametrize("name", list(NAMES))
def test_oxigraph_finds_the_same_rows(name: str, asker: Asker, by_oxigraph: str) -> None:
    theirs = hold(
        ox.parse_query_results(_post(by_oxigraph, asker.chosen(name).text.encode()), format=ox.QueryResultsFormat.JSON)
    )
    assert _differences(asker.rows(name), theirs.rows)[:4] == []
