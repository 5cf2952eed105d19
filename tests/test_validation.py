"""SHACL: the same results as pySHACL, each at its line and column, and no shape passed over in silence."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from tests.validating import validate_files

from cartkg.diagnostics import Severity
from cartkg.errors import ShapesError
from cartkg.evaluation.bounds import BOUNDS, JobBounds
from cartkg.project import shipped
from cartkg.validation import Selection, Shapes, read, read_shapes, validate
from cartkg.validation.constraints import matching
from cartkg.validation.constraints.matching import Matcher, Pattern
from cartkg.validation.engines import reference
from cartkg.validation.engines.engine import ShapesEngine
from cartkg.validation.rdf.terms import literal, local_name

if TYPE_CHECKING:
    from cartkg.validation.constraints.results import Violation

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases"

PREFIXES = """@prefix ex: <http://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
PERSON = f"""{PREFIXES}
ex:PersonShape a sh:NodeShape ; sh:targetClass ex:Person ;
    sh:property ex:PersonShape-name, ex:PersonShape-age .
ex:PersonShape-name sh:path ex:name ; sh:minCount 1 ; sh:message "Give a name." .
ex:PersonShape-age sh:path ex:age ; sh:datatype xsd:integer ; sh:message "Give whole years." ; sh:severity sh:Warning .
"""


def write(folder: Path, name: str, text: str, *, mark: bool = False) -> Path:
    path = folder / name
    path.write_bytes((b"\xef\xbb\xbf" if mark else b"") + text.encode())
    return path


def agreement(data: list[Path], shapes: list[Path]) -> tuple[set[tuple[str, ...]], set[tuple[str, ...]]]:
    facts, library = read(data), read_shapes(shapes)
    ours = {mark(violation) for violation in ShapesEngine(facts, library).run()}
    return ours, {mark(violation) for violation in reference.outcome(facts, library).violations}


def mark(violation: Violation) -> tuple[str, ...]:
    """Give what makes a diagnostic: pySHACL does not compare an ill-formed literal, so components are left aside."""
    focus, path, value, _, shape, severity = violation.key
    return focus, path, value, shape, severity


@pytest.mark.whole
def test_engine_agrees_with_pyshacl_on_every_failing_case_of_the_shapes() -> None:
    project = shipped()
    cases = sorted((CASES / "shapes").glob("*/*.ttl"))
    ours, theirs = agreement([CASES / "world.ttl", *cases, *project.ontology_files()], project.shape_files())
    assert ours == theirs
    assert len(ours) >= len(cases) // 4, "the failing cases fail"


@pytest.mark.whole
def test_engine_agrees_with_pyshacl_on_the_shipped_data() -> None:
    project = shipped()
    ours, theirs = agreement([*project.data_files(), *project.ontology_files()], project.shape_files())
    assert ours == theirs


#: What a value becomes: nothing, itself and another, or another.
TWISTS: tuple[tuple[str, ...], ...] = (
    (),
    ("{}", '"another"'),
    ("{}", "<https://w3id.org/cartkg/nothing/here>"),
    ("{}", '"one"@en', '"two"@en'),
    ('""',),
    ('"x"^^<http://www.w3.org/2001/XMLSchema#integer>',),
    ('"-3"^^<http://www.w3.org/2001/XMLSchema#decimal>',),
    ('"2024-02-30"^^<http://www.w3.org/2001/XMLSchema#date>',),
    ('"text"@de-ch',),  # tags are read in small letters
)


