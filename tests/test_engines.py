"""Operation -> answer: the local engine over workers and the remote engine over HTTP give the same."""

from __future__ import annotations

import csv
import io
import json
import threading
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.live import serving

from cartkg import formats
from cartkg.errors import BackendError, ConfigError, LimitExceeded, QueryError, TooLarge
from cartkg.evaluation.syntax import QueryForm
from cartkg.namespaces import GRAPH_ASSERTED, GRAPH_INFERRED, graph_iri
from cartkg.sparql.engines.engine import LocalEngine, Operation
from cartkg.sparql.engines.remote import RemoteEngine
from cartkg.sparql.engines.replicas import Replicas
from cartkg.sparql.pool import truncation
from cartkg.sparql.pool.jobs import Limits, Source
from cartkg.sparql.pool.workers import Pool
from cartkg.sparql.protocol import negotiation
from cartkg.sparql.protocol.requests import Cut, Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.sparql.engines.engine import Engine

DATA = Path(__file__).parent / "cases" / "endpoint" / "data.trig"
LIMITS = Limits(seconds=5.0, result=256 * 1024)
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
COHORTS = f"SELECT ?c ?l {{ ?c a <https://w3id.org/cartkg/ontology#Cohort> ; {LABEL} ?l }} ORDER BY ?c"
CROSS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def local() -> Iterator[LocalEngine]:
    pool = Pool(Source((DATA,), version="2026-11-22", edition="abc"), LIMITS)
    pool.start()
    engine = LocalEngine(pool, LIMITS)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def remote() -> Iterator[RemoteEngine]:
    with serving() as server:
        engine = RemoteEngine(Replicas([server.url]), LIMITS)
        yield engine
        engine.close()


@pytest.fixture(params=["local", "remote"])
def engine(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.getfixturevalue(request.param)
    return made


def test_a_table_is_the_same_in_all_formats(engine: Engine) -> None:
    answers = {one.name: engine.answer(Operation(COHORTS, one)) for one in negotiation.offers(QueryForm.TABLE)}
    assert {answer.rows for answer in answers.values()} == {3}
    rows = json.loads(answers["json"].body)["results"]["bindings"]
    labels = [row["l"]["value"] for row in rows]
    assert labels == ['Sjögren, "one"\nsecond line', "100%25 <b>bold</b> & more", "two, with a comma"]
    assert [row[1] for row in csv.reader(io.StringIO(answers["csv"].body.decode(), newline=""))][1:] == labels
    found = ET.fromstring(answers["xml"].body).iter("{http://www.w3.org/2005/sparql-results#}literal")  # noqa: S314  # our own answer
    assert [one.text for one in found] == labels
    assert answers["tsv"].body.decode().splitlines()[1].endswith('"Sjögren, \\"one\\"\\nsecond line"@en')


def test_a_graph_is_the_same_in_all_formats(engine: Engine) -> None:
    query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph_iri('one-2024')}> {{ ?s ?p ?o }} }}"
    kinds = {
        "turtle": ox.RdfFormat.TURTLE,
        "ntriples": ox.RdfFormat.N_TRIPLES,
        "rdfxml": ox.RdfFormat.RDF_XML,
        "jsonld": ox.RdfFormat.JSON_LD,
    }
    graphs = []
    for one in negotiation.offers(QueryForm.GRAPH):
        answer = engine.answer(Operation(query, one))
        graphs.append({quad.triple for quad in ox.parse(answer.body, kinds[one.name])})
    assert len(graphs[0]) == 3
    assert all(graph == graphs[0] for graph in graphs)


def test_a_truth_value_is_one_row(engine: Engine) -> None:
    answer = engine.answer(Operation("ASK {}", formats.JSON))
    assert (json.loads(answer.body)["boolean"], answer.rows, answer.complete) == (True, 1, True)


def test_the_default_graph_is_the_union_and_what_is_stated_has_a_name(engine: Engine) -> None:
    def count(pattern: str, dataset: Dataset | None = None) -> int:
        query = f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}"
        answer = engine.answer(Operation(query, formats.JSON, dataset or Dataset()))
        return int(json.loads(answer.body)["results"]["bindings"][0]["n"]["value"])

    assert count("?s ?p ?o") == 12
    assert count("?s ?p ?o", Dataset((GRAPH_ASSERTED,))) == 11
    assert count("?s ?p ?o", Dataset((GRAPH_ASSERTED, graph_iri("one-2024")))) == 11
    assert count("?s ?p ?o", Dataset((GRAPH_ASSERTED, GRAPH_INFERRED))) == 12
    assert count("GRAPH ?g { ?s ?p ?o }", Dataset((GRAPH_ASSERTED,), (graph_iri("two-2024"),))) == 6
    assert count(f"GRAPH <{GRAPH_ASSERTED}> {{ ?s ?p ?o }}") == 0
    assert count("GRAPH ?g { ?s ?p ?o }") == 12
    assert count(f"GRAPH <{GRAPH_INFERRED}> {{ ?s ?p ?o }}") == 1
    assert count("?s ?p ?o", Dataset((graph_iri("one-2024"),))) == 3
    assert count("?s ?p ?o", Dataset((graph_iri("one-2024"), GRAPH_INFERRED))) == 4
    assert count("GRAPH ?g { ?s ?p ?o }", Dataset((), (graph_iri("two-2024"),))) == 6
    assert count("?s ?p ?o", Dataset((), (graph_iri("two-2024"),))) == 0
    assert count("?s ?p ?o", Dataset(("http://127.0.0.1:9/absent",))) == 0


