"""SHACL Advanced Features: refused with the command that works, or evaluated by pySHACL for their shapes alone."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.command import cartkg, foreign, git
from tests.test_elsewhere import elsewhere

from cartkg.namespaces import XSD
from cartkg.pipeline.checking import check
from cartkg.pipeline.inputs.options import CheckOptions
from cartkg.project import shipped
from cartkg.validation import EngineName, read, read_shapes
from cartkg.validation.engines import reference
from cartkg.validation.rdf.terms import local_name
from cartkg.validation.shapes.advanced import advanced_shapes

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = 'ex: sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/"^^xsd:anyURI ] .'
TARGET = (
    'sh:target [ a sh:SPARQLTarget ; sh:prefixes ex: ; sh:select "SELECT ?this { ?this ex:n ?n . FILTER (?n > 2) }" ]'
)
PLAIN = {
    "V": "ex:V sh:targetClass ex:C ; sh:property [ sh:path ex:n ; sh:maxCount 1 ] .",
    "W": "ex:W sh:targetSubjectsOf ex:m ; sh:property [ sh:path ex:m ; sh:nodeKind sh:IRI ] .",
    "D": "ex:D a owl:Class, sh:NodeShape ; sh:property [ sh:path ex:m ; sh:minCount 1 ] .",
}
ADVANCED = {
    "T": f"ex:T a sh:NodeShape ; {TARGET} ; sh:property [ sh:path ex:m ; sh:minCount 1 ] .",
    "B": f"ex:B a sh:NodeShape ; sh:targetClass ex:D ; {TARGET} ; sh:property [ sh:path ex:o ; sh:minCount 1 ] .",
    "U": "ex:U a sh:NodeShape ; sh:targetClass ex:C ; sh:expression [ sh:path ex:ok ] .",
    "X": "ex:X sh:targetClass ex:C ; sh:node ex:U . ex:U a sh:NodeShape ; sh:expression [ sh:path ex:ok ] .",
    "R": (
        "ex:R a sh:NodeShape ; sh:targetClass ex:C ; sh:rule [ a sh:TripleRule ; sh:subject sh:this ; "
        "sh:predicate ex:n ; sh:object 7 ] ."
    ),
    "S": (
        "ex:double a sh:SPARQLFunction ; sh:parameter [ sh:path ex:op ] ; "
        'sh:returnType <http://www.w3.org/2001/XMLSchema#integer> ; sh:select "SELECT ($op * 2 AS ?r) {}" . '
        'ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:sparql [ sh:prefixes ex: ; sh:message "m" ; '
        'sh:select "SELECT $this { $this ex:n ?n . FILTER (ex:double(?n) > 4) }" ] .'
    ),
}
DATA = "ex:a a ex:C ; ex:n 3 ; ex:ok false . ex:b a ex:C, ex:D ; ex:n 1 ; ex:ok true ; ex:m 1 . ex:c a ex:D ; ex:n 5 ."
FOUND = {"T": ["a", "c"], "B": ["a", "b", "c"], "U": ["a"], "X": ["a"], "R": ["a", "b"], "S": ["a"]}


def files(folder: Path, shapes: str, data: str = DATA) -> tuple[Path, Path]:
    foreign(folder / "s.ttl", f"@prefix xsd: <{XSD}> .\n{DECLARED}\n{shapes}")
    foreign(folder / "data" / "d.ttl", data)
    return folder / "s.ttl", folder / "data" / "d.ttl"


def results(engine: EngineName, shapes: Path, data: Path) -> Counter[tuple[str, ...]]:
    options = CheckOptions((data,), (shapes,), engine=engine)
    found = check(shipped(), options, shapes.parent).fresh()
    assert all(each.trace for each in found), found
    return Counter((each.rule, each.subject, each.trace.value, each.trace.path) for each in found if each.trace)


@pytest.mark.parametrize("name", ADVANCED)
def test_what_is_not_evaluated_is_refused_with_what_evaluates_it(name: str, tmp_path: Path) -> None:
    files(tmp_path, PLAIN["V"] + ADVANCED[name])
    done = cartkg(tmp_path, "check", "--shapes", "s.ttl", "data")
    assert done.returncode == 3
    assert "run cartkg check --engine mixed (" in done.stdout
    again = cartkg(tmp_path, "check", "--engine", "mixed", "--shapes", "s.ttl", "data")
    assert (again.returncode, again.stderr) == (1, "")
    assert "shape-faulty" not in again.stdout


@pytest.mark.parametrize("name", ADVANCED)
def test_each_feature_is_evaluated(name: str, tmp_path: Path) -> None:
    shapes, data = files(tmp_path, (PLAIN["V"] if name == "R" else "") + ADVANCED[name])
    found = results(EngineName.MIXED, shapes, data)
    assert sorted(local_name(f"<{subject}>") for _, subject, *_ in found.elements()) == FOUND[name]
    assert found == results(EngineName.PYSHACL, shapes, data)


@pytest.mark.parametrize("seed", range(6))
def test_both_parts_together_find_what_pyshacl_finds(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311  # picks shapes
    names = [*chance.sample(sorted(PLAIN), 2), *chance.sample(sorted(set(ADVANCED) - {"X"}), 3)]
    shapes, data = files(tmp_path, "\n".join((PLAIN | ADVANCED)[name] for name in names))
    ours, theirs = (results(engine, shapes, data) for engine in (EngineName.MIXED, EngineName.PYSHACL))
    assert ours == theirs
    assert ours


def test_pyshacl_looks_at_shapes_with_advanced_features_alone(tmp_path: Path) -> None:
    shapes, data = files(tmp_path, "\n".join((PLAIN | ADVANCED).values()))
    graph = read_shapes([shapes], engine=EngineName.MIXED, strict=False)
    apart = advanced_shapes(graph)
    assert {local_name(each) for each in apart} == set(ADVANCED)
    found = reference.outcome(read([data]), graph, apart)
    assert {each.source.name.partition("/")[0] for each in found.violations} == set(ADVANCED) - {"R"}
    assert {row[1:] for row in found.inferred} == {
        ("<http://example.org/n>", '"7"^^<http://www.w3.org/2001/XMLSchema#integer>')
    }


def test_shapes_without_advanced_features_need_no_pyshacl(tmp_path: Path) -> None:
    asked = ("check", "--engine", "mixed", "--shapes", "s.ttl", "data")
    files(tmp_path, PLAIN["V"], DATA.replace("ex:n 3", "ex:n 3, 4"))
    done = elsewhere(*asked, hidden="pyshacl", place=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert "V/n" in done.stdout
    files(tmp_path, ADVANCED["T"])
    missing = elsewhere(*asked, hidden="pyshacl", place=tmp_path)
    assert "needs pyshacl, which is not installed" in missing.stderr


@pytest.mark.whole
@pytest.mark.parametrize("engine", [EngineName.MIXED, EngineName.PYSHACL])
@pytest.mark.parametrize(
    ("shapes", "change"),
    [
        (ADVANCED["T"], ("ex:c a ex:D ; ex:n 1 .", "ex:c a ex:D ; ex:n 5 .")),
        (ADVANCED["T"].replace("?this ex:n ?n", "?this a ex:C . ?x ex:n ?n"), ("ex:x ex:n 1 .", "ex:x ex:n 5 .")),
        (ADVANCED["U"], ("ex:a ex:ok true .", "ex:a ex:ok false .")),
        (
            "ex:R a sh:NodeShape ; sh:targetClass ex:C ; sh:rule [ a sh:SPARQLRule ; sh:prefixes ex: ; "
            'sh:construct "CONSTRUCT { $this ex:n 1, 2 } { ?x ex:on true }" ] .' + PLAIN["V"],
            ("ex:x ex:on false .", "ex:x ex:on true ."),
        ),
    ],
)
def test_a_changed_run_misses_nothing_new(
    engine: EngineName, shapes: str, change: tuple[str, str], tmp_path: Path
) -> None:
    paths = files(tmp_path, shapes, "ex:a a ex:C .")
    foreign(tmp_path / "data" / "e.ttl", change[0])
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "before")
    foreign(tmp_path / "data" / "e.ttl", change[1])
    options = CheckOptions((tmp_path / "data",), (paths[0],), engine=engine, changed="HEAD")
    restricted = check(shipped(), options, tmp_path).fresh()
    full = check(shipped(), CheckOptions((tmp_path / "data",), (paths[0],), engine=engine), tmp_path).fresh()
    assert [(each.rule, each.subject) for each in full]
    assert {(each.rule, each.subject) for each in full} == {(each.rule, each.subject) for each in restricted}
