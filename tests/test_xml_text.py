"""Answers in XML: what every parser reads, or a refusal that says why XML cannot hold the answer."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.live import in_front_of, serving

from cartkg.sparql.pool import worker
from cartkg.sparql.pool.jobs import Job
from cartkg.sparql.pool.stores import Stores
from cartkg.sparql.protocol import xml_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.live import Live

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SPOKEN = "{http://www.w3.org/2005/sparql-results#}literal"
THING, PLAIN = ox.NamedNode("http://a.example/s"), ox.NamedNode("http://a.example/p")
ODD = """
@prefix cohort: <https://w3id.org/cartkg/cohort/> .
<https://w3id.org/cartkg/graph/g> {
    cohort:odd <http://a.example/1> "x" .
    cohort:typed a <http://a.example/1> ; <http://a.example/p> "Müller\\r\\n🙂" .
    cohort:bell <http://a.example/p> "a\\u0007b" .
}"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    data: Path = tmp_path_factory.mktemp("odd") / "odd.trig"
    data.write_text(ODD, "utf-8")
    with serving(data=data) as server:
        yield server


def results(text: str) -> bytes:
    store = ox.Store()
    store.add(ox.Quad(THING, PLAIN, ox.Literal(text)))
    return table(store)


def table(store: ox.Store) -> bytes:
    rows = store.query("SELECT ?o { ?s ?p ?o }")
    assert isinstance(rows, ox.QuerySolutions)
    return rows.serialize(format=ox.QueryResultsFormat.XML) or b""


def written(*triples: ox.Triple) -> bytes:
    return xml_text.graph(ox.serialize(triples, format=ox.RdfFormat.RDF_XML) or b"")


@given(st.text())
def test_a_strict_parser_reads_the_text_that_was_meant_or_there_is_no_answer(text: str) -> None:
    try:
        body = xml_text.table(results(text))
    except xml_text.Unsayable:
        assert re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text)
        return
    assert body.isascii()
    assert (ET.fromstring(body).find(f".//{SPOKEN}").text or "") == text  # type: ignore[union-attr]  # noqa: S314


@given(st.text())
def test_a_strict_parser_reads_the_text_of_a_graph(text: str) -> None:
    try:
        body = written(ox.Triple(THING, PLAIN, ox.Literal(text)))
    except xml_text.Unsayable:
        assert re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text)
        return
    assert (ET.fromstring(body)[0][0].text or "") == text  # noqa: S314  # our own


NAMES = ["http://a.example/größe", "http://a.example/o'x", "urn:x", "http://a.example/x?a=1&b=c", f"{RDF}_1", "a:1b"]
NO_NAMES = ["http://a.example/1", "http://a.example/", "http://a.example/a%20", "http://a.example/\U00010400"]
NO_NAMES += ["http://www.w3.org/2000/xmlns/x", f"{RDF}aboutEach", f"{RDF}bagID", "http://a.example/\u0300"]


@pytest.mark.parametrize("name", NAMES)
def test_a_property_with_a_name_is_written(name: str) -> None:
    triple = ox.Triple(THING, ox.NamedNode(name), ox.BlankNode())
    body = written(triple)
    ET.fromstring(body)  # noqa: S314  # our own
    assert [quad.predicate for quad in ox.parse(body, ox.RdfFormat.RDF_XML)] == [triple.predicate]


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_property_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(xml_text.Unsayable, match="RDF/XML"):
        written(ox.Triple(THING, ox.NamedNode(name), ox.Literal("x")))


@pytest.mark.parametrize("subject", [THING, ox.BlankNode("b")])
def test_a_class_without_a_name_is_stated_by_its_address(subject: ox.NamedNode | ox.BlankNode) -> None:
    kind = ox.Triple(subject, ox.NamedNode(f"{RDF}type"), ox.NamedNode("http://a.example/a&b/1"))
    label = ox.Triple(subject, PLAIN, ox.Literal("x\n\t<oxprefix: >\n\t</oxprefix:>"))
    other = ox.Triple(ox.NamedNode("http://a.example/t"), kind.predicate, ox.NamedNode("http://a.example/T"))
    body = written(kind, label, other)
    ET.fromstring(body)  # noqa: S314  # our own
    again = [quad.triple for quad in ox.parse(body, ox.RdfFormat.RDF_XML, rename_blank_nodes=False)]
    assert again == [kind, label, other]