def test_pages_ask_what_is_stated_and_every_named_graph(local: LocalEngine) -> None:
    query = f"SELECT * {{ {{ ?s a ?stated }} UNION {{ GRAPH <{GRAPH_INFERRED}> {{ ?s a ?inferred }} }} }}"
    answer = local.answer(Operation(query, formats.JSON, Dataset(stated=True)))
    rows = json.loads(answer.body)["results"]["bindings"]
    assert (sum("stated" in row for row in rows), sum("inferred" in row for row in rows)) == (4, 1)


def test_a_malformed_query_is_the_askers_to_mend(engine: Engine) -> None:
    with pytest.raises(QueryError):
        engine.answer(Operation("SELECT * {\n ?s ?p }", formats.JSON))


def test_a_malformed_query_is_told_with_line_and_column(local: LocalEngine) -> None:
    with pytest.raises(QueryError) as caught:
        local.answer(Operation("SELECT * {\n ?s ?p }", formats.JSON))
    assert (caught.value.line, caught.value.column) == (2, 8)
    assert "a triple needs" in caught.value.message


@pytest.mark.parametrize("form", negotiation.offers(QueryForm.TABLE), ids=lambda one: one.name)
def test_a_cell_may_be_long(local: LocalEngine, form: formats.Format) -> None:
    """Python's reader of CSV takes no cell above 128 KiB unless it is told to."""
    doubled = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(14))
    answer = local.answer(Operation(f"SELECT ?x14 {{ BIND('\"zzzzzzzzz' AS ?x0) {doubled} }}", form))
    assert (answer.rows, answer.body.count(b"z")) == (1, 9 * 2**14)


@pytest.mark.parametrize("form", negotiation.offers(QueryForm.TABLE), ids=lambda one: one.name)
def test_a_table_above_the_limit_is_refused_or_cut_at_a_row(local: LocalEngine, form: formats.Format) -> None:
    with pytest.raises(TooLarge, match="cut=mark"):
        local.answer(Operation(CROSS, form))
    answer = local.answer(Operation(CROSS, form, cut=Cut.MARK))
    assert (answer.cut_by, answer.complete) == ("bytes", False)
    assert LIMITS.result * 0.9 < len(answer.body) <= LIMITS.result
    readers = {"json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML, "tsv": ox.QueryResultsFormat.TSV}
    if form.name in readers:
        solutions = ox.parse_query_results(answer.body, readers[form.name])
        assert isinstance(solutions, ox.QuerySolutions)
        assert len(list(solutions)) == answer.rows
    else:
        assert len(list(csv.reader(io.StringIO(answer.body.decode(), newline="")))) == answer.rows + 1


@pytest.mark.parametrize("form", negotiation.offers(QueryForm.GRAPH), ids=lambda one: one.name)
def test_a_graph_above_the_limit_is_refused_or_cut_at_a_triple(local: LocalEngine, form: formats.Format) -> None:
    joined = "BIND(CONCAT(STR(?c), STR(?d), STR(?i), STR(?l)) AS ?x)"
    query = f"CONSTRUCT {{ ?a ?e ?x }} {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l {joined} }}"
    with pytest.raises(TooLarge):
        local.answer(Operation(query, form))
    answer = local.answer(Operation(query, form, cut=Cut.MARK))
    kinds = {"turtle": ox.RdfFormat.TURTLE, "ntriples": ox.RdfFormat.N_TRIPLES, "rdfxml": ox.RdfFormat.RDF_XML}
    quads = list(ox.parse(answer.body, kinds.get(form.name, ox.RdfFormat.JSON_LD)))
    assert answer.cut_by == "bytes"
    assert 0 < len(set(quads)) <= answer.rows


def test_a_shorter_time_of_the_client_counts_and_a_longer_one_does_not(local: LocalEngine) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(12)) + " }"
    with pytest.raises(LimitExceeded) as caught:
        local.answer(Operation(endless, formats.JSON, timeout=0.4))
    assert caught.value.limit == "time"


