"""Statements on shared patients that cannot all be true: the check names each with the dossier and the line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pyoxigraph as ox
import pytest

from cartkg.graph import KnowledgeGraph
from cartkg.namespaces import BASE, GRAPH_COUNTS, TERM, Prefixes
from cartkg.pipeline import building
from cartkg.pipeline.checking import check
from cartkg.pipeline.inputs.curation import compile_project
from cartkg.pipeline.inputs.options import CheckOptions, CheckStage
from cartkg.pipeline.inputs.sources import CorpusStore
from cartkg.pipeline.stages import patients
from cartkg.pipeline.stages.rules import PATIENTS
from cartkg.synthesis import read_relations
from cartkg.synthesis.counting.counts import clashing
from cartkg.synthesis.questions.groups import PatientGroup
from cartkg.synthesis.reports.tables import prepare
from cartkg.validation.conformance import NOT_EVALUATED

if TYPE_CHECKING:
    from cartkg.pipeline.building import Stage
    from cartkg.project import Project
    from cartkg.validation.reporting.locating import Locator

OVERLAP = """
overlaps:
- id: wrong
  between: [c1, {other}]
  degree: {degree}
{shared}  basis: [same-numbers]
  says: Stated to be contradicted.
  by: curator
"""

#: Dossier, what is appended to it, the rule that must name it, and words of the message.
APPENDED = {
    "zhao-2025-acr-im19": (
        OVERLAP.format(other="mueller-2024-nejm#sle", degree="known", shared=""),
        PATIENTS,
        "which cannot share patients (treated in DE; in CN)",
    ),
    "hn2301-2025-nejm-invivo": (
        OVERLAP.format(other="high-dose", degree="excluded", shared=""),
        PATIENTS,
        "one is part of the other, but they are stated to share no patients",
    ),
    "krickau-2024-lancet": (
        OVERLAP.format(other="mueller-2024-nejm#sle", degree="known", shared="  shared: {low: 3, high: 3}\n"),
        "overlap-above-cohort-violation",
        "3 patients are shared with a cohort of 1",
    ),
}


@pytest.mark.whole
def test_statements_that_cannot_all_hold_are_named_at_their_line(tmp_project: Project) -> None:
    for key, (text, _, _) in APPENDED.items():
        path = tmp_project.dossiers / f"{key}.yaml"
        path.write_text(path.read_text("utf-8") + text, "utf-8")
    circle = tmp_project.dossiers / "autolus-2025-ash-carlysle.yaml"
    written = circle.read_text("utf-8")
    circle.write_text(
        written.replace("  n: 9\n  n_is: treated\n", "  n: 9\n  n_is: treated\n  part_of: [d50]\n"), "utf-8"
    )
    keys = [*APPENDED, circle.stem]
    for path, data in compile_project(tmp_project, keys).files.items():
        path.write_bytes(data)
    found = check(tmp_project, CheckOptions(only=frozenset({CheckStage.CHECKS}))).diagnostics
    told = {(each.file.stem if each.file else "", each.rule): each for each in found}
    for key, (_, rule, message) in APPENDED.items():
        diagnostic = told[key, rule]
        assert message in diagnostic.message
        assert diagnostic.file == tmp_project.dossiers / f"{key}.yaml"
        line = diagnostic.file.read_text("utf-8").splitlines()[diagnostic.line - 1]
        assert "id: " in line, line
    assert (circle.stem, "cohort-part-cycle-violation") in told
    assert {stem for stem, rule in told if rule == PATIENTS} == {
        key for key, (_, rule, _) in APPENDED.items() if rule == PATIENTS
    }


@pytest.mark.whole
def test_data_that_cannot_be_counted_is_named_and_the_answer_is_kept(tmp_project: Project) -> None:
    study = tmp_project.data / "mueller-2024-nejm.ttl"
    written = study.read_text("utf-8")
    assert 'cartkg:patientCount "8"' in written
    study.write_text(written.replace('cartkg:patientCount "8"', 'cartkg:patientCount "eight"', 1), "utf-8")
    options = CheckOptions(only=frozenset({CheckStage.CHECKS}))
    first, second = (
        [each.message for each in check(tmp_project, options).diagnostics if each.rule == NOT_EVALUATED] for _ in "12"
    )
    assert len(first) == 1
    assert first[0].startswith("shared patients were not checked: ")
    assert second == first
    study.write_text(written, "utf-8")
    assert check(tmp_project, options).diagnostics == ()


#: Ten patients with one or two diseases, ten of them in two parts that have the second disease alone.
MIXED = """
@prefix cartkg: <https://w3id.org/cartkg/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix cohort: <https://w3id.org/cartkg/cohort/> .
@prefix d: <http://purl.obolibrary.org/obo/MONDO_> .
d:1 a cartkg:Disease ; rdfs:label "first disease"@en .
d:2 a cartkg:Disease ; rdfs:label "second disease"@en .
cartkg:Disease a rdfs:Class .
<https://w3id.org/cartkg/study/s> a cartkg:Study .
cohort:all a cartkg:Cohort ; cartkg:ofStudy <https://w3id.org/cartkg/study/s> ; cartkg:patientCount 10 ;
  cartkg:hasDisease d:1, d:2 ; cartkg:dossierRow "s#all" .