@pytest.mark.whole
@pytest.mark.parametrize("seed", [1, 2])
def test_engine_agrees_with_pyshacl_on_data_twisted_at_random(seed: int) -> None:
    random = Random(seed)  # noqa: S311  # no secret, and the same each run
    project = shipped()
    cases = sorted((CASES / "shapes").glob("*/pass.ttl"))
    facts = read([CASES / "world.ttl", *cases, *project.ontology_files()])
    library = read_shapes(project.shape_files())
    ours = [(column, subject) for column in facts.columns.values() for subject in column if "cartkg/" in subject]
    for column, subject in random.sample(sorted(ours, key=lambda pair: pair[1]), 700):
        first, *rest = column[subject]
        column[subject] = [first if each == "{}" else each for each in random.choice(TWISTS)] + rest
    for column in facts.columns.values():
        for subject in [subject for subject, values in column.items() if not values]:
            del column[subject]
    found = {mark(violation) for violation in ShapesEngine(facts, library).run()}
    assert found == {mark(violation) for violation in reference.outcome(facts, library).violations}
    assert len(found) > 200, "twists break rules"


PLACES = {
    "several subjects a line": ("ex:a a ex:Person ; ex:name 'A' . ex:b a ex:Person .", 4, 34, "PersonShape-name"),
    "a nested blank node": (
        "ex:a ex:knows [\n  a ex:Person ;\n  ex:name 'A' ;\n  ex:age 'x' ] .",
        7,
        10,
        "PersonShape-age",
    ),
    "a blank node that lacks something": ("ex:a ex:knows\n  [ a ex:Person ] .", 5, 3, "PersonShape-name"),
    "an item of a list": ("ex:a ex:l ( 1\n  [ a ex:Person ; ex:name 'A' ; ex:age 'x' ] ) .", 5, 40, "PersonShape-age"),
    "a prefix redefined halfway": (
        """@prefix o: <http://other/> .\no:a a ex:Person ; ex:name 'A' .
@prefix o: <http://example.org/> .\no:a a o:Person ;\n o:name 'A' ; o:age 'x' .""",
        8,
        21,
        "PersonShape-age",
    ),
    "after a long string": ("ex:a a ex:Person ; ex:name '''A\n\nB # C .\n''' ; ex:age 'x' .", 7, 14, "PersonShape-age"),
    "one of several values": ("ex:a a ex:Person ; ex:name 'A' ;\n  ex:age 1,\n   'x', 2 .", 6, 4, "PersonShape-age"),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", [False, True], ids=["plain", "byte-order mark"])
@pytest.mark.parametrize("name", PLACES)
def test_finding_points_at_the_triple_in(name: str, mark: bool, newline: str, tmp_path: Path) -> None:  # noqa: FBT001
    text, line, column, rule = PLACES[name]
    data = write(tmp_path, "data.ttl", (PREFIXES + text).replace("\n", newline), mark=mark)
    found = validate_files([data], [write(tmp_path, "shapes.ttl", PERSON)]).diagnostics
    assert [(diagnostic.line, diagnostic.column, diagnostic.rule) for diagnostic in found] == [(line, column, rule)]


def test_blank_nodes_that_nothing_tells_apart_are_each_found_at_their_place(tmp_path: Path) -> None:
    text = "ex:a ex:knows [ a ex:Person ],\n  [ a ex:Person ],\n [ a ex:Person ; ex:age 'x' ] ."
    data = write(tmp_path, "data.ttl", PREFIXES + text)
    found = validate_files([data], [write(tmp_path, "shapes.ttl", PERSON)]).diagnostics
    assert [(each.line, each.column, each.rule) for each in found] == [
        (4, 15, "PersonShape-name"),
        (5, 3, "PersonShape-name"),
        (6, 2, "PersonShape-name"),
        (6, 25, "PersonShape-age"),
    ]
    assert len({each.subject for each in found}) == 3


def test_finding_points_into_a_named_graph_of_trig(tmp_path: Path) -> None:
    data = write(
        tmp_path, "data.trig", f"{PREFIXES}ex:g {{\n  ex:a a ex:Person ;\n    ex:name 'A' ; ex:age 'x' .\n}}\n"
    )
    (found,) = validate_files([data], [write(tmp_path, "shapes.ttl", PERSON)]).diagnostics
    assert (found.line, found.column) == (6, 26)


def test_finding_is_in_the_file_that_holds_the_value(tmp_path: Path) -> None:
    one = write(tmp_path, "a.ttl", f"{PREFIXES}ex:a a ex:Person ; ex:name 'A' .")
    two = write(tmp_path, "b.ttl", f"{PREFIXES}ex:a ex:age 'x' .")
    (found,) = validate_files([one, two], [write(tmp_path, "shapes.ttl", PERSON)]).diagnostics
    assert (found.file, found.line, found.column) == (two, 4, 13)


def test_finding_points_at_the_link_when_the_path_goes_backward(tmp_path: Path) -> None:
    shapes = f"{PREFIXES}ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property ex:S-in .\n"
    shapes += "ex:S-in sh:path [ sh:inversePath ex:p ] ; sh:class ex:D .\n"
    data = write(tmp_path, "data.ttl", f"{PREFIXES}ex:c a ex:C .\nex:x\n  ex:p ex:c .\n")
    (found,) = validate_files([data], [write(tmp_path, "shapes.ttl", shapes)]).diagnostics
    assert (found.line, found.column, found.rule) == (6, 8, "S-in")


def test_finding_points_at_the_last_link_of_a_chain(tmp_path: Path) -> None:
    shapes = f"{PREFIXES}ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property ex:S-far .\n"
    shapes += "ex:S-far sh:path ( ex:p ex:q ) ; sh:nodeKind sh:IRI .\n"
    data = write(tmp_path, "data.ttl", f"{PREFIXES}ex:c a ex:C ; ex:p ex:x .\nex:x ex:q 'no' .\n")
    (found,) = validate_files([data], [write(tmp_path, "shapes.ttl", shapes)]).diagnostics
    assert (found.line, found.column) == (5, 11)


def test_unexpected_property_of_a_closed_shape_is_found_at_the_property(tmp_path: Path) -> None:
    shapes = f"{PREFIXES}ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:closed true .\n"
    data = write(tmp_path, "data.ttl", f"{PREFIXES}ex:a\n  ex:p 'no' .\n")
    (found,) = validate_files([data], [write(tmp_path, "shapes.ttl", shapes)]).diagnostics
    assert (found.line, found.column, found.rule) == (5, 3, "S")


def test_shape_without_a_name_is_named_by_its_way_from_the_nearest_that_has_one(tmp_path: Path) -> None:
    shapes = f"{PREFIXES}ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .\n"
    data = write(tmp_path, "data.ttl", f"{PREFIXES}ex:c a ex:C .\n")
    (found,) = validate_files([data], [write(tmp_path, "shapes.ttl", shapes)]).diagnostics
    assert (found.rule, found.message) == ("S/p", "p: needs at least 1 value")


def test_severity_and_message_are_the_shapes_own(tmp_path: Path) -> None:
    data = write(tmp_path, "data.ttl", f"{PREFIXES}ex:a a ex:Person ; ex:name 'A' ; ex:age 'x' .")
    (found,) = validate_files([data], [write(tmp_path, "shapes.ttl", PERSON)]).diagnostics
    assert (found.severity, found.message) == (Severity.WARNING, "Give whole years.")


def test_equal_blank_node_labels_of_two_files_stay_two_nodes(tmp_path: Path) -> None:
    one = write(tmp_path, "a.ttl", f"{PREFIXES}_:p a ex:Person ; ex:name 'A' .")
    two = write(tmp_path, "b.ttl", f"{PREFIXES}_:p a ex:Person .")
    (found,) = validate_files([one, two], [write(tmp_path, "shapes.ttl", PERSON)]).diagnostics
    assert found.file == two


def test_broken_file_is_reported_and_the_others_are_still_checked(tmp_path: Path) -> None:
    broken = write(tmp_path, "a.ttl", f"{PREFIXES}ex:a a ex:Person ;\n  ex:name .\n")
    other = write(tmp_path, "b.ttl", f"{PREFIXES}ex:b a ex:Person .")
    found = validate_files([broken, other], [write(tmp_path, "shapes.ttl", PERSON)]).diagnostics
    assert [(each.file, each.line, each.rule) for each in found if each.file == broken][-1] == (
        broken,
        5,
        "syntax",
    )
    assert [diagnostic.rule for diagnostic in found if diagnostic.file == other] == ["PersonShape-name"]


BAD_SHAPES = {
    "a misspelt parameter": ("ex:S sh:targetNode ex:a ;\n sh:minCuont 1 .", 5, "sh:minCuont"),
    "a count that is not a number": (
        "ex:S sh:targetNode ex:a ; sh:property ex:P .\nex:P sh:path ex:p ;\n sh:minCount 'x' .",
        6,
        "whole",
    ),
    "a count on a node shape": ("ex:S sh:targetNode ex:a ;\n sh:minCount 1 .", 5, "property shapes only"),
    "a pattern that is none": ("ex:S sh:targetNode ex:a ;\n sh:pattern '(' .", 5, "is not a regular expression"),
    "a list that is none": ("ex:S sh:targetNode ex:a ;\n sh:in ex:x .", 5, "list"),
    "a shape that is not there": ("ex:S sh:targetNode ex:a ;\n sh:node ex:T .", 4, "not defined"),
    "a property shape without a path": (
        "ex:S sh:targetNode ex:a ; sh:property ex:P .\nex:P sh:minCount 1 .",
        5,
        "sh:path",
    ),
    "a node kind that is none": ("ex:S sh:targetNode ex:a ;\n sh:nodeKind ex:k .", 5, "nodeKind"),
    "a closed that is neither true nor false": ("ex:S sh:targetNode ex:a ;\n sh:closed 'x' .", 5, "true or false"),
    "a path that is none": ("ex:S sh:targetNode ex:a ; sh:property ex:P .\nex:P\n sh:path [] .", 6, "path"),
    "a limit without an order": ("ex:S sh:targetNode ex:a ;\n sh:minInclusive ex:x .", 5, "order"),
    "SPARQL that does not parse": (
        "ex:S sh:targetNode ex:a ; sh:sparql ex:Q .\nex:Q\n sh:select 'SELECT $this WHERE { $this ' .",
        6,
        "does not parse",
    ),
    "SPARQL with MINUS": (
        """ex:S sh:targetNode ex:a ; sh:sparql ex:Q .
ex:Q\n sh:select 'SELECT $this { ?this ?p ?o MINUS { ?x ?p 1 } }' .""",
        6,
        "MINUS",
    ),
    "broken Turtle": ("ex:S sh:targetNode ex:a\n sh:closed true .", 5, ""),
    "a path that contains itself": (
        "ex:S sh:targetNode ex:a ; sh:property ex:P .\nex:P\n sh:path _:p .\n_:p sh:inversePath _:p .",
        6,
        "contains itself",
    ),
    "a path without end": (
        f"""ex:S sh:targetNode ex:a ; sh:property ex:P .
ex:P\n sh:path {"[ sh:zeroOrMorePath " * 3000}ex:p{" ]" * 3000} .""",
        6,
        "nested deeper",
    ),
    "a list of paths that comes back to itself": (
        "ex:S sh:targetNode ex:a ; sh:property ex:P .\nex:P\n sh:path _:p .\n_:p rdf:first ex:p ; rdf:rest _:p .",
        6,
        "list",
    ),
    "shapes within shapes without end": (
        f"ex:S sh:targetNode ex:a ;\n sh:not {'[ sh:not ' * 3001}[ sh:nodeKind sh:IRI ]{' ]' * 3001} .",
        4,
        "too deeply",
    ),
    "a list that comes back to itself": (
        "ex:S sh:targetNode ex:a ;\n sh:in _:l .\n_:l rdf:first 1 ; rdf:rest _:l .",
        5,
        "well-formed RDF list",
    ),
    "two lists of values": ("ex:S sh:targetNode ex:a ;\n sh:in ( 1 ), ( 2 ) .", 5, "only once"),
    "a language that is not a text": (
        "ex:S sh:targetNode ex:a ; sh:property ex:P .\nex:P sh:path ex:p ;\n sh:languageIn ( ex:x ) .",
        6,
        "list of strings",
    ),
    "a message that is not a text": ("ex:S sh:targetNode ex:a ;\n sh:message ex:m .", 5, "must be a text"),
    "a severity that is a text": ("ex:S sh:targetNode ex:a ;\n sh:severity 'bad' .", 5, "must be an IRI"),
    "a class that is a text": ("ex:S sh:nodeKind sh:IRI ;\n sh:targetClass 'C' .", 5, "name an IRI"),
    "a count of shapes that are not given": (
        "ex:S sh:targetNode ex:a ; sh:property ex:P .\nex:P sh:path ex:p ;\n sh:qualifiedMinCount 1 .",
        6,
        "needs sh:qualifiedValueShape",
    ),
    "a component without a parameter": (
        "ex:S sh:targetNode ex:a .\nex:C a sh:ConstraintComponent .",
        5,
        "needs an sh:parameter",
    ),
    "a constraint that is not there": ("ex:S sh:targetNode ex:a ;\n sh:sparql ex:nowhere .", 5, "sh:select"),
    "a target by SPARQL": ("ex:S sh:closed false ;\n sh:target [ sh:select 'SELECT ?this {}' ] .", 5, "sh:target"),
    "SPARQL of another form": (
        "ex:S sh:targetNode ex:a ; sh:sparql ex:Q .\nex:Q\n sh:select 'ASK { $this ?p ?o }' .",
        6,
        "type SELECT",
    ),
    "SPARQL that makes triples": (
        "ex:S sh:targetNode ex:a ; sh:sparql ex:Q .\nex:Q\n sh:select 'CONSTRUCT { $this ?p ?o } { $this ?p ?o }' .",
        6,
        "type SELECT",
    ),
    "SPARQL about another graph": (
        "ex:S sh:targetNode ex:a ; sh:sparql ex:Q .\nex:Q\n sh:select 'SELECT $this FROM ex:g { $this ?p ?o }' .",
        6,
        "FROM",
    ),
    "SPARQL with a function that nobody knows": (
        """ex:S sh:targetNode ex:a ; sh:sparql ex:Q .
ex:Q\n sh:select 'SELECT $this { $this ?p ?o FILTER (<http://example.org/f>(?o)) }' .""",
        6,
        "not supported",
    ),
    "SPARQL with an undeclared prefix": (
        "ex:S sh:targetNode ex:a ; sh:sparql ex:Q .\nex:Q\n sh:select 'SELECT $this { $this no:such ?o }' .",
        6,
        "at line 1, column 29 of the query",
    ),
}


#: What takes long to read is tried by `make test-all`.
SLOW_SHAPES = {"shapes within shapes without end"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.whole if name in SLOW_SHAPES else ()) for name in BAD_SHAPES]
)
def test_broken_shape_is_named_with_file_and_line(name: str, tmp_path: Path) -> None:
    text, line, part = BAD_SHAPES[name]
    shapes = write(tmp_path, "shapes.ttl", PREFIXES + text)
    data = write(tmp_path, "data.ttl", f"{PREFIXES}ex:a ex:p ex:b .")
    with pytest.raises(ShapesError) as refusal:
        validate_files([data], [shapes])
    assert (refusal.value.file, refusal.value.line) == (shapes, line)
    assert part in refusal.value.message


