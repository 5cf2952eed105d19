"""What is said of a result: each component names what it expects, and every format has all of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from cartkg.diagnostics import render
from cartkg.namespaces import SH
from cartkg.pipeline.checking import check
from cartkg.pipeline.inputs.options import CheckOptions
from cartkg.project import shipped

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.diagnostics import Report

PREFIXES = """@prefix ex: <http://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
#: Component -> what a property shape at ex:p says, the values of ex:p (and more), and words of the message.
COMPONENTS = {
    "class": ("sh:class ex:Zebra", "ex:i", ("ex:i", "ex:Zebra")),
    "datatype": ("sh:datatype xsd:date", "'x'", ('"x"', "xsd:date")),
    "nodeKind": ("sh:nodeKind sh:IRI", "'x'", ('"x"', "IRI")),
    "minCount": ("sh:minCount 2", "'x'", ("at least 2",)),
    "maxCount": ("sh:maxCount 1", "'x', 'y'", ("at most 1",)),
    "minExclusive": ("sh:minExclusive 5", "5", ("5", "greater than 5")),
    "minInclusive": ("sh:minInclusive 6", "5", ("5", "6")),
    "maxExclusive": ("sh:maxExclusive 5", "5", ("5", "less than 5")),
    "maxInclusive": ("sh:maxInclusive 4", "5", ("5", "4")),
    "minLength": ("sh:minLength 3", "'xy'", ('"xy"', "3")),
    "maxLength": ("sh:maxLength 1", "'xy'", ('"xy"', "1")),
    "pattern": ("sh:pattern '^a'", "'xy'", ('"xy"', "^a")),
    "languageIn": ("sh:languageIn ( 'en' 'de' )", "'x'@fr", ('"x"@fr', "en", "de")),
    "uniqueLang": ("sh:uniqueLang true", "'x'@en, 'y'@en", ("en",)),
    "equals": ("sh:equals ex:q", "1 ; ex:q 1, 2", ("2", "ex:q")),
    "disjoint": ("sh:disjoint ex:q", "1 ; ex:q 1", ("1", "ex:q")),
    "lessThan": ("sh:lessThan ex:q", "2 ; ex:q 1", ("2", "ex:q")),
    "lessThanOrEquals": ("sh:lessThanOrEquals ex:q", "2 ; ex:q 1", ("2", "ex:q")),
    "not": ("sh:not ex:Inner", "ex:good", ("ex:good", "ex:Inner")),
    "and": ("sh:and ( ex:Inner )", "ex:i", ("ex:i", "ex:Inner")),
    "or": ("sh:or ( ex:Inner ex:Inner2 )", "ex:i", ("ex:i", "ex:Inner", "ex:Inner2")),
    "xone": ("sh:xone ( ex:Inner ex:Inner2 )", "ex:i", ("ex:i", "ex:Inner", "ex:Inner2")),
    "node": ("sh:node ex:Inner", "ex:i", ("ex:i", "ex:Inner")),
    "qualifiedMinCount": (
        "sh:qualifiedValueShape ex:Inner ; sh:qualifiedMinCount 2",
        "ex:good",
        ("at least 2", "ex:Inner"),
    ),
    "qualifiedMaxCount": (
        "sh:qualifiedValueShape ex:Inner ; sh:qualifiedMaxCount 0",
        "ex:good",
        ("at most 0", "ex:Inner"),
    ),
    "hasValue": ("sh:hasValue ex:scheme", "ex:i", ("ex:scheme",)),
    "in": ("sh:in ( ex:one 'two' )", "ex:i", ("ex:i", "ex:one", '"two"')),
    "closed": ("sh:node [ sh:closed true ; sh:property [ sh:path ex:r ] ]", "ex:good", ("ex:q",)),
}
INNER = (
    "ex:Inner sh:property [ sh:path ex:q ; sh:minCount 1 ] . ex:Inner2 sh:property [ sh:path ex:r ; sh:minCount 1 ] .\n"
)


