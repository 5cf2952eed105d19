"""A query without rows -> the part at fault, whether it is broken, and what may have been meant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.live import serving

from cartkg.errors import QueryError
from cartkg.namespaces import BASE, GRAPH_ASSERTED
from cartkg.sparql.empty_answers.diagnosis import diagnose
from cartkg.sparql.empty_answers.probing import patterns
from cartkg.sparql.empty_answers.report import tell
from cartkg.sparql.engines.engine import Answer, Operation
from cartkg.sparql.pool.jobs import Job, Source
from cartkg.sparql.pool.loading import load
from cartkg.sparql.pool.stores import Stores
from cartkg.sparql.pool.worker import answer
from cartkg.sparql.protocol.requests import Cut, Dataset

DATA = Path(__file__).parent / "cases" / "endpoint" / "data.trig"
PREFIXES = """PREFIX cartkg: <https://w3id.org/cartkg/ontology#>
PREFIX cohort: <https://w3id.org/cartkg/cohort/>
PREFIX graph: <https://w3id.org/cartkg/graph/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""


@dataclass(frozen=True)
class Direct:
    """An engine in this process."""

    stores: Stores

    def answer(self, operation: Operation) -> Answer:
        default, named = map(list, (operation.dataset.default_graphs, operation.dataset.named_graphs))
        job = Job(operation.query, operation.format.name, default, named, 1 << 20, mark=operation.cut is Cut.MARK)
        try:
            frame = answer(self.stores, job)
        except SyntaxError as error:
            raise QueryError(str(error)) from error
        head = frame.head
        unknown, unbound = tuple(head.get("unknown", ())), tuple(head.get("unbound", ()))
        return Answer(
            frame.body, int(head["rows"]), unknown=unknown, unbound=unbound, repeated=int(head.get("repeated", 0))
        )

    def state(self) -> dict[str, float]:
        return {}

    def ready(self) -> bool:
        return True

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def engine() -> Direct:
    return Direct(load(Source((DATA,))))


@pytest.mark.parametrize(
    ("query", "verdict", "pattern", "near"),
    [
        ("SELECT * { ?c a cartkg:Cohort }", "not empty", None, ()),
        ("SELECT * { ?c a cartkg:cohort }", "broken pattern", "?c a cartkg:cohort .", ("ontology#Cohort",)),
        (
            "SELECT * { ?c a cartkg:Cohort ; cartkg:patientcount ?n }",
            "broken pattern",
            "patientcount",
            ("patientCount",),
        ),
        ("SELECT * { ?c a cartkg:Cohort ; rdfs:lable ?l }", "broken pattern", "rdfs:lable", ("rdf-schema#label",)),
        ("SELECT * { cohort:on rdfs:label ?l }", "broken pattern", "cohort:on", ("cohort/one",)),
        ('SELECT * { ?c rdfs:label "COHORT" }', "broken pattern", '"COHORT"', ("cohort",)),
        ('SELECT * { ?c rdfs:label "cohort"@en }', "broken pattern", '"cohort"@en', ("cohort",)),
        ("SELECT * { ?c a cartkg:Cohort ; cartkg:patientCount 99 }", "broken pattern", "99", ()),
        ("SELECT * { ?c rdfs:label ?l . ?c cartkg:patientCount 8 . ?l ?p ?o }", "no match", "?l ?p ?o", ()),
        ("SELECT * { cohort:two cartkg:patientCount 8 }", "no match", "cohort:two", ()),
        ("SELECT * { ?c cartkg:patientCount ?n FILTER(?n > 50) }", "no match", "FILTER(?n > 50)", ()),
        ("SELECT * { ?c cartkg:patientCount ?n FILTER NOT EXISTS { ?c a ?k } }", "no match", "NOT EXISTS", ()),
        ("SELECT (COUNT(*) AS ?n) { ?c a cartkg:Nothing }", "broken pattern", "cartkg:Nothing", ()),
        ("SELECT * { ?c a cartkg:IndividualPatient }", "not empty", None, ()),
        ("SELECT * { GRAPH <https://w3id.org/cartkg/graph/three> { ?s ?p ?o } }", "broken pattern", "graph/three", ()),
        ("SELECT * { { ?c a cartkg:A } UNION { ?c a cartkg:B } }", "broken pattern", "UNION", ()),
        (
            "SELECT * { ?c a cartkg:Cohort OPTIONAL { ?c cartkg:no ?x } FILTER(BOUND(?x)) }",
            "no match",
            "BOUND",
            (),
        ),
        ("SELECT ?c { ?c a cartkg:Cohort } GROUP BY ?c HAVING (COUNT(*) > 99)", "not empty", None, ()),
        (
            "CONSTRUCT { ?c a ?k } WHERE { ?c cartkg:patientKount ?k }",
            "broken pattern",
            "patientKount",
            ("patientCount",),
        ),
        ("SELECT * { ?c rdfs:label/cartkg:no ?l }", "broken pattern", "rdfs:label/cartkg:no", ()),
        ("SELECT * {} LIMIT 0", "cannot tell", None, ()),
        ("SELECT * {}", "not empty", None, ()),
        ("ASK { ?c a cartkg:Nothing }", "broken pattern", "cartkg:Nothing", ()),
    ],
)
def test_the_part_that_empties_the_query_is_named(
    engine: Direct, query: str, verdict: str, pattern: str | None, near: tuple[str, ...]
) -> None:
    found = diagnose(engine, PREFIXES + query, Dataset())
    assert found.verdict == verdict, found
    assert (found.pattern is None) == (pattern is None)
    if found.pattern is not None and pattern is not None:
        assert pattern in found.pattern.text
        assert found.pattern.line == PREFIXES.count("\n") + 1
    offered = [name for one in found.absent for name in one.near]
    assert all(any(wanted in name for name in offered) for wanted in near), offered