def test_file_without_a_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ShapesError, match="contains no shapes"):
        read_shapes([write(tmp_path, "shapes.ttl", f"{PREFIXES}ex:a ex:p ex:b .")])


def test_shape_that_comes_back_to_a_node_is_refused(tmp_path: Path) -> None:
    shapes = f"{PREFIXES}ex:S sh:targetClass ex:C ; sh:property ex:P . ex:P sh:path ex:p ; sh:node ex:S .\n"
    data = write(tmp_path, "data.ttl", f"{PREFIXES}ex:a a ex:C ; ex:p ex:b . ex:b ex:p ex:a .")
    with pytest.raises(ShapesError, match="recursion"):
        validate_files([data], [write(tmp_path, "shapes.ttl", shapes)])


def test_recursive_shape_over_a_chain_finds_the_far_end(tmp_path: Path) -> None:
    shapes = f"{PREFIXES}ex:S sh:targetNode ex:a ; sh:nodeKind sh:IRI ; sh:property ex:P .\n"
    shapes += "ex:P sh:path ex:p ; sh:node ex:S .\n"
    data = write(tmp_path, "data.ttl", f"{PREFIXES}ex:a ex:p ex:b . ex:b ex:p 'end' .")
    assert [
        diagnostic.rule for diagnostic in validate_files([data], [write(tmp_path, "shapes.ttl", shapes)]).diagnostics
    ] == ["P"]