def test_an_answer_that_grows_above_its_limit_is_refused_or_cut_after_a_row() -> None:
    store = ox.Store()
    store.extend(ox.Quad(THING, PLAIN, ox.Literal("ü" * 100 + str(number))) for number in range(50))
    query = "SELECT ?o { ?s ?p ?o }"
    limit = len(table(store)) + 100
    assert worker.answer(Stores(store), Job(query, "xml", [], [], limit, mark=False)).head == {"error": "bytes"}
    said = worker.answer(Stores(store), Job(query, "xml", [], [], limit, mark=True))
    assert said.head == {"rows": len(list(ET.fromstring(said.body).iter(SPOKEN))), "cut": "bytes"}  # noqa: S314
    assert 10 < said.head["rows"] < 30


def test_a_graph_that_grows_is_cut_after_a_statement() -> None:
    store = ox.Store()
    store.extend(ox.Quad(THING, PLAIN, ox.Literal("&\r" * 100 + str(number))) for number in range(50))
    said = worker.answer(Stores(store), Job("CONSTRUCT WHERE { ?s ?p ?o }", "rdfxml", [], [], 20_000, mark=True))
    assert said.head == {"rows": len(list(ox.parse(said.body, ox.RdfFormat.RDF_XML))), "cut": "bytes"}
    assert said.head["rows"] > 5


def test_old_parsers_read_letters_and_line_ends(live: Live) -> None:
    said = live.ask(f"SELECT ?o {{ ?s {PLAIN} ?o FILTER(STRSTARTS(?o, 'M')) }}", "application/sparql-results+xml")
    assert b"<literal>M&#252;ller&#xD;\n&#128578;</literal>" in said.body
    assert said.headers["cartkg-rows"] == "1"


@pytest.mark.parametrize(
    ("query", "accept", "words"),
    [
        ("SELECT * { ?s ?p ?o }", "application/sparql-results+xml", "cannot hold the character U+0007"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/rdf+xml", "<http://a.example/1>"),
        (f"CONSTRUCT WHERE {{ ?s {PLAIN} ?o }}", "application/rdf+xml", "cannot hold the character U+0007"),
        (f"CONSTRUCT {{ ?s <{RDF}li> ?o }} WHERE {{ ?s ?p ?o }}", "application/rdf+xml", "reserved"),
    ],
)
def test_what_xml_cannot_say_is_refused_with_the_reason_and_other_formats(
    live: Live, query: str, accept: str, words: str
) -> None:
    said = live.ask(query, accept)
    problem = json.loads(said.body)
    assert said.status == 406
    assert words in problem["detail"]
    assert live.ask(query, problem["offers"][0]).status == 200


def test_pages_are_held_to_the_same(live: Live) -> None:
    assert live.request("GET", "/cohort/odd.ttl").status == 200
    refused = live.request("GET", "/cohort/odd.rdf")
    assert (refused.status, "http://a.example/1" in refused.text) == (406, True)
    said = live.request("GET", "/cohort/typed.rdf")
    ET.fromstring(said.body)  # noqa: S314  # our own
    assert f'rdf:resource="{THING.value[:-1]}1"' in said.text


@pytest.mark.whole
def test_a_backend_is_held_to_the_same(live: Live) -> None:
    odd = "SELECT * { ?s <http://a.example/p> ?o }"
    with in_front_of(live.url) as front:
        for query in ("SELECT ?o { ?s ?p ?o FILTER(STRSTARTS(?o, 'M')) }", "ASK {}"):
            body = front.ask(query, "application/sparql-results+xml").body
            assert body == live.ask(query, "application/sparql-results+xml").body
        assert front.ask(odd, "application/sparql-results+xml").status == 406
        typed = front.ask("CONSTRUCT WHERE { ?s a ?o }", "application/rdf+xml")
        assert ET.fromstring(typed.body)[0].tag == f"{{{RDF}}}Description"  # noqa: S314  # our own