ASSERTED = f"FROM <{GRAPH_ASSERTED}>"


@pytest.mark.parametrize(
    ("query", "dataset"),
    [
        (f"SELECT * {ASSERTED} {{ ?c a cartkg:IndividualPatient }}", Dataset()),
        ("SELECT * FROM graph:asserted { ?c a cartkg:IndividualPatient }", Dataset()),
        ("SELECT * { ?c a cartkg:IndividualPatient }", Dataset((GRAPH_ASSERTED,))),
    ],
)
def test_what_only_reasoning_adds_is_told_to_those_who_ask_what_is_stated(
    engine: Direct, query: str, dataset: Dataset
) -> None:
    found = diagnose(engine, f"{PREFIXES} {query}", dataset)
    assert found.verdict == "broken pattern"
    assert [one.term for one in found.absent] == ["cartkg:IndividualPatient"]
    assert "it is inferred" in found.absent[0].note


def test_a_pattern_that_only_reasoning_fills_is_told_to_those_who_ask_what_is_stated(engine: Direct) -> None:
    store = ox.Store()
    store.extend(engine.stores.quads)
    more = ox.Quad(_iri("cohort/two"), _iri("ontology#partOfCohort"), _iri("cohort/one"))
    inferred = ox.Quad(_iri("cohort/one"), _iri("ontology#partOfCohort"), _iri("cohort/three"), _iri("graph/inferred"))
    store.extend([more, inferred])
    query = f"{PREFIXES} SELECT * {ASSERTED} {{ cohort:one cartkg:partOfCohort cohort:three }}"
    found = diagnose(Direct(Stores(store)), query, Dataset())
    assert (found.verdict, found.absent, found.hint) == ("broken pattern", (), "")
    assert found.reason.startswith("this is inferred")


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ GRAPH <{GRAPH_ASSERTED}> {{ ?s ?p ?o }} }}",
        "SELECT * { GRAPH graph:asserted { ?s ?p ?o } }",
        "SELECT * FROM NAMED graph:asserted { GRAPH ?g { ?s ?p ?o } }",
        "SELECT * { { GRAPH graph:asserted { ?s ?p ?o } } }",
    ],
)
def test_that_graph_does_not_find_what_is_stated_is_explained(engine: Direct, query: str) -> None:
    found = diagnose(engine, f"{PREFIXES} {query}", Dataset())
    assert found.verdict == "broken pattern"
    assert any("is not a named graph" in words for words in (found.reason, *(one.note for one in found.absent)))


def test_no_rows_of_what_is_stated_are_explained_like_others(engine: Direct) -> None:
    query = f"{PREFIXES} SELECT * {ASSERTED} {{ ?c cartkg:patientCount ?n FILTER(?n > 50) }}"
    found = diagnose(engine, query, Dataset())
    assert (found.verdict, found.absent) == ("no match", ())


def test_a_term_of_other_graphs_is_told(engine: Direct) -> None:
    query = "SELECT * FROM graph:ontology { ?c cartkg:patientCount ?n }"
    found = diagnose(engine, PREFIXES + query, Dataset())
    assert "graphs that the query does not read" in found.absent[0].note


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * FROM graph:b { ?c cartkg:patientCount ?n }", "does not read (graph:a)"),
        ("SELECT * { GRAPH graph:b { ?c cartkg:patientCount ?n } }", "does not: graph:a"),
        ("SELECT * FROM NAMED graph:b { GRAPH ?g { ?c cartkg:patientCount ?n } }", "no FROM NAMED names them: graph:a"),
        ("SELECT * FROM NAMED graph:b { GRAPH graph:a { ?c cartkg:patientCount ?n } }", "add FROM NAMED graph:a"),
        (
            "SELECT * { GRAPH graph:a { ?c cartkg:patientCount ?n ; rdfs:label ?l } }",
            "graph:a does not contain ?c rdfs:label",
        ),
        ("SELECT * { GRAPH graph:a { ?c cartkg:patientKount ?n } }", "ontology#patientCount"),
        ("SELECT * FROM NAMED graph:a { GRAPH ?g { ?c cartkg:patientKount ?n } }", "ontology#patientCount"),
        ("SELECT * FROM graph:c { ?c cartkg:patientCount ?n }", "there is no graph graph:c"),
    ],
)
def test_an_empty_answer_is_explained_within_the_graphs_asked(query: str, said: str) -> None:
    store = ox.Store()
    one, label = _iri("cohort/one"), ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    for place, triple in (
        ("graph/a", (one, _iri("ontology#patientCount"), ox.Literal(8))),
        ("graph/b", (one, label, ox.Literal("eight"))),
    ):
        store.extend([ox.Quad(*triple, _iri(place)), ox.Quad(*triple)])
    assert said in tell(diagnose(Direct(Stores(store)), f"{PREFIXES} {query}", Dataset()))


