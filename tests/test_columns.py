"""`SELECT *` -> its columns in the order of the query; PREFIX -> the prefixes of an answer in Turtle."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartkg.evaluation import columns, datasets
from cartkg.evaluation.evaluator import Evaluator
from cartkg.evaluation.syntax import prologue
from cartkg.sparql.pool import prefixes, worker
from cartkg.sparql.pool.jobs import Job
from cartkg.sparql.pool.stores import Stores


def selected(query: str) -> list[str]:
    found = ox.Store().query(columns.named(query))
    assert isinstance(found, ox.QuerySolutions)
    return [variable.value for variable in found.variables]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT * { ?s ?p ?o }", "s p o"),
        ("select distinct*{ $s ?p ?o }", "s p o"),
        ("PREFIX a: <b:*> SELECT REDUCED * { ?s a:x ?o . ?o a:y ?b }", "s o b"),
        ("SELECT * { ?z ?y ?x MINUS { ?c ?b ?a } FILTER EXISTS { ?d ?e ?f } }", "z y x"),
        ("SELECT * { { SELECT (COUNT(?a) AS ?z) ?b { ?b ?c ?a } GROUP BY ?b } BIND(1 AS ?a2) }", "z b a2"),
        ("SELECT * # ?o ?p\n{ BIND('?p' AS ?s) VALUES (?p ?o) { (1 2) } }", "s p o"),
        ("SELECT * { ?s <a:\\u0062> ?o ; ?b ?a } ORDER BY ?a", "s o b a"),
        ("SELECT * { ?s ?p _:b . _:b ?a [] }", "s p a"),
        ("SELECT * {}", ""),
        ("SELECT * { ?größe ?p ?ö }", "größe p ö"),
        ("SELECT ?b ?a { ?a ?b ?c }", "b a"),
        ("SELECT (COUNT(*) AS ?n) { ?z ?y ?x }", "n"),
        ("SELECT ?o { { SELECT * { ?s ?p ?o } } }", "o"),
    ],
)
def test_columns_stand_in_the_order_of_the_text(query: str, names: str) -> None:
    assert selected(query) == names.split()


@pytest.mark.parametrize(
    "query", ["ASK { ?s ?p ?o }", "CONSTRUCT { ?s ?p ?o } { ?s ?p* ?o }", "DESCRIBE * { ?s ?p ?o }", ""]
)
def test_a_query_of_another_form_stays_as_it_is(query: str) -> None:
    assert columns.named(query) == query


def test_the_command_and_the_library_have_that_order_too() -> None:
    with Evaluator(ox.Store()) as evaluator:
        (answer,) = evaluator.ask(["SELECT * { ?s ?p ?o }"])
    assert isinstance(answer, ox.QuerySolutions)
    assert [variable.value for variable in answer.variables] == ["s", "p", "o"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("PREFIX a: <http://a.example/x#> ASK {}", {"a": "http://a.example/x#"}),
        (
            "BASE <http://b.example/c/> PREFIX : <#> PREFIX d: <../d/> ASK {}",
            {"": "http://b.example/c/#", "d": "http://b.example/d/"},
        ),
        ("PREFIX a: <a:1> PREFIX a: <a:2> # PREFIX b: <b:>\nASK { ?s ?p 'PREFIX c: <c:>' }", {"a": "a:2"}),
    ],
)
def test_the_prologue_says_what_a_prefix_stands_for(text: str, wanted: dict[str, str]) -> None:
    assert prologue(text).prefixes == wanted


def test_a_graph_is_named_by_a_prefix_that_ends_in_a_number_sign() -> None:
    (clause,) = datasets.clauses("PREFIX g: <http://a.example/x#> SELECT * FROM g:y {}", {})
    assert clause.iri == "http://a.example/x#y"


def graph(query: str, *triples: ox.Triple, limit: int = 100_000, mark: bool = False) -> str:
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in triples)
    return worker.answer(Stores(store), Job(query, "turtle", [], [], limit, mark)).body.decode()


NAMES = st.sampled_from(["a", "a/b", "b#", "b#c", "b#c.", "1", "%20", "ü", "a:b", "-", ""])
TERMS = NAMES.map(lambda name: ox.NamedNode(f"http://a.example/{name}"))
TEXTS = st.text() | st.sampled_from([" a:b", "@prefix x: <x:> .", "\n@prefix a: <b:> .\n", "^b:"])


@given(st.lists(st.builds(ox.Triple, TERMS, TERMS, TERMS | st.builds(ox.Literal, TEXTS, datatype=TERMS)), max_size=5))
def test_turtle_with_prefixes_says_the_same(triples: list[ox.Triple]) -> None:
    declared = "PREFIX b: <http://a.example/b#> PREFIX a: <http://a.example/> PREFIX : <http://c.example/>"
    body = graph(f"{declared} CONSTRUCT WHERE {{ ?s ?p ?o }}", *triples)
    assert {quad.triple for quad in ox.parse(body, ox.RdfFormat.TURTLE)} == set(triples)
    heads = [line for line in body.splitlines() if line.startswith("@prefix")]
    assert heads == sorted(heads)


def test_prefixes_that_are_not_used_are_left_out() -> None:
    triple = ox.Triple(ox.NamedNode("http://a.example/s"), ox.NamedNode("http://b.example/p"), ox.Literal("c"))
    spaces = " ".join(f"PREFIX {name}: <http://{name}.example/>" for name in "dbca")
    body = graph(f"{spaces} PREFIX : <http://e.example/> CONSTRUCT WHERE {{ ?s ?p ?o }}", triple)
    assert body == '@prefix a: <http://a.example/> .\n@prefix b: <http://b.example/> .\na:s b:p "c" .\n'


def test_a_query_of_nothing_but_prefixes_slows_nothing_down() -> None:
    many = "".join(f"PREFIX p{number}: <http://a.example/{number}/> " for number in range(5000))
    assert len(prefixes.declared(f"{many} CONSTRUCT WHERE {{ ?s ?p ?o }}")) == 200
    assert graph(f"{many} CONSTRUCT WHERE {{ ?s ?p ?o }}", limit=30_000) == ""
    assert graph(f"{many} CONSTRUCT WHERE {{ ?s ?p ?o }}", limit=30_000, mark=True) == ""


def test_a_namespace_that_is_no_address_is_passed_over() -> None:
    assert prefixes.declared("BASE <http://a.example/> PREFIX a: <b c> PREFIX b: <http://[x> PREFIX c: <d> ASK {}") == {
        "c": "http://a.example/d"
    }