def test_only_the_given_focus_nodes_are_looked_at(tmp_path: Path) -> None:
    facts = read([write(tmp_path, "data.ttl", f"{PREFIXES}ex:a a ex:Person . ex:b a ex:Person .")])
    shapes = Shapes(read([write(tmp_path, "shapes.ttl", PERSON)]))
    assert [
        diagnostic.subject for diagnostic in validate(facts, shapes, Selection(only={"<http://example.org/b>"}))
    ] == ["http://example.org/b"]


@pytest.mark.parametrize(
    ("term", "lexical", "language"),
    [
        ('"a\\"b\\\\c\\nd"', 'a"b\\c\nd', ""),
        ('"x"@en', "x", "en"),
        ('"\\u00e9 \\U0001F600"', "é 😀", ""),
        ('"a\\"^^<b>"', 'a"^^<b>', ""),
    ],
)
def test_literals_are_taken_apart(term: str, lexical: str, language: str) -> None:
    parts = literal(term)
    assert parts is not None
    assert (parts.lexical, parts.language) == (lexical, language)


def test_local_name_of_an_iri_that_ends_in_a_slash() -> None:
    assert local_name("<http://example.org/shapes/Person/>") == "Person"


def test_a_shape_that_takes_too_long_is_stopped_and_the_others_are_applied(tmp_path: Path) -> None:
    chain = "".join(f"ex:n{number} ex:next ex:n{number + 1} .\n" for number in range(2_500))
    data = write(tmp_path, "data.ttl", f"{PREFIXES}{chain}ex:a a ex:Person .")
    endless = f"{PREFIXES}ex:Endless a sh:NodeShape ; sh:targetSubjectsOf ex:next ; sh:property ex:Far .\n"
    endless += "ex:Far sh:path [ sh:oneOrMorePath ex:next ] ; sh:maxCount 5000 .\n"
    shapes = [write(tmp_path, "endless.ttl", endless), write(tmp_path, "person.ttl", PERSON)]
    facts = read([data])
    found = validate(facts, read_shapes(shapes, JobBounds(seconds=0.02)))
    (stopped,) = [each for each in found if "stopped after 0.2 s" in each.message]
    assert (stopped.file, stopped.line, stopped.severity) == (shapes[0], 4, Severity.ERROR)
    assert "PersonShape-name" in {each.rule for each in found}
    assert validate(facts, read_shapes(shapes[:1])) == [], "with time enough it is evaluated"