def test_a_hint_repeats_no_row(engine: Direct) -> None:
    """Two classes of a thing below one class make one row, not two."""
    store = ox.Store()
    store.extend(engine.stores.quads)
    below = _iri("http://www.w3.org/2000/01/rdf-schema#subClassOf")
    kind = _iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    for name in ("ontology#Large", "ontology#Early"):
        store.add(ox.Quad(_iri(name), below, _iri("ontology#Kind")))
        store.add(ox.Quad(_iri("cohort/one"), kind, _iri(name)))
    for subject in ("?c", "cohort:one"):
        found = diagnose(Direct(Stores(store)), f"{PREFIXES} SELECT * {{ {subject} a cartkg:Kind }}", Dataset())
        assert "of a kind of it" in found.reason
        rows = store.query(f"{PREFIXES} SELECT * {{ {found.hint} }}")
        assert isinstance(rows, ox.QuerySolutions)
        assert len(list(rows)) == 1


def _iri(name: str) -> ox.NamedNode:
    return ox.NamedNode(name if ":" in name else BASE + name)


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("SELECT * { ?s ?p ?o }", ["?s ?p ?o ."]),
        ("SELECT * WHERE { ?s a <x:C> ; <x:p> 1, -2.5 ; <x:q> 'a'@en . ?s ^<x:r>/<x:s>* [] }",
         ["?s a <x:C> .", "?s <x:p> 1 .", "?s <x:p> -2.5 .", "?s <x:q> 'a'@en .", "?s ^<x:r>/<x:s>* [] ."]),
        ("ASK { ?s ?p ?o FILTER regex(?o, '{') . ?o ?q ?r }", ["?s ?p ?o .", "FILTER regex(?o, '{')", "?o ?q ?r ."]),
        ("ASK { { ?a ?b ?c } UNION { ?d ?e ?f } ?g ?h ?i }", ["{ ?a ?b ?c } UNION { ?d ?e ?f }", "?g ?h ?i ."]),
        ("ASK { VALUES ?x { 1 2 } BIND(?x AS ?y) MINUS { ?a ?b ?c } }",
         ["VALUES ?x { 1 2 }", "BIND(?x AS ?y)", "MINUS { ?a ?b ?c }"]),
        ("CONSTRUCT { ?s ?p 1 } FROM <x:g> WHERE { ?s ?p ?o }", ["?s ?p ?o ."]),
        ("CONSTRUCT WHERE { ?s ?p ?o }", ["?s ?p ?o ."]),
        ("SELECT ?x { ?x <x:n> '1'^^<x:int> }", ["?x <x:n> '1'^^<x:int> ."]),
    ],
)  # fmt: skip
def test_a_where_clause_is_taken_apart(query: str, parts: list[str]) -> None:
    found = patterns.outline(query)
    assert found is not None
    assert [part.text for part in found.parts] == parts


@given(st.text(alphabet="SELECT*{}()[]<>?:abx;,. \n\"'^/|!FILTERUNIONOPTIONAL", max_size=150))
def test_any_text_can_be_taken_apart(text: str) -> None:
    found = patterns.outline(text)
    assert found is None or all(part.line >= 1 for part in found.parts)


def test_the_endpoint_explains_in_json_and_in_text() -> None:
    with serving() as live:
        query = PREFIXES + "SELECT * { ?c a cartkg:cohort }"
        link = live.ask(query).headers["link"]
        path = link.partition("explain?")[2].partition(">")[0]
        said = json.loads(live.request("GET", f"/sparql/explain?{path}").body)
        assert (said["verdict"], said["line"]) == ("broken pattern", PREFIXES.count("\n") + 1)
        assert said["absent"][0]["did_you_mean"][0].endswith("#Cohort")
        text = live.request("GET", f"/sparql/explain?{path}", {"Accept": "text/html"}).text
        assert "Did you mean" in text
        assert live.request("GET", "/sparql/explain").status == 400
        assert live.request("GET", "/sparql/explain?query=nonsense").status == 400
        assert live.request("GET", "/sparql/explain?query=CLEAR%20ALL").status == 403
