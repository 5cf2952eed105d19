"""A restricted check never loses a violation: what pySHACL finds now and did not find before is reported.

Made-up shapes in several files, data and edits of them by hypothesis; both sides of each comparison are full runs of
pySHACL, the middle is `--changed`, `--baseline` or `--ontology`.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.command import git
from tests.test_agreement import PREFIXES, data, shapes

from cartkg.diagnostics import render
from cartkg.pipeline.checking import check
from cartkg.pipeline.inputs.options import CheckOptions
from cartkg.project import shipped
from cartkg.validation import Facts, read, read_shapes
from cartkg.validation.constraints import datatypes
from cartkg.validation.constraints.paths import write
from cartkg.validation.engines import reference
from cartkg.validation.rdf.signatures import signature
from cartkg.validation.rdf.terms import is_iri

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cartkg.diagnostics import Diagnostic, Report

NESTED = (
    "ex:N sh:targetClass ex:A ; sh:property [ sh:path ex:p ; sh:property [ sh:path ex:q ; sh:minCount 1 ] ] .",
    "ex:O sh:targetObjectsOf ex:q ; sh:class ex:B .",
    (
        "ex:L sh:targetSubjectsOf ex:p ; sh:property [ sh:path ( ex:p ex:q ) ; sh:nodeKind sh:IRI ], "
        "[ sh:path ex:p ; sh:or ( [ sh:class ex:B ] [ sh:nodeKind sh:Literal ] ) ] ."
    ),
    (
        "ex:Q sh:targetClass ex:A ; sh:sparql [ sh:select '''SELECT $this ?value { "
        "$this <http://example.org/p> ?value . FILTER NOT EXISTS { ?value <http://example.org/q> ?x } }''' ] ."
    ),
)
#: A result by what makes it; a nameless shape is any, a blank node is what is said of it.
Keys = Counter[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Edit:
    """Data as they were and as they are, and shapes, each a file."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    shapes: tuple[str, ...]


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    lines = draw(data())
    gone = draw(st.sets(st.sampled_from(range(len(lines))), max_size=3))
    after = [line for number, line in enumerate(lines) if number not in gone]
    wanted = [*draw(shapes()).splitlines(), *draw(st.lists(st.sampled_from(NESTED), max_size=3, unique=True))]
    return Edit(tuple(lines), (*after, *draw(data())[:4]), tuple(wanted))


def write_files(folder: Path, name: str, parts: Sequence[str]) -> list[Path]:
    """Write each part to a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{name}{number}.ttl" for number in range(len(parts))]
    for file, part in zip(files, parts, strict=True):
        file.write_text(f"{PREFIXES}ex:B rdfs:subClassOf ex:A .\n{part}\n", "utf-8")
    return files


def halves(lines: Sequence[str]) -> list[str]:
    return ["\n".join(lines[::2]), "\n".join(lines[1::2])]


def by_pyshacl(data_files: Sequence[Path], shape_files: Sequence[Path]) -> Keys:
    facts = read(data_files)
    return Counter(
        (
            signature(facts, each.focus),
            write(each.path) if each.path else "",
            known_as(facts, each.value) if each.value else "",
            each.source.component,
            each.source.shape if is_iri(each.source.shape) else "_",
            each.source.severity,
        )
        for each in reference.outcome(facts, read_shapes(shape_files)).violations
    )


def known_as(facts: Facts, term: str) -> str:
    """Return what a value is known by: the store that SPARQL asks keeps numbers (2), not how they are written (2e0)."""
    number = datatypes.value(term)
    return f"{float(number):g}" if isinstance(number, float | Decimal) else signature(facts, term)


def reported(report: Report, data_files: Sequence[Path]) -> Keys:
    facts = read(data_files)
    return Counter(key(each, facts) for each in report.fresh() if each.trace is not None)


def key(found: Diagnostic, facts: Facts) -> tuple[str, ...]:
    trace = found.trace
    assert trace is not None
    value = facts.named(trace.value) if trace.value.startswith("_:") else trace.value
    return (
        signature(facts, facts.named(found.subject)),
        trace.path,
        known_as(facts, value) if value else "",
        trace.component,
        trace.shape if is_iri(trace.shape) else "_",
        trace.severity,
    )


def fresh_folder(factory: pytest.TempPathFactory) -> Path:
    folder = factory.getbasetemp() / "edit"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def through_changed(folder: Path, edit: Edit) -> tuple[Keys, Keys]:
    """Return what is new by pySHACL, and what `--changed` reports."""
    wanted = write_files(folder / "shapes", "s", edit.shapes)
    files = write_files(folder / "data", "d", halves(edit.before))
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "before")
    before = by_pyshacl(files, wanted)
    write_files(folder / "data", "d", halves(edit.after))
    options = CheckOptions(paths=(folder / "data",), shapes=(folder / "shapes",), changed="HEAD")
    report = check(shipped(), options, folder)
    return by_pyshacl(files, wanted) - before, reported(report, files)


def through_baseline(folder: Path, edit: Edit) -> tuple[Keys, Keys]:
    wanted = write_files(folder / "shapes", "s", edit.shapes)
    files = write_files(folder / "data", "d", halves(edit.before))
    options = CheckOptions(paths=(folder / "data",), shapes=(folder / "shapes",))
    listed = json.loads(render(check(shipped(), options, folder), "json"))["diagnostics"]
    before = by_pyshacl(files, wanted)
    write_files(folder / "data", "d", halves(edit.after))
    known = frozenset(each["fingerprint"] for each in listed)
    report = check(shipped(), CheckOptions(options.paths, options.shapes, known=known), folder)
    return by_pyshacl(files, wanted) - before, reported(report, files)


def through_ontology(folder: Path, edit: Edit) -> tuple[Keys, Keys]:
    wanted = write_files(folder / "shapes", "s", edit.shapes)
    (ontology,) = write_files(folder / "ontology", "o", ["\n".join(edit.before)])
    (added,) = write_files(folder / "data", "d", ["\n".join(edit.after)])
    report = check(shipped(), CheckOptions((added,), (folder / "shapes",), (ontology,)), folder)
    files = [added, ontology]
    return by_pyshacl(files, wanted) - by_pyshacl([ontology], wanted), reported(report, files)


WAYS = {"changed": through_changed, "baseline": through_baseline, "ontology": through_ontology}
Way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def lost(way: Callable[[Path, Edit], tuple[Keys, Keys]], edit: Edit, tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Return the violations that are new by pySHACL and that a way of checking does not report."""
    new, told = way(fresh_folder(tmp_path_factory), edit)
    return new - told


