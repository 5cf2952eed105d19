"""A malformed query -> the cause and its place, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.command import cartkg
from tests.small import small_project

from cartkg.sparql.protocol import syntax_errors

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = {"rdfs": "http://www.w3.org/2000/01/rdf-schema#"}


def complaint(query: str) -> str:
    with pytest.raises(SyntaxError) as caught:
        ox.Store().query(query)
    return str(caught.value)


@pytest.mark.parametrize(
    ("query", "words", "place"),
    [
        ("SELECT * { ?s rdfs:label ?o }", "write PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>", (1, 15)),
        ("PREFIX cartkg: <http://a.example/> SELECT * {\n ?s cartk:x ?o }", "did you mean cartkg:?", (2, 5)),
        ("SELECT * { ?s ex:label ?o }", "prefix ex: is not declared; declare it", (1, 15)),
        ("SELEC * { ?s ?p ?o }", "did you mean SELECT?", (1, 1)),
        ("PREFXI a: <http://a.example/> ASK {}", "did you mean PREFIX?", (1, 1)),
        ("{ ?s ?p ?o }", "does not start with {", (1, 1)),
        ("", "is empty", (1, 1)),
        ("# only a comment", "is empty", (1, 1)),
        ('SELECT * { ?s ?p "open }', "does not end", (1, 18)),
        ("SELECT * { ?s ?p ?o", "{ is not closed", (1, 10)),
        ("SELECT * { ?s ?p ?o ) }", ") closes nothing; } is expected first", (1, 21)),
        ("SELECT * { ?s ?p ?o } }", "} closes nothing", (1, 23)),
        ("SELECT * {\n ?s ?p }", "a triple needs a subject, a property and a value before this", (2, 8)),
        ("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", "neither grouped nor bound", (1, 40)),
    ],
)
def test_the_cause_is_named_with_its_place(query: str, words: str, place: tuple[int, int]) -> None:
    error = syntax_errors.explain(query, complaint(query), KNOWN)
    assert words in error.message
    assert (error.line, error.column) == place


@given(st.text(alphabet="SELCT*{}()<>?:abx \n\"'.", max_size=60), st.text(max_size=40))
def test_any_query_and_complaint_give_an_error_of_ours(query: str, said: str) -> None:
    assert syntax_errors.explain(query, said, KNOWN).message


def test_a_prefix_that_is_known_needs_no_declaration() -> None:
    query = "SELECT * { ?s rdfs:label ?l"
    assert "{ is not closed" in syntax_errors.explain(query, complaint(query), KNOWN, KNOWN.keys()).message
    other = "SELECT * { ?s rdfz:label ?l }"
    assert "did you mean rdfs:?" in syntax_errors.explain(other, complaint(other), KNOWN, KNOWN.keys()).message


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * { ?s ?p ?o FILTER ?o > 3 }", "( is missing after FILTER (line 1, column 28)"),
        (
            "SELECT * {\n ?s cartk:patientCount ?o }",
            "prefix cartk: is not declared; did you mean cartkg:? (line 2, column 5)",
        ),
        ("SELECT ?a WHERE { ?a a cartkg:Cohort } LIMI 3", "did you mean LIMIT? (line 1, column 40)"),
        ("SELECT * { ?s rdfs:label ?l ?x }", "a full stop is missing between ?l and ?x (line 1, column 28)"),
        ("SELECT * { ?s rdfs:label ?l", "{ is not closed (line 1, column 10)"),
        ("SELECT * { SERVICE <http://a.example/> { ?s ?p ?o } }", "SERVICE is not allowed"),
    ],
)
def test_the_command_explains_a_malformed_query_as_the_endpoint_does(tmp_path: Path, query: str, said: str) -> None:
    file = tmp_path / "mine.rq"
    file.write_text(query, "utf-8")
    run = cartkg(small_project(tmp_path).root, "query", str(file))
    assert run.returncode == 2
    assert said in run.stderr
    assert "expected one of" not in run.stderr