SELECTS = {
    "isBlank(?value)": 1,
    "!isIRI(?value)": 1,
    "!isUri( ?value )": 1,
    'isIRI(?value) && !STRSTARTS(STR(?value), "http")': 0,
    'STRLEN(STR(?value)) > 0 || ?value = "no"': 0,
    "isBlank(IF(isBlank(?value), ?value, $this))": 1,
    'BOUND(?value) && !(STR("isIRI(?value)") = "isBlank(?value)")': 1,
    "!isLiteral(?value) && !isNumeric(?value)": 1,
    "COALESCE(IRI(?value), 'none') = 'none'": 1,
    "COALESCE(<http://www.w3.org/2001/XMLSchema#string>(?value), 'none') = 'none'": 1,
}


@pytest.mark.parametrize("filtered", SELECTS)
@pytest.mark.parametrize("focus", ["ex:a", "[]"], ids=["name", "blank"])
def test_sparql_of_a_shape_takes_blank_nodes_for_blank_nodes(focus: str, filtered: str, tmp_path: Path) -> None:
    query = f"SELECT $this ?value WHERE {{ $this <http://example.org/p> ?value . FILTER ({filtered}) }}"
    shapes = f"{PREFIXES}ex:S sh:targetClass ex:C ; sh:sparql [ sh:message 'm' ; sh:select '''{query}''' ] ."
    data = write(tmp_path, "data.ttl", f"{PREFIXES}{focus} a ex:C ; ex:p [ ex:q 1 ] .")
    found = validate_files([data], [write(tmp_path, "shapes.ttl", shapes)]).diagnostics
    assert len(found) == SELECTS[filtered]


