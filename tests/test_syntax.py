"""Text of a query -> its outline, without handing it to an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.asked import QUESTIONS

from cartkg.errors import Refused, TooLarge
from cartkg.evaluation import syntax
from cartkg.evaluation.syntax import QueryForm

if TYPE_CHECKING:
    from cartkg.queries import Question

DEPTH = 50

#: Every way known to us to write a SERVICE clause so that a simple search may miss it.
SERVICES = [
    "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
    "select * { service <http://127.0.0.1/> { ?s ?p ?o } }",
    "SELECT*{SERVICE<http://127.0.0.1/>{?s ?p ?o}}",
    "SELECT * { SERVICE SILENT <http://127.0.0.1/> { ?s ?p ?o } }",
    "SELECT * { SERVICE\tSILENT\n<http://127.0.0.1/> { ?s ?p ?o } }",
    "SELECT * { SERVICE ?where { ?s ?p ?o } }",
    "PREFIX x: <http://127.0.0.1/> SELECT * { SERVICE x:y { ?s ?p ?o } }",
    "PREFIX : <http://127.0.0.1/> SELECT * { SERVICE : { ?s ?p ?o } }",
    "BASE <http://127.0.0.1/> SELECT * { SERVICE <y> { ?s ?p ?o } }",
    "ASK { FILTER EXISTS { SERVICE <http://127.0.0.1/> { ?s ?p ?o } } }",
    "ASK { FILTER NOT EXISTS { SERVICE <http://127.0.0.1/> { ?s ?p ?o } } }",
    "SELECT * { { SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } } } }",
    "SELECT * { ?s ?p ?o MINUS { SERVICE <http://127.0.0.1/> { ?s ?p ?o } } }",
    "SELECT * { GRAPH ?g { SERVICE <http://127.0.0.1/> { ?s ?p ?o } } }",
    "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
    "DESCRIBE ?s { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
    r"SELECT * { \u0053ERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
    r"SELECT * { SERV\u0049CE <http://127.0.0.1/> { ?s ?p ?o } }",
    r"SELECT * { \U00000053ERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
    "SELECT * { # SERVICE\nSERVICE # x\n<http://127.0.0.1/> { ?s ?p ?o } }",
    r"SELECT * { # nothing here \u000A SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
    r'SELECT * { ?s ?p "x\u0022 . SERVICE <http://127.0.0.1/> { ?s ?p "y" } }',
    "SELECT * { ?s ?p 'it' . SERVICE <http://127.0.0.1/> { ?s ?p 'x' } }",
    'SELECT * { ?s ?p """a "quoted" b""" . SERVICE <http://127.0.0.1/> { ?s ?p ?o } }',
    "SELECT * { ?s ?p ?o FILTER(?o<1)SERVICE:s#>\n{ ?a ?b ?c } }",
    "SELECT * { ?s ?p ?o FILTER(?o<?s)SERVICE<http://127.0.0.1/>{ ?a ?b ?c } }",
    "SELECT * { ?s ?p ?o FILTER(?o < ?s && ?s > ?o) SERVICE <http://127.0.0.1/> { ?a ?b ?c } }",
    "SELECT * { VALUES ?where { <http://127.0.0.1/> } SERVICE ?where { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o OPTIONAL { SERVICE <http://127.0.0.1/> { ?s ?p ?o } } }",
    "SELECT * { { ?s ?p ?o } UNION { SERVICE <http://127.0.0.1/> { ?s ?p ?o } } }",
]

#: Queries that name the word and ask no service.
HARMLESS = [
    'SELECT * { ?s ?p "SERVICE <http://127.0.0.1/> { }" }',
    "SELECT * { ?s ?p 'no SERVICE' }",
    'SELECT * { ?s ?p """SERVICE""" }',
    "SELECT * { ?s ?p '''a SERVICE ' and more''' }",
    r'SELECT * { ?s ?p "a \" SERVICE" }',
    "SELECT * { ?s <http://example.org/SERVICE> ?o }",
    "PREFIX service: <http://example.org/> SELECT * { ?s service:x ?o }",
    "PREFIX x: <http://example.org/> SELECT * { ?s x:service ?o }",
    "PREFIX x: <http://example.org/> SELECT * { ?s x:SERVICE ?o }",
    "SELECT ?service $SERVICE { ?service ?p $SERVICE }",
    "SELECT * { _:service ?p ?o }",
    'SELECT * { ?s ?p "x"@service }',
    "SELECT * { ?s ?p ?o } # SERVICE <http://127.0.0.1/> {}",
    "SELECT * { ?s ?p ?o FILTER(?s < ?o) . ?o ?service ?x FILTER(?x > 1) }",
]


@pytest.mark.parametrize("query", SERVICES)
def test_every_form_of_service_is_refused(query: str) -> None:
    with pytest.raises(Refused, match="SERVICE"):
        syntax.guard(syntax.analyse(query, DEPTH))


@pytest.mark.parametrize("query", HARMLESS)
def test_the_mere_word_is_not_refused(query: str) -> None:
    found = syntax.analyse(query, DEPTH)
    syntax.guard(found)
    assert not found.services


def test_an_iri_with_a_bracket_before_the_word_is_refused_to_be_safe() -> None:
    """`<1)SERVICE:s#>` may also be read as less-than, 1, SERVICE and a comment; only a parser could tell."""
    with pytest.raises(Refused):
        syntax.guard(syntax.analyse("SELECT * { ?s <http://example.org/(x)service> ?o }", DEPTH))


def test_a_listed_service_is_allowed_and_another_is_not() -> None:
    allowed = frozenset({"http://a.example/sparql"})
    syntax.guard(syntax.analyse("SELECT * { SERVICE SILENT <http://a.example/sparql> { ?s ?p ?o } }", DEPTH), allowed)
    for other in ("<http://b.example/sparql>", "?x", "a:sparql"):
        with pytest.raises(Refused):
            syntax.guard(syntax.analyse(f"SELECT * {{ SERVICE {other} {{ ?s ?p ?o }} }}", DEPTH), allowed)


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <http://a.example/s> <http://a.example/p> 1 }",
        "DELETE WHERE { ?s ?p ?o }",
        "PREFIX x: <http://a.example/> insert data { x:s x:p 1 }",
        r"\u0049NSERT DATA { <http://a.example/s> <http://a.example/p> 1 }",
        "WITH <http://a.example/g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "LOAD <http://127.0.0.1/>",
        "CLEAR ALL",
        "CREATE GRAPH <http://a.example/g>",
        "DROP ALL",
        "COPY DEFAULT TO <http://a.example/g>",
        "MOVE DEFAULT TO <http://a.example/g>",
        "ADD DEFAULT TO <http://a.example/g>",
        "# a comment\nCLEAR ALL",
    ],
)
def test_every_form_of_update_is_refused(update: str) -> None:
    with pytest.raises(Refused, match="read-only"):
        syntax.guard(syntax.analyse(update, DEPTH))


@pytest.mark.parametrize(
    ("query", "form", "kind"),
    [
        ("SELECT * {}", "SELECT", QueryForm.TABLE),
        ("ask {}", "ASK", QueryForm.BOOLEAN),
        ("PREFIX select: <http://a.example/> CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT", QueryForm.GRAPH),
        ("# SELECT\nDESCRIBE <http://a.example/x>", "DESCRIBE", QueryForm.GRAPH),
        ("CONSTRUCT { ?s ?p ?o } { { SELECT * { ?s ?p ?o } } }", "CONSTRUCT", QueryForm.GRAPH),
        ("nonsense", "", QueryForm.TABLE),
    ],
)
def test_the_form_is_the_first_word_that_names_one(query: str, form: str, kind: QueryForm) -> None:
    analysis = syntax.analyse(query, DEPTH)
    assert (analysis.form, analysis.kind) == (form, kind)


def test_brackets_nested_too_deep_are_refused_with_their_place() -> None:
    query = "ASK {\n FILTER(" + "(" * DEPTH + "1" + ")" * DEPTH + ") }"
    with pytest.raises(TooLarge) as caught:
        syntax.analyse(query, DEPTH)
    assert (caught.value.line, caught.value.column) == (2, 57)


def test_brackets_in_strings_do_not_count() -> None:
    assert syntax.analyse(f'ASK {{ ?s ?p "{"(" * 200}" }}', DEPTH).form == "ASK"


def test_signs_in_a_row_are_refused_but_not_in_a_string() -> None:
    with pytest.raises(TooLarge):
        syntax.analyse(f"ASK {{ FILTER({'!' * 100}true) }}", DEPTH)
    assert syntax.analyse(f'ASK {{ ?s ?p "{"!" * 100}" }}', DEPTH).form == "ASK"


@pytest.mark.parametrize("word", ["NOW", "now", "RAND", "UUID", "STRUUID", "BNODE"])
def test_a_query_that_may_answer_otherwise_next_time_is_known(word: str) -> None:
    assert syntax.analyse(f"SELECT ({word}() AS ?x) {{}}", DEPTH).volatile
    assert not syntax.analyse(f'SELECT ("{word}()" AS ?x) {{}}', DEPTH).volatile


def test_more_variables_cost_more() -> None:
    queries = ["ASK {}", "SELECT * { ?a ?b ?c }", "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"]
    costs = [syntax.analyse(query, DEPTH).cost for query in queries]
    assert costs == sorted(set(costs))


LOOSE = [
    "SELECT * { ?a ?b ?c . ?d ?e ?f }",
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "ASK { ?a <x:p> ?b . ?c <x:p> ?d . ?e <x:p> ?f }",
]
JOINED = [
    "SELECT * { ?a <x:p> ?b ; <x:q> ?c ; <x:r> ?d ; <x:s> ?e ; <x:t> ?f }",
    "SELECT ?a ?b ?c ?d ?e ?f { ?a <x:p> ?b . ?b <x:p> ?c . ?c <x:p> ?d . ?d <x:p> ?e . ?e <x:p> ?f }",
    "SELECT * { ?s ?p ?o . ?o ?q ?r }",
]


@pytest.mark.parametrize("query", LOOSE)
def test_many_variables_that_join_nothing_cost_most(query: str) -> None:
    assert syntax.analyse(query, DEPTH).cost == 3


@pytest.mark.parametrize("query", JOINED)
def test_variables_that_join_cost_less(query: str) -> None:
    assert syntax.analyse(query, DEPTH).cost < 3


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.name)
def test_a_stored_question_does_not_look_like_a_runaway(question: Question) -> None:
    assert syntax.analyse(question.text, DEPTH).cost < 3


def test_escapes_are_decoded_once_and_bad_ones_left() -> None:
    assert syntax.decode(r"\u0041\U00000042\u005Cu0043\uD800\UFFFFFFFF\u12") == r"AB\u0043\uD800\UFFFFFFFF\u12"


@given(st.text(max_size=500))
def test_any_text_has_an_outline_or_is_too_large(text: str) -> None:
    try:
        analysis = syntax.analyse(text, DEPTH)
    except TooLarge:
        return
    assert analysis.variables <= len(text)


@given(st.text(alphabet="\"'<>{}()#\\?:@_ \nSERVICEau05", max_size=200))
def test_tokens_cover_the_text_without_gaps(text: str) -> None:
    ends = 0
    for token in syntax.tokens(text):
        assert token.offset >= ends
        between = text[ends : token.offset]
        assert not between.strip() or between.lstrip().startswith("#")
        ends = token.offset + len(token.text)


_PIECES = [
    "SELECT",
    "ask",
    "insert",
    "SERVICE",
    "silent",
    "now()",
    "rand",
    "?a",
    "<b>",
    "a:c",
    '"now"',
    "{",
    "}",
    "(",
    ")",
]


@given(st.lists(st.sampled_from([*_PIECES, " ", "\n", "#", "'", '"', "<", "\\u0053ERVICE"]), max_size=40))
def test_reading_only_as_far_as_needed_finds_what_reading_everything_finds(pieces: list[str]) -> None:
    text = " ".join(pieces)
    found = outline(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syntax, "_TELLING", ("",))  # stands in every text, so all of it is read
        assert found == outline(text)


def outline(text: str) -> syntax.Analysis | str:
    try:
        return syntax.analyse(text, 3)
    except TooLarge as error:
        return str(error)
