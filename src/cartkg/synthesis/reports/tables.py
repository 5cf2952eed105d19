"""Compute the most requested counts in advance, as triples.

For every disease that a cohort has or a trial enrols for: alone, with each target, each outcome, and each outcome after
cells of each target; for every target: alone; for every product: alone and with each adverse event. Each is what
`cartkg count` answers to the same question, at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.namespaces import BASE, RDF, RDFS, TERM, XSD
from cartkg.synthesis.counting.counts import assessed, clashing, count_groups
from cartkg.synthesis.patients.cohorts import Contradiction
from cartkg.synthesis.questions.groups import CountedGroups, PatientQuestion
from cartkg.synthesis.reading.lookup import GraphLookup
from cartkg.synthesis.reading.rows import rows
from cartkg.synthesis.reading.stated_relations import read_relations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartkg.graph import KnowledgeGraph
    from cartkg.synthesis.counting.counts import PatientCount
    from cartkg.synthesis.patients.relations import Relations
    from cartkg.synthesis.questions.groups import PatientGroup

_MEASURED = """
SELECT DISTINCT ?measure ?cohort ?finding WHERE {
  ?finding cartkg:measure ?measure ; cartkg:ofCohort ?cohort .
  MINUS { ?finding a cartkg:CharacteristicFinding }
}
"""
_BROADER = "SELECT ?measure ?broader { ?measure cartkg:broaderMeasure+ ?broader }"
_DISEASES = """
SELECT DISTINCT ?disease {
  { ?cohort a cartkg:Cohort ; cartkg:hasDisease ?disease } UNION { ?trial cartkg:trialCondition ?disease }
}
"""
_TARGETS = "SELECT DISTINCT ?target { ?cohort cartkg:receivedTherapy/cartkg:ofProduct?/cartkg:targets ?target }"
_PRODUCTS = "SELECT DISTINCT ?product { ?cohort cartkg:receivedTherapy/cartkg:ofProduct ?product }"
_LABELS = "SELECT ?thing ?label { ?thing rdfs:label ?label FILTER(LANG(?label) IN ('', 'en')) }"
_OVERLAPS = "SELECT ?overlap ?side { ?overlap a cartkg:Overlap ; cartkg:overlapBetween ?side }"


@dataclass(frozen=True, slots=True)
class Prepared:
    """One question that is answered in advance.

    Attributes:
        iri: the node that holds the answer.
        question: what is counted.
        measure: IRI of the outcome or event with all narrower ones; empty where all treated patients count.
        count: the answer; refused where statements on the patients cannot all be true.
        without_press: the answer without what only news, press releases and web pages say.
        assessed: the patients of whom a result says whether they reached the outcome; 0 where all treated count.
    """

    iri: str
    question: PatientQuestion
    measure: str
    count: PatientCount
    without_press: PatientCount
    assessed: int = 0

    @property
    def is_refused(self) -> bool:
        """Return whether there is no number."""
        return bool(self.count.contradictions)


def prepare(graph: KnowledgeGraph) -> Iterator[Prepared]:
    """Answer every question of the tables that some cohort or finding answers, in the order of their IRIs.

    Answers that are refused are among them.
    """
    relations = read_relations(graph)
    lookup = GraphLookup(graph, many=True)
    known: dict[tuple[PatientGroup, ...], PatientCount] = {}

    def answer(question: PatientQuestion) -> PatientCount:
        groups = tuple(CountedGroups(question, relations, lookup).groups)
        if groups not in known:
            known[groups] = count_groups(relations, groups)
        return known[groups]

    for iri, measure, question in sorted(_questions(graph, relations, lookup), key=lambda each: each[0]):
        found = answer(question)
        if found.used:
            sum_assessed = assessed(relations, found.used) if measure else 0
            yield Prepared(iri, question, measure, found, answer(replace(question, press=False)), sum_assessed)


def _questions(
    graph: KnowledgeGraph, relations: Relations, lookup: GraphLookup
) -> Iterator[tuple[str, str, PatientQuestion]]:
    """Yield the node, the measure and the question of each pair that may have an answer."""
    diseases, targets, products = (
        sorted(row[name] for row in rows(graph, text))
        for name, text in (("disease", _DISEASES), ("target", _TARGETS), ("product", _PRODUCTS))
    )
    having = {disease: _having(relations, lookup.narrower(disease) | {disease}) for disease in diseases}
    targeted = {target: lookup.targeted(target) for target in targets}
    yield from ((_node("disease", each), "", PatientQuestion(each)) for each in diseases)
    yield from ((_node("target", each), "", PatientQuestion(target=each)) for each in targets)
    yield from ((_node("product", each), "", PatientQuestion(product=each)) for each in products)
    for disease, target in product(diseases, targets):
        if having[disease] & targeted[target]:
            yield _node("disease-target", disease, target), "", PatientQuestion(disease, target=target)
    for measure, (narrower, cohorts) in _measured(graph).items():
        if measure.startswith(f"{BASE}term/"):
            for given in products:
                if cohorts & lookup.of_product(given):
                    question = PatientQuestion(measures=narrower, event=True, product=given)
                    yield _node("product-event", given, measure), measure, question
            continue
        for disease in diseases:
            if not cohorts & having[disease]:
                continue
            yield _node("disease-measure", disease, measure), measure, PatientQuestion(disease, narrower)
            for target in targets:
                if cohorts & having[disease] & targeted[target]:
                    node = _node("disease-measure-target", disease, measure, target)
                    yield node, measure, PatientQuestion(disease, narrower, target=target)


def _having(relations: Relations, kinds: frozenset[str]) -> frozenset[str]:
    return frozenset(iri for iri, cohort in relations.cohorts.items() if cohort.traits.diseases & kinds)


def _measured(graph: KnowledgeGraph) -> dict[str, tuple[tuple[str, ...], frozenset[str]]]:
    """Return each measure with itself and all narrower ones, and the cohorts with a finding on any of them."""
    cohorts: dict[str, set[str]] = {}
    for row in rows(graph, _MEASURED):
        cohorts.setdefault(row["measure"], set()).add(row["cohort"])
    narrower: dict[str, set[str]] = {measure: set() for measure in cohorts}
    for row in rows(graph, _BROADER):
        narrower.setdefault(row["broader"], set()).add(row["measure"])
    return {
        measure: ((measure, *sorted(below)), frozenset().union(*(cohorts.get(each, ()) for each in (measure, *below))))
        for measure, below in sorted(narrower.items())
    }


def _node(kind: str, *parts: str) -> str:
    """Return the IRI of the count of some things; `_` stands between them, for their own names hold none."""
    names = (part.rpartition("/")[2].replace("_", "-").lower() for part in parts)
    return f"{BASE}count/{kind}/{'_'.join(names)}"


def clashes(graph: KnowledgeGraph, prepared: Iterable[Prepared]) -> Iterator[Contradiction]:
    """Yield each smallest cause of an impossible answer in the tables that no smaller question shows, once.

    Args:
        graph: what was asked.
        prepared: its answers, those that are refused among them.
    """
    relations = read_relations(graph)
    labels = _labels(graph)
    stated = set(relations.contradictions)
    known: list[frozenset[PatientGroup]] = []
    for each in prepared:
        used = frozenset(each.count.used)
        if not each.is_refused or stated & set(each.count.contradictions) or any(core <= used for core in known):
            continue
        core = clashing(relations, used)
        known.append(frozenset(core))
        message = f"the patients counted for {_named(each, labels)} cannot all match what these rows state"
        yield Contradiction(message, tuple(dict.fromkeys(filter(None, _rows(core, relations)))))


def _rows(groups: Iterable[PatientGroup], relations: Relations) -> Iterator[str]:
    """Yield the dossier rows of groups, of their cohorts, and of the cohorts inside these."""
    homes = dict.fromkeys(group.cohort for group in groups)
    yield from (row for group in groups for row in (relations.cohorts[group.cohort].row, group.row))
    yield from (
        cohort.row for iri, cohort in relations.cohorts.items() if not homes.keys().isdisjoint(relations.above(iri))
    )


def _labels(graph: KnowledgeGraph) -> dict[str, str]:
    return {row["thing"]: row["label"] for row in rows(graph, _LABELS)}


def _named(each: Prepared, labels: dict[str, str]) -> str:
    question = each.question
    iris = (question.disease, each.measure, question.target, question.product)
    return ", ".join(labels.get(iri, iri) for iri in iris if iri)


def triples(graph: KnowledgeGraph, prepared: Iterable[Prepared] | None = None) -> Iterator[ox.Triple]:
    """Yield the answers as triples, the graph `graph/counts`; those that are refused have none.

    Args:
        graph: what is counted.
        prepared: the answers, where they are known already.
    """
    labels = _labels(graph)
    sides: dict[str, set[str]] = {}
    for row in rows(graph, _OVERLAPS):
        sides.setdefault(row["overlap"], set()).add(row["side"])
    for each in prepare(graph) if prepared is None else prepared:
        if each.is_refused:
            continue
        node = ox.NamedNode(each.iri)
        for name, value in _statements(each, labels, sides):
            yield ox.Triple(node, ox.NamedNode(name if "://" in name else f"{TERM}{name}"), value)


def _statements(
    each: Prepared, labels: dict[str, str], sides: dict[str, set[str]]
) -> Iterator[tuple[str, ox.NamedNode | ox.Literal]]:
    question, found = each.question, each.count
    asked = {
        "countsDisease": question.disease,
        "countsMeasure": each.measure,
        "countsTarget": question.target,
        "countsProduct": question.product,
    }
    yield f"{RDF}type", ox.NamedNode(f"{TERM}DistinctPatientCount")
    yield f"{RDFS}label", ox.Literal(f"patients counted once: {_named(each, labels)}", language="en")
    yield from ((name, ox.NamedNode(iri)) for name, iri in asked.items() if iri)
    numbers = {
        "fewestPatients": found.low,
        "mostPatients": found.high,
        "fewestPatientsWithoutPress": None if each.without_press.contradictions else each.without_press.low,
        "bareSumOfPatients": found.bare_sum,
        "patientsAssessed": each.assessed if each.measure else None,
    }
    yield from ((name, _number(number)) for name, number in numbers.items() if number is not None)
    cohorts = {group.cohort for group in found.used}
    weighed = sorted(iri for iri, both in sides.items() if both <= cohorts)
    links: dict[str, Iterable[str]] = {
        "countsCohort": cohorts,
        "countedApart": {group.cohort for group in found.apart},
        "leftOpenBy": {group.cohort for group in found.open},
        "countsFinding": {group.finding for group in found.used if group.finding},
        "weighsOverlap": weighed,
    }
    yield from ((name, ox.NamedNode(iri)) for name, iris in links.items() for iri in sorted(iris))


def _number(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=ox.NamedNode(f"{XSD}nonNegativeInteger"))