def test_an_answer_tells_the_release_it_came_from(local: LocalEngine) -> None:
    answer = local.answer(Operation("ASK {}", formats.JSON))
    assert (answer.release, answer.edition) == ("2026-11-22", "abc")


class Oddity(BaseHTTPRequestHandler):
    """A backend that answers as its class says."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = b""

    def do_POST(self) -> None:  # the library's name
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b"no", QueryError),
        (503, b"", LimitExceeded),
        (500, b"", BackendError),
        (200, b"nonsense", BackendError),
        (200, b"{}" + b" " * 300 * 1024, TooLarge),
    ],
)
def test_a_backends_trouble_is_told_apart(status: int, body: bytes, error: type[Exception]) -> None:
    handler = type("Case", (Oddity,), {"status": status, "body": body})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        with pytest.raises(error):
            RemoteEngine(Replicas([f"http://127.0.0.1:{server.server_port}/"]), LIMITS).answer(
                Operation("SELECT * {}", formats.JSON)
            )
        server.shutdown()
        thread.join()


def test_a_backend_that_is_not_there_is_told() -> None:
    with pytest.raises(BackendError, match="cannot be reached"):
        RemoteEngine(Replicas(["http://127.0.0.1:9/"]), LIMITS).answer(Operation("ASK {}", formats.JSON))


def test_a_backend_needs_an_http_address() -> None:
    with pytest.raises(ConfigError):
        Replicas(["file:///etc/passwd"])


VALUES = st.one_of(
    st.none(),
    st.text(alphabet='"},{:\\\n\r<>&;]result[ax,', max_size=12).map(ox.Literal),
    st.sampled_from([ox.NamedNode("http://a.example/x"), ox.BlankNode("b"), ox.Literal("3", language="en")]),
)


CELLS = st.text(alphabet='=+-@1,"\t\r\n a', max_size=6)


@given(st.lists(st.tuples(VALUES, VALUES), max_size=6), st.sampled_from(["json", "xml", "csv", "tsv"]))
def test_rows_are_counted_and_cut_right_whatever_the_values(rows: list[tuple[object, object]], style: str) -> None:
    values = " ".join("(" + " ".join("UNDEF" if v is None else _term(v) for v in row) + ")" for row in rows)
    formats = {
        "json": ox.QueryResultsFormat.JSON,
        "xml": ox.QueryResultsFormat.XML,
        "csv": ox.QueryResultsFormat.CSV,
        "tsv": ox.QueryResultsFormat.TSV,
    }
    result = ox.Store().query(f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {values} }} }}")
    assert isinstance(result, ox.QuerySolutions)
    body = result.serialize(format=formats[style])
    assert body is not None
    assert truncation.count_rows(body, style) == len(rows)
    head = truncation.close_table(body, style) if not rows else body
    assert truncation.count_rows(head, style) == len(rows)
    for end in range(len(body) - 1, max(len(body) - 40, _head(body, style)), -1):
        cut = truncation.close_table(body[:end], style)
        assert truncation.count_rows(cut, style) <= len(rows)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=6), st.integers(0, 80))
def test_a_table_for_a_spreadsheet_holds_whole_rows_and_no_formula(rows: list[tuple[str, str]], most: int) -> None:
    values = " ".join(f"({_term(ox.Literal(a))} {_term(ox.Literal(b))})" for a, b in rows)
    result = ox.Store().query(f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {values} }} }}")
    assert isinstance(result, ox.QuerySolutions)
    plain = result.serialize(format=ox.QueryResultsFormat.CSV) or b""
    body, fits = truncation.spreadsheet(plain, 10**6)
    assert body.startswith(b"\xef\xbb\xbf"), "Excel takes accents for other letters without it"
    table = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert (fits, truncation.count_rows(body, "csv"), len(table)) == (True, len(rows), len(rows) + 1)
    assert not [
        cell for row in table for cell in row if cell[:1] in {"=", "+", "-", "@", "\t"} and not cell[1:].isdigit()
    ]
    part, fits = truncation.spreadsheet(plain, most)
    assert (body.startswith(part), len(part) <= most, fits) == (True, True, part == body)
    assert not part or part.endswith(b"\r\n")


def _head(body: bytes, style: str) -> int:
    """Give the bytes that are there before any row can be."""
    marks = {"json": b'"bindings":[', "xml": b"<results>"}
    return body.index(marks[style]) + len(marks[style]) if style in marks else body.index(b"\n") + 1


def _term(value: object) -> str:
    return "<http://a.example/b>" if isinstance(value, ox.BlankNode) else str(value)
