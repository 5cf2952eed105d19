"""Answers of an engine with a dialect become what the specification says; an answer that is not whole is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from tests.foreign_stores import virtuoso
from tests.live import Live, in_front_of
from tests.test_stores import QUADS, A, B, C, P, Q

from cartkg import formats
from cartkg.errors import LimitExceeded, TooLarge
from cartkg.graph import KnowledgeGraph
from cartkg.release.remote_store import RemoteStore, publish_to
from cartkg.sparql.engines.dialects.detection import STANDARD, spoken
from cartkg.sparql.engines.dialects.virtuoso import Virtuoso

if TYPE_CHECKING:
    from collections.abc import Iterator

DIALECT = Virtuoso()
XSD = "http://www.w3.org/2001/XMLSchema#"


def table(variable: str, *terms: dict[str, str]) -> bytes:
    """Return a table with one column as Virtuoso writes it."""
    bindings = [{variable: term} for term in terms]
    return json.dumps({"head": {"link": [], "vars": [variable]}, "results": {"bindings": bindings}}).encode()


@pytest.mark.parametrize(("server", "is_known"), [("Virtuoso/07.20.3229 (Linux)", True), ("Jetty", False), ("", False)])
def test_the_engine_is_known_by_its_name(server: str, *, is_known: bool) -> None:
    assert isinstance(spoken({"server": server}), Virtuoso) == is_known
    assert spoken({}) is STANDARD


@pytest.mark.parametrize(("value", "truth"), [("1", True), ("0", False)])
@pytest.mark.parametrize("form", [formats.JSON, formats.XML], ids=lambda form: form.name)
def test_a_truth_value_is_one(form: formats.ResultFormat, value: str, *, truth: bool) -> None:
    said = table("__ASK_RETVAL", {"type": "typed-literal", "datatype": f"{XSD}integer", "value": value})
    answer = ox.parse_query_results(DIALECT.write(DIALECT.read(said, form), form), format=form.engine)
    assert isinstance(answer, ox.QueryBoolean)
    assert bool(answer) == truth


def test_terms_are_written_as_the_specification_has_them() -> None:
    said = table(
        "x",
        {"type": "typed-literal", "datatype": f"{XSD}boolean", "value": "1"},
        {"type": "bnode", "value": "nodeID://b10603"},
        {"type": "literal", "xml:lang": "de", "value": "ä"},
        {"type": "uri", "value": "http://a.example/"},
    )
    solutions = ox.parse_query_results(DIALECT.read(said, formats.JSON), format=ox.QueryResultsFormat.JSON)
    assert isinstance(solutions, ox.QuerySolutions)
    assert [row["x"] for row in solutions] == [
        ox.Literal("true", datatype=ox.NamedNode(f"{XSD}boolean")),
        ox.BlankNode("nodeID_b10603"),
        ox.Literal("ä", language="de"),
        ox.NamedNode("http://a.example/"),
    ]


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"head":{}}', b"<x/>", b'{"head":{"vars":["a"]},"results":{"bindings":[1]}}']
)
def test_anything_but_a_table_is_malformed(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a table|Expecting"):
        DIALECT.read(body, formats.JSON)


def test_an_answer_that_is_not_whole_is_named() -> None:
    with pytest.raises(TooLarge, match="at most 5 rows"):
        DIALECT.check({"x-sparql-maxrows": "5"}, 5)
    with pytest.raises(LimitExceeded, match="its own limit of time"):
        DIALECT.check({"x-sql-state": "S1TAT"}, 1)
    DIALECT.check({"x-sparql-maxrows": "5"}, 4)


@pytest.fixture(scope="module")
def store() -> Iterator[RemoteStore]:
    with virtuoso(most_rows=50) as server:
        publish_to(KnowledgeGraph.of_quads(QUADS).store, "one", server)
        yield server


@pytest.fixture(scope="module")
def front(store: RemoteStore) -> Iterator[Live]:
    with in_front_of(store.query) as server:
        yield server


ROWS = f"SELECT ?s ?o {{ VALUES ?s {{ {A} {B} {C} }} ?s {P}|{Q} ?o FILTER(!ISBLANK(?o)) }}"


@pytest.mark.whole
@pytest.mark.parametrize("form", [formats.JSON, formats.XML, formats.CSV, formats.TSV], ids=lambda form: form.name)
def test_a_table_is_the_same_in_each_format(form: formats.ResultFormat, front: Live) -> None:
    said = front.ask(ROWS, accept=form.media_types[0])
    assert said.status == 200, said.text
    if form is formats.CSV:
        found = {tuple(line.split(",")) for line in said.text.split("\r\n")[1:-1]}
        assert found == {(s.value, o.value) for s, o in expected()}
        return
    solutions = ox.parse_query_results(said.body, format=form.engine)
    assert isinstance(solutions, ox.QuerySolutions)
    assert {(row["s"], row["o"]) for row in solutions} == set(expected())


def expected() -> list[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]]:
    rows = [(quad.subject, quad.object) for quad in QUADS]
    decimal = ox.NamedNode(f"{XSD}decimal")
    return [
        (s, ox.Literal("2", datatype=decimal) if o == ox.Literal("2.0", datatype=decimal) else o)
        for s, o in rows
        if isinstance(s, ox.NamedNode) and isinstance(o, ox.NamedNode | ox.Literal)
    ]


@pytest.mark.whole
@pytest.mark.parametrize(("pattern", "truth"), [(f"{A} {P} {B}", True), (f"{B} {P} {A}", False)])
@pytest.mark.parametrize("form", [formats.JSON, formats.XML], ids=lambda form: form.name)
def test_a_truth_value_of_the_server_is_one(
    form: formats.ResultFormat, pattern: str, front: Live, *, truth: bool
) -> None:
    said = front.ask(f"ASK {{ {pattern} }}", accept=form.media_types[0])
    answer = ox.parse_query_results(said.body, format=form.engine)
    assert isinstance(answer, ox.QueryBoolean), said.text
    assert bool(answer) == truth


@pytest.mark.whole
@pytest.mark.parametrize("form", formats.GRAPHS.values(), ids=lambda form: form.name)
def test_a_graph_is_the_same_in_each_format(form: formats.GraphFormat, front: Live) -> None:
    said = front.ask(
        f"CONSTRUCT {{ ?s {P} ?o }} WHERE {{ VALUES ?s {{ {A} {B} }} ?s {P} ?o }}", accept=form.media_types[0]
    )
    assert said.status == 200, said.text
    assert {str(quad.triple) for quad in ox.parse(said.body, format=form.engine)} == {
        str(quad.triple) for quad in QUADS if quad.predicate == P and quad.subject in {A, B}
    }


@pytest.mark.whole
def test_a_table_that_the_store_cuts_is_refused(front: Live) -> None:
    said = front.ask("SELECT * { ?s ?p ?o }")
    assert said.status == 413, said.text
    assert "at most 50 rows" in said.text
