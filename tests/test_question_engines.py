"""The stored questions on other engines: Oxigraph's server on the whole graph, rdflib's evaluation on a few studies.

rdflib evaluates a sub-select again for each row: with all studies most questions take it minutes.
"""

from __future__ import annotations

import tomllib
import urllib.request
from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
import rdflib
from tests.asked import NAMES, QUESTIONS, Asker
from tests.foreign_stores import oxigraph, virtuoso
from tests.test_questions import counted_graph

from cartkg.formats import JSON
from cartkg.queries import hold
from cartkg.release.remote_store import publish_to
from cartkg.sparql.engines.dialects.virtuoso import Virtuoso

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
ROOT = Path(__file__).resolve().parents[1]
#: What Virtuoso does -> the stored questions with which it does so.
ELSEWHERE: dict[str, list[str]] = tomllib.loads((ROOT / "tests/cases/virtuoso.toml").read_text("utf-8"))
GUIDE = ROOT / "docs" / "guides" / "stores.md"
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
    quads = united(asker.graph) + b"".join(f"{quad} .\n".encode() for quad in asker.graph.quads())
    with oxigraph() as server:
        _post(server.graphs, quads, "application/n-quads")
        yield server.query


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


@pytest.fixture(scope="module")
def by_virtuoso(asker: Asker) -> Iterator[str]:
    """Give the address of Virtuoso over the same graph, published as a user would."""
    with virtuoso() as server:
        publish_to(asker.graph.store, "one", server)
        yield server.query


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


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ELSEWHERE["unanswered"]])
def test_virtuoso_finds_the_same_rows_but_for_the_questions_that_are_listed(
    name: str, asker: Asker, by_virtuoso: str
) -> None:
    form = urlencode({"query": asker.chosen(name).text}).encode()
    if name in ELSEWHERE["refused"]:
        with pytest.raises(HTTPError, match=r"[45]00"):
            _post(by_virtuoso, form, "application/x-www-form-urlencoded")
        return
    answer = _post(by_virtuoso, form, "application/x-www-form-urlencoded")
    theirs = ox.parse_query_results(Virtuoso().read(answer, JSON), format=ox.QueryResultsFormat.JSON)
    same = not _differences(asker.rows(name), hold(theirs).rows)
    assert same == (name not in ELSEWHERE["different"])


def test_the_guide_lists_the_questions_that_virtuoso_answers_otherwise() -> None:
    text = GUIDE.read_text("utf-8")
    listed = [name for names in ELSEWHERE.values() for name in names]
    assert [name for name in listed if f"`{name}`" not in text] == []
    assert f"{len(NAMES)} stored questions, sent to it as users' queries, each with its arguments: " in text
    assert f"arguments: {len(NAMES) - len(listed)} have the same rows there" in text