@pytest.mark.parametrize(("variable", "form"), [("$this", "select"), ("$value", "ask")])
@pytest.mark.parametrize(("test", "kept"), [("isBlank", 1), ("isIRI", 2)])
def test_prebound_blank_nodes_are_blank_nodes(variable: str, form: str, test: str, kept: int, tmp_path: Path) -> None:
    if form == "select":
        body = f"sh:sparql [ sh:select 'SELECT $this WHERE {{ FILTER(!{test}($this)) }}' ] ."
    else:
        body = f"""ex:use true . ex:Component a sh:ConstraintComponent ; sh:parameter [ sh:path ex:use ] ;
            sh:validator [ a sh:SPARQLAskValidator ; sh:ask 'ASK {{ FILTER({test}({variable})) }}' ] ."""
    shapes = f"{PREFIXES}ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:q ; {body}"
    data = write(tmp_path, "data.ttl", f"{PREFIXES}[ ex:q 1 ] . ex:a ex:q 1 . ex:b ex:q 1 .")
    found = validate_files([data], [write(tmp_path, "shapes.ttl", shapes)]).diagnostics
    assert len(found) == 3 - kept


LEXICAL = {
    "date": (["2024-01-15", "10000-01-01", "-0044-03-15Z", "2024-02-29+14:00"], ["20240115", "2024-02-30", "2024-1-5"]),
    "dateTime": (
        ["2002-05-30T24:00:00", "2024-01-15T10:10:10.123456789Z"],
        ["2024-01-15T10", "2024-01-15T10:10", "2024-01-15T10:10:10,5", "2024-01-15 10:10:10", "2024-01-15T10:10:60"],
    ),
    "time": (["10:10:00", "24:00:00"], ["10:10", "24:00:01", "T10:10:00"]),
    "dateTimeStamp": (["2024-01-15T10:10:10Z"], ["2024-01-15T10:10:10"]),
    "duration": (["P1Y2M3DT4H5M6.7S", "-P1D"], ["P", "P1S", "1D"]),
    "dayTimeDuration": (["P1DT1.5S"], ["PT.S", "PT1..2S", "P1Y"]),
    "yearMonthDuration": (["P1Y"], ["P1D"]),
    "gYearMonth": (["2024-12"], ["2024-13"]),
    "gMonthDay": (["--02-29"], ["--02-30"]),
    "hexBinary": (["ab01"], ["abc"]),
    "NCName": (["a-b"], ["a:b"]),
}