cohort:left a cartkg:Cohort ; cartkg:ofStudy <https://w3id.org/cartkg/study/s> ; cartkg:patientCount 5 ;
  cartkg:hasDisease d:2 ; cartkg:partOfCohort cohort:all ; cartkg:dossierRow "s#left" .
cohort:right a cartkg:Cohort ; cartkg:ofStudy <https://w3id.org/cartkg/study/s> ; cartkg:patientCount 5 ;
  cartkg:hasDisease d:2 ; cartkg:partOfCohort cohort:all ; cartkg:dossierRow "s#right" .
<https://w3id.org/cartkg/overlap/s/x> a cartkg:Overlap ; cartkg:overlapDegree cartkg:excludedOverlap ;
  cartkg:overlapBetween cohort:left, cohort:right ; cartkg:dossierRow "s#x" .
"""


def mixed(text: str = MIXED) -> KnowledgeGraph:
    graph = ox.NamedNode("https://w3id.org/cartkg/graph/s")
    parsed = ox.parse(text.encode(), format=ox.RdfFormat.TURTLE)
    return KnowledgeGraph.of_quads(ox.Quad(each.subject, each.predicate, each.object, graph) for each in parsed)


def test_a_contradiction_that_shows_for_one_disease_alone_is_named_by_check() -> None:
    graph = mixed()
    assert read_relations(graph).contradictions == []
    outcome: dict[str, Any] = patients._asked(CorpusStore(graph.store, Prefixes({"cartkg": TERM})))
    ((words, subjects),) = outcome["found"]
    assert words.startswith("the patients counted for first disease cannot all match what these rows state (s#all")
    assert {"s#left", "s#right"} <= set(words.removesuffix(")").partition("(")[2].split(", "))
    assert "https://w3id.org/cartkg/cohort/all" in subjects
    sound = mixed(MIXED.replace("cartkg:patientCount 10", "cartkg:patientCount 11"))
    assert patients._asked(CorpusStore(sound.store, Prefixes({"cartkg": TERM})))["found"] == []


def test_the_build_names_the_counts_that_it_leaves_out() -> None:
    told: list[Stage] = []
    graph = mixed()
    building._count(graph, building._Counted.of(graph), building._Clock(told.append))
    assert "1 counts of distinct patients; 1 refused and left out (disease/mondo-1); run cartkg" in told[0].detail
    assert {str(quad.subject) for quad in graph.quads(GRAPH_COUNTS)} == {f"<{BASE}count/disease/mondo-2>"}


def test_counts_of_a_build_are_not_made_again_by_the_check_of_the_same_files(
    tmp_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = (*tmp_project.data_files(), *tmp_project.ontology_files())
    graph = KnowledgeGraph(Prefixes({"cartkg": TERM}), mixed().store)
    patients.keep(tmp_project, files, graph, tuple(prepare(graph)))
    monkeypatch.setattr(patients, "_asked", lambda _: pytest.fail("made again"))
    locator = SimpleNamespace(facts=SimpleNamespace(files=files[::-1]), locate=lambda _: None)
    (found,) = patients.contradictions(tmp_project, cast("Locator", locator), pytest.fail, ())
    assert "cannot all match what these rows state" in found.message


def test_of_groups_that_cannot_be_together_the_fewest_are_named() -> None:
    graph = mixed()
    relations = read_relations(graph)
    (refused,) = [each for each in prepare(graph) if each.is_refused]
    whole = [PatientGroup(iri, 5, 5, "", whole=True) for iri in relations.cohorts if not iri.endswith("/all")]
    assert clashing(relations, [*refused.count.used, *whole]) == refused.count.used
