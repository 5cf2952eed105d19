"""Read the findings, claims, diseases and treatments that questions need from a graph, each once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.namespaces import TERM
from cartkg.synthesis.reading.rows import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cartkg.graph import KnowledgeGraph
    from cartkg.synthesis.patients.cohorts import Cohort
    from cartkg.synthesis.reading.rows import Row

_PRESS = frozenset({f"{TERM}NewsItem", f"{TERM}PressRelease", f"{TERM}WebPage"})
_CLAIMS = """
SELECT ?thing ?publication ?name ?class ?originality WHERE {
  %s
  ?claim cartkg:asserts ?thing ; cartkg:claimedBy ?publication ; cartkg:originality ?originality .
  ?publication a ?class . OPTIONAL { ?publication cartkg:citationName ?name }
}
"""
_FINDINGS = """
SELECT ?finding ?measure ?cohort ?row ?label ?statistic ?value ?n ?of ?result ?kind ?time ?low ?high ?unit ?counted
  ?comparator ?doubtful ?qualifier ?grade ?lowest ?highest ?severity ?serious WHERE {
  %s
  ?finding cartkg:measure ?measure ; cartkg:ofCohort ?cohort .
  MINUS { ?finding a cartkg:CharacteristicFinding }
  OPTIONAL { ?finding cartkg:dossierRow ?row }
  OPTIONAL { ?finding rdfs:label ?label }
  OPTIONAL { ?finding cartkg:statistic ?statistic }
  OPTIONAL { ?finding cartkg:value ?value }
  OPTIONAL { ?finding cartkg:numerator ?n }
  OPTIONAL { ?finding cartkg:denominator ?of }
  OPTIONAL { ?finding cartkg:resultKind ?result }
  OPTIONAL { ?finding cartkg:timeKind ?kind }
  OPTIONAL { ?finding cartkg:timeValue ?time }
  OPTIONAL { ?finding cartkg:timeLow ?low }
  OPTIONAL { ?finding cartkg:timeHigh ?high }
  OPTIONAL { ?finding cartkg:timeUnit ?unit }
  OPTIONAL { ?finding cartkg:countedAs ?counted }
  OPTIONAL { ?finding cartkg:comparator ?comparator }
  OPTIONAL { ?finding cartkg:doubtful ?doubtful }
  OPTIONAL { ?finding cartkg:qualifierText ?qualifier }
  OPTIONAL { ?finding cartkg:gradeText ?grade }
  OPTIONAL { ?finding cartkg:gradeLow ?lowest }
  OPTIONAL { ?finding cartkg:gradeHigh ?highest }
  OPTIONAL { ?finding cartkg:severityWord ?severity }
  OPTIONAL { ?finding cartkg:seriousEvent ?serious }
}
"""
_WIDER = "SELECT ?kind { <%s> (rdfs:subClassOf|cartkg:broaderDisease)+ ?kind }"
_NARROWER = "SELECT ?kind { ?kind (rdfs:subClassOf|cartkg:broaderDisease)+ <%s> }"
_TARGETED = "SELECT DISTINCT ?cohort { ?cohort cartkg:receivedTherapy/cartkg:ofProduct?/cartkg:targets <%s> }"
_OF_PRODUCT = "SELECT DISTINCT ?cohort { ?cohort cartkg:receivedTherapy/cartkg:ofProduct <%s> }"


@dataclass(frozen=True, slots=True)
class Speakers:
    """Who states a cohort or a finding."""

    citation: str
    own: bool
    press: bool


class GraphLookup:
    """What questions ask of a graph.

    Args:
        graph: where to look.
        many: whether many questions follow, so that all findings are worth reading at once.
    """

    def __init__(self, graph: KnowledgeGraph, *, many: bool = False) -> None:
        self._graph = graph
        self._sets: dict[str, frozenset[str]] = {}
        self._shares: dict[str, dict[str, str]] = {}
        self._others: dict[str, frozenset[str]] = {}
        self._on_cohorts: dict[str, list[Speakers]] | None = None
        self._on_findings = _claims(graph, "?thing cartkg:measure ?measure .") if many else None
        self._findings = _by_measure(rows(graph, _FINDINGS % "")) if many else None

    def wider(self, disease: str) -> frozenset[str]:
        """Return the kinds of disease that a disease is one of."""
        return self._set(_WIDER % disease, "kind")

    def narrower(self, disease: str) -> frozenset[str]:
        """Return the kinds of a disease."""
        return self._set(_NARROWER % disease, "kind")

    def shares(self, disease: str, cohorts: Mapping[str, Cohort]) -> Mapping[str, str]:
        """Return which patients of each cohort have a disease: `all`, `some`, `none` or `unknown`; `all` for none."""
        if disease not in self._shares:
            kinds = self.narrower(disease) | {disease} if disease else frozenset()
            wider = self.wider(disease) if disease else frozenset()
            self._shares[disease] = {
                iri: _share(cohort, kinds, wider, self._narrowest(cohort)) if disease else "all"
                for iri, cohort in cohorts.items()
            }
        return self._shares[disease]

    def _narrowest(self, cohort: Cohort) -> frozenset[str]:
        """Return the stated diseases without those of which another stated one is a kind."""
        stated = cohort.traits.diseases
        return stated.difference(*(self.wider(disease) for disease in stated)) if len(stated) > 1 else stated

    def others(self, disease: str, cohorts: Mapping[str, Cohort]) -> frozenset[str]:
        """Return the cohorts in which no one has a disease."""
        if disease not in self._others:
            shares = self.shares(disease, cohorts)
            self._others[disease] = frozenset(iri for iri, share in shares.items() if share == "none")
        return self._others[disease]

    def targeted(self, target: str) -> frozenset[str]:
        """Return the cohorts that received cells with a target."""
        return self._set(_TARGETED % target, "cohort")

    def of_product(self, product: str) -> frozenset[str]:
        """Return the cohorts that received a product."""
        return self._set(_OF_PRODUCT % product, "cohort")

    def claims_on_cohorts(self) -> Mapping[str, Sequence[Speakers]]:
        """Return who states each cohort."""
        if self._on_cohorts is None:
            self._on_cohorts = _claims(self._graph, "?thing a cartkg:Cohort .")
        return self._on_cohorts

    def claims_on_findings(self, measures: Iterable[str]) -> Mapping[str, Sequence[Speakers]]:
        """Return who states each finding of some measures."""
        if self._on_findings is not None:
            return self._on_findings
        return _claims(self._graph, f"{_values(measures)} ?thing cartkg:measure ?measure .")

    def findings(self, measures: Iterable[str]) -> list[Row]:
        """Return the findings of some measures, each once."""
        if self._findings is not None:
            return [row for measure in measures for row in self._findings.get(measure, ())]
        found = _by_measure(rows(self._graph, _FINDINGS % _values(measures)))
        return [row for several in found.values() for row in several]

    def _set(self, text: str, name: str) -> frozenset[str]:
        if text not in self._sets:
            self._sets[text] = frozenset(row[name] for row in rows(self._graph, text))
        return self._sets[text]


def _share(cohort: Cohort, kinds: frozenset[str], wider: frozenset[str], narrowest: frozenset[str]) -> str:
    stated = cohort.traits.diseases
    if stated & kinds:
        return "all" if cohort.high == 1 or narrowest <= kinds else "some"
    return "none" if stated and not stated & wider else "unknown"


def _values(measures: Iterable[str]) -> str:
    return f"VALUES ?measure {{ {' '.join(f'<{measure}>' for measure in measures)} }}"


def _by_measure(found: Iterable[Row]) -> dict[str, list[Row]]:
    result: dict[str, list[Row]] = defaultdict(list)
    for row in {row["finding"]: row for row in found}.values():
        result[row["measure"]].append(row)
    return result


def _claims(graph: KnowledgeGraph, pattern: str) -> dict[str, list[Speakers]]:
    classes: dict[tuple[str, str, str, str], set[str]] = {}
    for row in rows(graph, _CLAIMS % pattern):
        key = (row["thing"], row["publication"], row.get("name", row["publication"]), row["originality"])
        classes.setdefault(key, set()).add(row["class"])
    found: dict[str, list[Speakers]] = {}
    for (thing, _, name, originality), kinds in classes.items():
        own = originality == f"{TERM}ownResult"
        found.setdefault(thing, []).append(Speakers(name, own, bool(kinds & _PRESS)))
    return found