@pytest.mark.parametrize("name", LEXICAL)
def test_texts_outside_the_lexical_space_of_their_datatype_are_ill_typed(name: str, tmp_path: Path) -> None:
    good, bad = LEXICAL[name]
    values = ", ".join(f'"{text}"^^xsd:{name}' for text in (*good, *bad))
    shape = f"{PREFIXES}ex:S sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:datatype xsd:{name} ] ."
    data = write(tmp_path, "data.ttl", f"{PREFIXES}ex:a ex:p {values} .")
    found = validate_files([data], [write(tmp_path, "shapes.ttl", shape)]).diagnostics
    assert [each.value for each in found] == [f'"{text}"^^<http://www.w3.org/2001/XMLSchema#{name}>' for text in bad]


@pytest.mark.parametrize(
    ("limit", "value", "kept"),
    [
        ("2024-01-01", "10000-01-01", True),
        ("10000-01-01", "2024-01-01", False),
        ("-0001-01-01", "2024-01-01", True),
        ("10000-01-01", "2024-01-01Z", False),
        ("10000-01-01Z", "20000-01-01", False),
    ],
)
def test_dates_of_far_years_are_ordered(limit: str, value: str, kept: bool, tmp_path: Path) -> None:  # noqa: FBT001
    shape = f'{PREFIXES}ex:S sh:targetObjectsOf ex:p ; sh:minInclusive "{limit}"^^xsd:date .'
    data = write(tmp_path, "data.ttl", f'{PREFIXES}ex:a ex:p "{value}"^^xsd:date .')
    found = validate_files([data], [write(tmp_path, "shapes.ttl", shape)]).diagnostics
    assert len(found) == (not kept)


