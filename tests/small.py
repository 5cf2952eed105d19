"""A project of three triples and four rules, clean as it stands, for tests to spoil."""

from __future__ import annotations

from pathlib import Path

from cartkg.project import Project

ROOT = Path(__file__).resolve().parents[1]
CARTKG = "https://w3id.org/cartkg/"

HEAD = f"""@prefix cartkg: <{CARTKG}ontology#> .
@prefix cohort: <{CARTKG}cohort/> .
@prefix finding: <{CARTKG}finding/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shapes: <{CARTKG}shapes#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

"""
ONTOLOGY = f"""{HEAD}<{CARTKG}ontology> a owl:Ontology ; owl:versionInfo "2026-11-22" .
cartkg:Cohort a owl:Class . cartkg:Finding a owl:Class .
cartkg:patientCount a owl:DatatypeProperty . cartkg:numerator a owl:DatatypeProperty .
cartkg:doi a owl:DatatypeProperty . cartkg:ofCohort a owl:ObjectProperty .
"""
SHAPES = f"""{HEAD}shapes:CohortShape a sh:NodeShape ; sh:targetClass cartkg:Cohort ;
    sh:property shapes:CohortShape-patientCount .
shapes:CohortShape-patientCount a sh:PropertyShape ; sh:path cartkg:patientCount ;
    sh:minCount 1 ; sh:datatype xsd:nonNegativeInteger ; sh:message "Give the number of patients." .
shapes:FindingShape a sh:NodeShape ; sh:targetClass cartkg:Finding ; sh:closed true ;
    sh:ignoredProperties ( <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ) ;
    sh:message "Use properties of a finding." ;
    sh:property shapes:FindingShape-ofCohort, shapes:FindingShape-numerator, shapes:FindingShape-doi .
shapes:FindingShape-ofCohort a sh:PropertyShape ; sh:path cartkg:ofCohort ; sh:class cartkg:Cohort ;
    sh:message "Name a cohort." .
shapes:FindingShape-numerator a sh:PropertyShape ; sh:path cartkg:numerator ; sh:minCount 1 ;
    sh:message "Give the numerator." .
shapes:FindingShape-doi a sh:PropertyShape ; sh:path cartkg:doi ; sh:pattern "^10\\\\." ;
    sh:message "Write the bare DOI." .
"""
CHECK = """#+ title: A numerator is not above the number of patients.
#+ description: More responders than patients cannot be.
#+ severity: error
PREFIX cartkg: <https://w3id.org/cartkg/ontology#>
SELECT ?subject ?predicate ?object ?message WHERE {
  ?subject cartkg:numerator ?object ; cartkg:ofCohort/cartkg:patientCount ?count .
  FILTER (?object > ?count)
  BIND (cartkg:numerator AS ?predicate)
  BIND ("correct the numerator or the number of patients" AS ?message)
} ORDER BY ?subject
"""


def data(count: int = 5, numerator: int = 3, **more: str) -> str:
    return f"""@prefix cartkg: <{CARTKG}ontology#> .
@prefix cohort: <{CARTKG}cohort/> .
@prefix finding: <{CARTKG}finding/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

cohort:a
    a cartkg:Cohort ;
    cartkg:patientCount "{count}"^^xsd:nonNegativeInteger .

finding:a
    a cartkg:Finding ;
    cartkg:doi "{more.get("doi", "10.1000/x")}" ;
    cartkg:{more.get("link", "ofCohort")} cohort:{more.get("cohort", "a")} ;
    cartkg:numerator {numerator} .
"""


def small_project(folder: Path) -> Project:
    """Write the project into a folder."""
    root = folder / "small"
    for name, text in {
        "ontology/cartkg.ttl": ONTOLOGY,
        "ontology/prefixes.ttl": (ROOT / "ontology" / "prefixes.ttl").read_text("utf-8"),
        "shapes/all.ttl": SHAPES,
        "data/ttl/a.ttl": data(),
        "queries/checks/numerator-violation.rq": CHECK,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return Project(root, root / ".cartkg")
