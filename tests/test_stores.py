"""The union as a graph of its own gives the answers that the named graphs give, and is not asked where one is named."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from tests.asked import NAMES, Asker

from cartkg.graph import KnowledgeGraph
from cartkg.namespaces import BASE, GRAPH_ASSERTED, GRAPH_COUNTS, GRAPH_INFERRED
from cartkg.sparql.pool.jobs import Job, Source
from cartkg.sparql.pool.loading import load
from cartkg.sparql.pool.stores import Stores, merge, names_graphs
from cartkg.sparql.pool.worker import answer

DUMP = Path(__file__).resolve().parents[1] / ".cartkg" / "build" / "cartkg.nq"
E = "http://e.example/"
P, Q = ox.NamedNode(f"{E}p"), ox.NamedNode(f"{E}q")
A, B, C, NAMELESS = ox.NamedNode(f"{E}a"), ox.NamedNode(f"{E}b"), ox.NamedNode(f"{E}c"), ox.BlankNode("n")
ONE, TWO = ox.NamedNode(f"{BASE}graph/one"), ox.NamedNode(f"{BASE}graph/two")
INFERRED, COUNTS = ox.NamedNode(GRAPH_INFERRED), ox.NamedNode(GRAPH_COUNTS)
_LABEL = re.compile(r"_:\w+")
QUADS = (
    ox.Quad(A, P, B, ONE),
    ox.Quad(A, P, B, TWO),  # stated twice
    ox.Quad(B, P, C, TWO),
    ox.Quad(A, Q, ox.Literal("2.0", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal")), ONE),
    ox.Quad(A, Q, ox.Literal("<x> <y> .", language="en"), ONE),
    ox.Quad(NAMELESS, P, A, ONE),
    ox.Quad(B, Q, NAMELESS, TWO),
    ox.Quad(A, P, C, INFERRED),
    ox.Quad(C, Q, ox.Literal(3), COUNTS),
)
QUERIES = (
    "SELECT * { ?s ?p ?o }",
    f"SELECT (COUNT(*) AS ?n) {{ ?s <{E}p> ?o }}",
    f"SELECT * {{ <{E}a> <{E}p>+ ?o OPTIONAL {{ ?o <{E}q> ?v }} }}",
    f"SELECT ?s {{ ?s <{E}p> ?o FILTER NOT EXISTS {{ ?o <{E}p> ?x }} }}",
    f"SELECT ?o (COUNT(?s) AS ?n) {{ {{ SELECT DISTINCT ?s ?o {{ ?s <{E}p> ?o }} }} }} GROUP BY ?o",
    f"ASK {{ <{E}a> <{E}p> <{E}c> }}",
    "CONSTRUCT WHERE { ?s ?p ?o }",
    f"DESCRIBE <{E}a>",
    "SELECT * { GRAPH ?g { ?s ?p ?o } }",
    f"SELECT * {{ GRAPH <{GRAPH_INFERRED}> {{ ?s ?p ?o }} }}",
    f"CONSTRUCT {{ ?s ?p ?o }} FROM <{GRAPH_ASSERTED}> {{ ?s ?p ?o }}",
    f"CONSTRUCT {{ ?s ?p ?o }} FROM <{GRAPH_ASSERTED}> FROM <{GRAPH_COUNTS}> {{ ?s ?p ?o }}",
    f"ASK FROM NAMED <{ONE.value}> {{ GRAPH ?g {{ <{E}b> ?p ?o }} }}",
    f"DESCRIBE ?s {{ GRAPH <{TWO.value}> {{ ?s <{E}q> ?o }} }}",
    "SELECT ?graph { ?graph ?from 'from graph' } # from",
)


def built(folder: Path) -> Path:
    graph = KnowledgeGraph.of_quads(QUADS)
    graph.write_dump(folder / "d.nq")
    return folder / "d.nq"


def rows(stores: Stores, query: str, *, stated: bool = False) -> list[str]:
    """Return the lines of an answer, sorted, the labels of blank nodes left out."""
    style = "tsv" if re.search("^(SELECT|ASK)", query, re.MULTILINE) else "ntriples"
    frame = answer(stores, Job(query, style, [], [], 1 << 26, mark=False, stated=stated))
    assert "error" not in frame.head
    return sorted(_LABEL.sub("_:n", frame.body.decode()).splitlines())


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("stated", [False, True])
def test_the_union_alone_gives_the_rows_of_the_named_graphs(query: str, *, stated: bool, tmp_path: Path) -> None:
    stores = load(Source((built(tmp_path),), own=True))
    assert stores.merged is not None
    wanted = rows(Stores(stores.quads), query, stated=stated)
    assert rows(stores, query, stated=stated) == wanted


def test_what_cartkg_wrote_is_read_as_any_other_dump_is(tmp_path: Path) -> None:
    path = built(tmp_path)
    own, other = load(Source((path,), own=True)), load(Source((path,)))
    assert own.merged is not None
    assert other.merged is not None
    held = (own.quads, own.merged, other.quads, other.merged)
    text = [sorted(_LABEL.sub("_:n", str(quad)) for quad in store) for store in held]
    assert text[:2] == text[2:]
    assert len(own.merged) == len(list(own.quads.quads_for_pattern(None, None, None, ox.DefaultGraph()))) + 2


def test_data_of_which_nothing_is_derived_is_held_once() -> None:
    store = ox.Store()
    store.extend(quad for quad in QUADS if quad.graph_name in {ONE, TWO})
    assert merge(store).merged is None


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("SELECT * { GRAPH ?g { ?s ?p ?o } }", True),
        ("select * from <a:b> { ?s ?p ?o }", True),
        (r"SELECT * { \u0067raph ?g { ?s ?p ?o } }", True),
        ("SELECT * { ?s ?p ?o } # GRAPH", False),
        ("SELECT * { ?graph <http://a.example/graph> 'FROM' ; <a:b> ?from }", False),
        ("PREFIX from: <a:b> SELECT * { from:graph graph:from ?o }", False),
    ],
)
def test_words_that_name_graphs_are_found(query: str, *, named: bool) -> None:
    assert names_graphs(query) == named


@pytest.mark.whole
@pytest.mark.skipif(not DUMP.is_file(), reason="needs a build")
def test_every_stored_question_has_the_same_rows_in_both_stores() -> None:
    stores = load(Source((DUMP,), own=True))
    asker = Asker(KnowledgeGraph.from_dump(DUMP))
    for name in NAMES:
        query = asker.chosen(name).text
        assert rows(stores, query) == rows(Stores(stores.quads), query), name