XPATH = [
    (r"^[0-9]+$", "12\n", False),
    (r"^(?=.)[0-9]+$", "12\n", False),  # not of XPath, and read as Python does but for the end
    (r"^\p{L}+$", "é", True),
    (r"^\i\c*$", "a-b", True),
    (r"^\i\c*$", "1b", False),
    (r"^[a-z-[aeiou]]+$", "bcd", True),
    (r"^[a-z-[aeiou]]+$", "bad", False),
    (r"^\p{IsGreek}+$", "αβ", True),
    (r"^a.b$", "a\rb", False),
    (r"^a\sb$", "a\u00a0b", False),
    (r"^(a)\1$", "aa", True),
]


@pytest.mark.parametrize(("pattern", "value", "kept"), XPATH)
def test_patterns_are_those_of_xpath(pattern: str, value: str, kept: bool, tmp_path: Path) -> None:  # noqa: FBT001
    shape = f"{PREFIXES}ex:S sh:targetObjectsOf ex:p ; sh:pattern {json.dumps(pattern)} ."
    data = write(tmp_path, "data.ttl", f"{PREFIXES}ex:a ex:p {json.dumps(value)} .")
    found = validate_files([data], [write(tmp_path, "shapes.ttl", shape)]).diagnostics
    assert len(found) == (not kept)


@pytest.mark.parametrize(
    "pattern", ["a(?(b)c)", "(", "[b-a]", "a{2,1}", r"(a)\2", "(?<=a+)b", r"\p{L}(?(b)c)", "(){1000}("]
)
def test_a_broken_pattern_is_explained_alike_with_and_without_a_child(pattern: str) -> None:
    matching._load([Pattern(pattern)])
    matcher = Matcher(BOUNDS)
    try:
        assert matcher.faults([Pattern(pattern)]) == [matching._fault(Pattern(pattern))]
    finally:
        matcher.close()
    assert matching._fault(Pattern(pattern))


@pytest.mark.parametrize("word", ["GRAPH", "graph"])
def test_sparql_of_a_shape_may_ask_the_shapes_graph(word: str, tmp_path: Path) -> None:
    select = f"SELECT $this ?value {{ $this ex:p ?value {word} $shapesGraph {{ $currentShape ex:most ?most }} "
    shape = f"""{PREFIXES}ex:S sh:targetSubjectsOf ex:p ; ex:most 3 ; sh:sparql [ sh:prefixes ex:o ;
        sh:select "{select} FILTER(?value > ?most) }}" ], [ sh:prefixes ex:o ;
        sh:select "SELECT $this {{ $this ex:most ?most }}" ] .
        ex:o sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/"^^xsd:anyURI ] ."""
    data = write(tmp_path, "data.ttl", f"{PREFIXES}ex:a ex:p 3, 4 .")
    (found,) = validate_files([data], [write(tmp_path, "shapes.ttl", shape)]).diagnostics
    assert found.trace is not None
    assert "4" in found.trace.value


def test_a_file_of_data_and_shapes_is_taken_apart_once(tmp_path: Path) -> None:
    file = write(tmp_path, "both.ttl", f"{PERSON}ex:a a ex:Person .")
    facts = read([file])
    assert read_shapes([file], beside=facts).facts.document(0) is facts.document(0)