def checked(folder: Path, shapes: str, data: str) -> Report:
    files = [folder / "s.ttl", folder / "d.ttl"]
    for file, text in zip(files, (shapes, data), strict=True):
        file.write_text(PREFIXES + text, "utf-8")
    return check(shipped(), CheckOptions(paths=(files[1],), shapes=(files[0],)), folder)


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_message_of_each_component_names_what_it_expects(name: str, tmp_path: Path) -> None:
    says, values, words = COMPONENTS[name]
    shape = f"{INNER}ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; {says} ] ."
    report = checked(tmp_path, shape, f"ex:a a ex:C ; ex:p {values} .\nex:good ex:q 1 . ex:i ex:z 1 .")
    (found,) = report.diagnostics
    assert found.trace is not None
    assert found.message.startswith("p"), "and the path"
    for word in words:
        assert word in found.message


NESTED = "ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:node ex:Inner ] .\n"
NESTED += "ex:Inner sh:property [ sh:path ex:q ; sh:datatype xsd:integer ] ."
WRONG = 'ex:a a ex:C ; ex:p ex:b .\nex:b ex:q "x" .'
_EX = "http://example.org/"


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_json_and_sarif_have_path_value_shape_component_and_detail(form: str, tmp_path: Path) -> None:
    read = json.loads(render(checked(tmp_path, NESTED, WRONG), form))
    one = read["diagnostics"][0]["result"] if form == "json" else read["runs"][0]["results"][0]["properties"]["shacl"]
    (inner,) = one["detail"]
    wanted = ("path", "value", "shapeName", "component")
    assert [one[key] for key in wanted] == [f"<{_EX}p>", f"<{_EX}b>", "S/p", f"<{SH}NodeConstraintComponent>"]
    assert [inner[key] for key in wanted] == [f"<{_EX}q>", '"x"', "Inner/q", f"<{SH}DatatypeConstraintComponent>"]
    assert (inner["focus"], inner["message"]) == (f"<{_EX}b>", 'q: "x" is not of the datatype xsd:integer')
    assert one["sourceShape"].startswith("_:")


def test_turtle_has_them_as_the_standard_names_them(tmp_path: Path) -> None:
    graph = ox.Store()
    graph.load(render(checked(tmp_path, NESTED, WRONG), "turtle").encode(), ox.RdfFormat.TURTLE)
    query = f"""PREFIX sh: <{SH}> PREFIX ex: <{_EX}> SELECT * {{
        ?report a sh:ValidationReport ; sh:conforms false ; sh:result ?one .
        ?one sh:focusNode ex:a ; sh:resultPath ex:p ; sh:value ex:b ; sh:sourceShape ?shape ; sh:detail ?inner ;
            sh:sourceConstraintComponent sh:NodeConstraintComponent ; sh:resultSeverity sh:Violation .
        ?shape sh:path ex:p ; sh:node ex:Inner .
        ?inner sh:focusNode ex:b ; sh:resultPath ex:q ; sh:value "x" ; sh:sourceShape ?within ;
            sh:sourceConstraintComponent sh:DatatypeConstraintComponent ; sh:resultMessage ?message . }}"""
    assert len(list(graph.query(query))) == 1  # type: ignore[arg-type]  # a SELECT gives rows


def test_text_has_the_detail_in_brackets_and_the_shape_by_its_way(tmp_path: Path) -> None:
    said = render(checked(tmp_path, NESTED, WRONG), "text").splitlines()[0]
    assert said.startswith("d.ttl:3:20: error S/p: p: ex:b does not conform to the shape ex:Inner (q: ")


def test_results_that_read_the_same_are_written_once_with_their_number(tmp_path: Path) -> None:
    shapes = "ex:S sh:targetClass ex:C ; sh:not ex:A, ex:B ; sh:message 'Not so.' . ex:A sh:class ex:D . "
    shapes += "ex:B sh:class ex:D ."
    report = checked(tmp_path, shapes, "ex:a a ex:C, ex:D .")
    assert len(report.diagnostics) == 2
    assert render(report, "text").splitlines()[0].endswith("Not so. (2 results)")
    assert len(json.loads(render(report, "json"))["diagnostics"]) == 2
    assert render(report, "turtle").count("a sh:ValidationResult") == 2
