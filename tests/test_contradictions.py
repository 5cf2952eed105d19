"""An edit that contradicts the ontology: the diagnostic names a smallest set of axioms and facts, with places."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from tests.test_reasoning import PREFIXES

from cartkg import project as projects
from cartkg.graph import Reading, read
from cartkg.namespaces import XSD
from cartkg.project import Project
from cartkg.reasoning import grounded_clashes, ontology_diagnostics
from cartkg.reasoning.ranges import fits

if TYPE_CHECKING:
    from cartkg.diagnostics import Diagnostic

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parent.parent
_RESTRICTED = "a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty cartkg:"
#: kind -> edit, rule, the axioms at fault. No axiom of a smallest set can be left out: the numbers are exact.
QUICK = {
    "functional property with two values": (
        'd:x cartkg:denominator "3"^^xsd:nonNegativeInteger, "4"^^xsd:nonNegativeInteger .',
        "ontology-functional",
        "DataPropertyAssertion DataPropertyAssertion FunctionalDataProperty",
    ),
    "domain": (
        'd:x a cartkg:Claim ; cartkg:patientCount "3"^^xsd:nonNegativeInteger .',
        "ontology-disjoint",
        "ClassAssertion DataPropertyAssertion DataPropertyDomain DisjointClasses",
    ),
    "datatype of a value": (
        'd:x cartkg:patientCount "many" .',
        "ontology-datatype",
        "DataPropertyAssertion DataPropertyRange",
    ),
}
WHOLE = {
    "functional property with two things": (
        "d:x cartkg:timeKind d:a, d:b .",
        "ontology-functional",
        "FunctionalObjectProperty ObjectPropertyAssertion ObjectPropertyAssertion",
    ),
    "range": (
        "d:x cartkg:hasCohort d:y . d:y a cartkg:Claim .",
        "ontology-disjoint",
        "ClassAssertion DisjointClasses ObjectPropertyAssertion ObjectPropertyRange",
    ),
    "range of the values of a class": (
        f"cartkg:Q {_RESTRICTED}hasCohort ; owl:someValuesFrom cartkg:Claim ] .",
        "ontology-unsatisfiable",
        "DisjointClasses ObjectPropertyRange SubClassOf",
    ),
    "datatype of the values of a class": (
        f'cartkg:Q {_RESTRICTED}patientCount ; owl:hasValue "many" ] .',
        "ontology-unsatisfiable",
        "DataPropertyRange SubClassOf",
    ),
    "cardinality": (
        (
            f'cartkg:Q {_RESTRICTED}conflictKind ; owl:maxCardinality "0"^^xsd:nonNegativeInteger ] . '
            "d:x a cartkg:Q ; cartkg:conflictKind d:y ."
        ),
        "ontology-functional",
        "ClassAssertion ObjectPropertyAssertion SubClassOf",
    ),
    "complement of a class": (
        "cartkg:Q a owl:Class ; rdfs:subClassOf cartkg:Study, [ a owl:Class ; owl:complementOf cartkg:Study ] .",
        "ontology-unsatisfiable",
        "SubClassOf SubClassOf",
    ),
    "complement of the class of a thing": (
        (
            "cartkg:Q a owl:Class ; rdfs:subClassOf [ a owl:Class ; owl:complementOf cartkg:Study ] . "
            "d:x a owl:NamedIndividual, cartkg:Q, cartkg:Study ."
        ),
        "ontology-disjoint",
        "ClassAssertion ClassAssertion SubClassOf",
    ),
    "same and different": (
        "d:x a owl:NamedIndividual ; owl:sameAs d:y ; owl:differentFrom d:y . d:y a owl:NamedIndividual .",
        "ontology-excluded",
        "DifferentIndividuals SameIndividual",
    ),
    "irreflexive property": (
        "cartkg:near a owl:ObjectProperty, owl:IrreflexiveProperty . d:x cartkg:near d:x .",
        "ontology-excluded",
        "IrreflexiveObjectProperty ObjectPropertyAssertion",
    ),
    "asymmetric property": (
        "cartkg:near a owl:ObjectProperty, owl:AsymmetricProperty . d:x cartkg:near d:y . d:y cartkg:near d:x .",
        "ontology-excluded",
        "AsymmetricObjectProperty ObjectPropertyAssertion ObjectPropertyAssertion",
    ),
    "disjoint properties": (
        (
            "cartkg:near a owl:ObjectProperty ; owl:propertyDisjointWith cartkg:far . "
            "cartkg:far a owl:ObjectProperty . d:x cartkg:near d:y ; cartkg:far d:y ."
        ),
        "ontology-excluded",
        "DisjointObjectProperties ObjectPropertyAssertion ObjectPropertyAssertion",
    ),
}
KINDS = [
    *(pytest.param(*case, id=kind) for kind, case in QUICK.items()),
    *(pytest.param(*case, id=kind, marks=pytest.mark.whole) for kind, case in WHOLE.items()),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return replace(projects.find(ROOT), work=tmp_path_factory.mktemp("work"))


def _edited(project: Project, folder: Path, edit: str) -> tuple[Reading, Project]:
    changed = Project(folder, project.work)
    for path in (*project.ontology_files(), *(project.ontology / "rules").iterdir()):
        copy = folder / path.relative_to(project.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (changed.ontology / "edit.ttl").write_text(PREFIXES + edit, "utf-8")
    return read(changed.ontology_files(), changed), changed


def _found(reading: Reading, project: Project) -> list[Diagnostic]:
    return ontology_diagnostics(reading, project) or grounded_clashes(reading.graph, reading, project)


@pytest.mark.parametrize(("edit", "rule", "axioms"), KINDS)
def test_a_contradiction_names_the_axioms_and_facts_at_fault(
    edit: str, rule: str, axioms: str, project: Project, tmp_path: Path
) -> None:
    diagnostics = _found(*_edited(project, tmp_path, edit))
    assert {diagnostic.rule for diagnostic in diagnostics} == {rule}
    for diagnostic in diagnostics:
        told = diagnostic.message.split("change one of: ")[1].split("; ")
        assert Counter(each.partition("(")[0] for each in told) == Counter(axioms.split())
        assert all(re.search(r" \(\w+\.ttl:\d+\)$", each) for each in told)
        assert any("(edit.ttl:" in each for each in told)


def test_a_long_list_of_disjoint_classes_is_written_short(project: Project, tmp_path: Path) -> None:
    (diagnostic,) = _found(*_edited(project, tmp_path, QUICK["domain"][0]))
    assert re.search(
        r"DisjointClasses\(<cartkg:Claim> <cartkg:Cohort> and \d+ more\) \(study\.ttl:\d+\)", diagnostic.message
    )


VALUES = (
    ("3", "integer", "nonNegativeInteger", True),
    ("-3", "integer", "nonNegativeInteger", False),
    ("0", "integer", "positiveInteger", False),
    ("3", "nonNegativeInteger", "integer", True),
    ("3", "integer", "decimal", True),
    ("3.0", "decimal", "integer", True),
    ("3.5", "decimal", "integer", False),
    ("many", "nonNegativeInteger", "nonNegativeInteger", False),
    ("many", "string", "nonNegativeInteger", False),
    ("true", "boolean", "boolean", True),
    ("yes", "boolean", "boolean", False),
    ("2026", "gYear", "date", False),
    ("2026-11-22", "date", "date", True),
    ("x", "hexBinary", "hexBinary", True),
)


@pytest.mark.parametrize(("text", "given", "wanted", "expected"), VALUES)
def test_a_value_lies_in_a_datatype_or_not(text: str, given: str, wanted: str, *, expected: bool) -> None:
    assert fits(ox.Literal(text, datatype=ox.NamedNode(f"{XSD}{given}")), f"{XSD}{wanted}") == expected