@pytest.mark.whole
@Way
@settings(max_examples=250, suppress_health_check=list(HealthCheck), deadline=None)
@given(edit=edits())
def test_no_new_violation_is_lost_in_hundreds_of_edits_by(
    way: Callable[[Path, Edit], tuple[Keys, Keys]], edit: Edit, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert not lost(way, edit, tmp_path_factory)


NESTED_SHAPE = "ex:S sh:targetClass ex:D ; sh:property [ sh:path ex:f ; sh:property [ sh:path ex:in ; {} ] ] ."


@Way
def test_new_violation_at_a_literal_that_was_wrong_before_is_told_by(
    way: Callable[[Path, Edit], tuple[Keys, Keys]], tmp_path: Path
) -> None:
    wanted = (NESTED_SHAPE.format("sh:hasValue ex:scheme"),)
    before = ('ex:d1 a ex:D ; ex:f "csv" .', "ex:d2 a ex:D .")
    new, told = way(tmp_path, Edit(before, (before[0], 'ex:d2 a ex:D ; ex:f "csv" .'), wanted))
    assert new
    assert not new - told


def test_violations_of_values_that_an_ontology_describes_are_at_the_triples_of_the_data(tmp_path: Path) -> None:
    shape = f"ex:T sh:targetObjectsOf ex:theme ; sh:class ex:Theme .\n{NESTED_SHAPE.format('sh:minCount 1')}"
    wanted = write_files(tmp_path, "s", [shape])
    (ontology,) = write_files(tmp_path, "o", ["ex:csv a ex:Format . ex:NoTheme a ex:Format ."])
    (added,) = write_files(tmp_path, "d", ["ex:d1 a ex:D ;\n ex:f ex:csv ;\n ex:theme ex:NoTheme ."])
    report = check(shipped(), CheckOptions((added,), tuple(wanted), (ontology,)), tmp_path)
    assert [(each.file, each.line, each.rule) for each in report.fresh()] == [(added, 8, "S/f/in"), (added, 9, "T")]


def test_each_triple_that_leads_to_a_wrong_value_is_a_finding_of_its_own(tmp_path: Path) -> None:
    wanted = write_files(tmp_path, "s", [NESTED_SHAPE.format("sh:hasValue ex:scheme")])
    lines = 'ex:d1 a ex:D ; ex:f "csv" .\nex:d2 a ex:D ; ex:f "csv" .\nex:d3 a ex:D ; ex:f ex:U .'
    (file,) = write_files(tmp_path, "d", [lines])
    report = check(shipped(), CheckOptions((file,), tuple(wanted)), tmp_path)
    assert [each.line for each in report.fresh()] == [7, 8, 9]
