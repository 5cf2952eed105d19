"""A graph in; cohorts, overlap statements, and findings out, as the rules and bounds of this package want them.

Beside the overlaps that the data states, three things that two studies may have in common leave an overlap open even
where nobody states one: a registered trial (likely), a site together with a disease, and a named product together with
a disease (unknown). A study stands as a cohort of its own around all its cohorts, with no number.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, QuerySolutions

from cartkg.errors import QueryError
from cartkg.namespaces import TERM
from cartkg.synthesis.cohorts import Cohort, Degree, Overlap
from cartkg.synthesis.conflicts import Quantity, Stated, Window
from cartkg.synthesis.sharing import Sharing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartkg.graph import KnowledgeGraph

_HEAD = f"PREFIX cartkg: <{TERM}>\nPREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
_COHORTS = """
SELECT ?cohort ?study ?label ?patients WHERE {
  ?cohort cartkg:ofStudy ?study .
  OPTIONAL { ?cohort rdfs:label ?label }
  OPTIONAL { ?cohort cartkg:patientCount ?patients }
}
"""
_DISEASES = """
SELECT ?cohort ?disease ?kind WHERE {
  ?cohort cartkg:hasDisease ?disease . ?disease (rdfs:subClassOf|cartkg:broaderDisease)* ?kind
}
"""
_WITHIN = """
SELECT ?inner ?outer WHERE {
  { ?inner cartkg:partOfCohort ?outer } UNION { ?inner cartkg:samePatientsAs ?outer }
  UNION { ?outer cartkg:samePatientsAs ?inner }
}
"""
_OVERLAPS = """
SELECT ?overlap ?degree ?side ?basis ?low ?high WHERE {
  ?overlap cartkg:overlapDegree ?degree ; cartkg:overlapBetween ?side .
  OPTIONAL { ?overlap cartkg:basis ?basis }
  OPTIONAL { ?overlap cartkg:sharedPatientsLow ?low }
  OPTIONAL { ?overlap cartkg:sharedPatientsHigh ?high }
}
"""
_REVIEWS = """
SELECT DISTINCT ?study WHERE {
  { ?class rdfs:subClassOf* cartkg:Review . ?publication a ?class ; cartkg:reportsStudy ?study }
  UNION { ?study cartkg:studyDesign cartkg:design-systematic-review }
  UNION { ?study cartkg:studyDesign cartkg:design-meta-analysis }
}
"""
_STUDIES = """
SELECT ?study ?label ?trial ?site ?product WHERE {
  { SELECT DISTINCT ?study WHERE { ?cohort cartkg:ofStudy ?study } }
  OPTIONAL { ?study rdfs:label ?label }
  OPTIONAL { ?study (cartkg:reportedIn|^cartkg:reportsStudy)?/cartkg:registeredAs ?trial }
  OPTIONAL { ?study cartkg:conductedAt ?site }
  OPTIONAL { ?study cartkg:evaluates/cartkg:ofProduct? ?product . ?product a cartkg:CellProduct }
}
"""
_FINDINGS = """
SELECT ?finding ?label ?cohort ?patients ?measure ?kind ?time ?from ?until ?timeUnit ?numerator ?denominator ?value
  ?unit ?statistic ?comparator ?quantity ?low ?high ?grade ?unsaid ?doubtful ?severity ?drug ?qualifier ?aspect ?result
  ?text ?described WHERE {
  ?finding cartkg:ofCohort ?cohort ; cartkg:measure ?measure .
  OPTIONAL { ?finding rdfs:label ?label }
  OPTIONAL { ?cohort cartkg:patientCount ?patients }
  OPTIONAL { ?finding cartkg:timeKind ?kind }
  OPTIONAL { ?finding cartkg:timeValue ?time }
  OPTIONAL { ?finding cartkg:timeLow ?from }
  OPTIONAL { ?finding cartkg:timeHigh ?until }
  OPTIONAL { ?finding cartkg:timeUnit ?timeUnit }
  OPTIONAL { ?finding cartkg:numerator ?numerator }
  OPTIONAL { ?finding cartkg:denominator ?denominator }
  OPTIONAL { ?finding cartkg:value ?value }
  OPTIONAL { ?finding cartkg:unit ?unit }
  OPTIONAL { ?finding cartkg:statistic ?statistic }
  OPTIONAL { ?finding cartkg:comparator ?comparator }
  OPTIONAL { ?finding cartkg:quantityKind ?quantity }
  OPTIONAL { ?finding cartkg:gradeLow ?low }
  OPTIONAL { ?finding cartkg:gradeHigh ?high }
  OPTIONAL { ?finding cartkg:gradeText ?grade }
  OPTIONAL { ?finding cartkg:severityWord ?severity }
  OPTIONAL { ?finding cartkg:aboutDrug ?drug }
  OPTIONAL { ?finding cartkg:qualifierText ?qualifier }
  OPTIONAL { ?finding cartkg:aspect ?aspect }
  OPTIONAL { ?finding cartkg:resultKind ?result }
  OPTIONAL { ?finding a cartkg:CharacteristicFinding ; cartkg:resultText ?text }
  BIND(EXISTS { ?finding a cartkg:CharacteristicFinding } AS ?described)
  BIND(EXISTS { ?finding cartkg:denominatorNotReported true } AS ?unsaid)
  BIND(EXISTS { ?finding cartkg:doubtful true } AS ?doubtful)
}
"""
_COUNTED = """
SELECT DISTINCT ?measure WHERE {
  VALUES ?kind {
    cartkg:StateCriterion cartkg:ResponseCriterion cartkg:EventMeasure cartkg:AdverseEventTerm
    cartkg:CharacteristicMeasure
  }
  ?class rdfs:subClassOf* ?kind . ?measure a ?class
}
"""

#: A cohort named for this is mixed: it may hold patients with any disease of ours.
_ANY_AUTOIMMUNE = "http://purl.obolibrary.org/obo/MONDO_0007179"

#: What else tells two findings of one measure apart: another drug, another result, onset and duration.
_TELLING_APART = ("drug", "qualifier", "aspect", "severity", "result", "text")

Row = dict[str, str]


def read_sharing(graph: KnowledgeGraph) -> Sharing:
    """Read every cohort and every statement on shared patients."""
    sizes: dict[str, set[int]] = defaultdict(set)
    named: dict[str, str] = {}
    study: dict[str, str] = {}
    for row in _rows(graph, _COHORTS):
        iri = row["cohort"]
        study[iri] = row["study"]
        named[iri] = row.get("label", _tail(iri))
        if "patients" in row:
            sizes[iri].add(int(row["patients"]))
    within: dict[str, set[str]] = defaultdict(set)
    for row in _rows(graph, _WITHIN):
        within[row["inner"]].add(row["outer"])
    diseases: dict[str, set[str]] = defaultdict(set)
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in _rows(graph, _DISEASES):
        for cohort in _around(row["cohort"], within):
            diseases[cohort].add(row["disease"])
            kinds[cohort].add(row["kind"])
    mixed = {cohort for cohort, named_for in diseases.items() if _ANY_AUTOIMMUNE in named_for}
    reviews = {row["study"] for row in _rows(graph, _REVIEWS)}
    cohorts = [
        Cohort(
            iri,
            named[iri],
            min(sizes[iri], default=0),
            max(sizes[iri], default=None),
            study[iri],
            frozenset(within[iri] | {study[iri]}),
            frozenset() if iri in mixed else frozenset(diseases[iri]),
            frozenset() if iri in mixed else frozenset(kinds[iri]),
            review=study[iri] in reviews,
        )
        for iri in sorted(study)
    ]
    studies = [Cohort(iri, _tail(iri), 0, None, iri) for iri in sorted(set(study.values()))]
    return Sharing([*cohorts, *studies], [*_stated(graph), *_in_common(graph, cohorts)])


def _around(cohort: str, within: dict[str, set[str]]) -> set[str]:
    """Give a cohort and all that hold it: a whole has the diseases of its parts."""
    found: set[str] = set()
    waiting = [cohort]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting.extend(within.get(here, ()))
    return found


def _stated(graph: KnowledgeGraph) -> Iterator[Overlap]:
    sides: dict[str, set[str]] = defaultdict(set)
    rows: dict[str, Row] = {}
    for row in _rows(graph, _OVERLAPS):
        sides[row["overlap"]].add(row["side"])
        rows[row["overlap"]] = row
    for iri, row in sorted(rows.items()):
        degree = Degree(row["degree"].removeprefix(TERM))
        low, high = (int(row[name]) if name in row else None for name in ("low", "high"))
        for first, second in combinations(sorted(sides[iri]), 2):
            yield Overlap(first, second, degree, row.get("basis", "no reason given"), low, high)


def _in_common(graph: KnowledgeGraph, cohorts: Iterable[Cohort]) -> Iterator[Overlap]:
    own: dict[str, set[str]] = defaultdict(set)
    kinds: dict[str, set[str]] = defaultdict(set)
    for cohort in cohorts:
        own[cohort.study] |= cohort.diseases
        kinds[cohort.study] |= cohort.kinds
    shared: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in _rows(graph, _STUDIES):
        for what in ("trial", "site", "product"):
            if what in row:
                shared[what, row[what]].add(row["study"])
    for (what, thing), studies in sorted(shared.items()):
        for first, second in combinations(sorted(studies), 2):
            if what == "trial":
                yield Overlap(first, second, Degree.LIKELY, f"one registered trial, {_tail(thing)}")
            elif own[first] & kinds[second] or own[second] & kinds[first]:
                yield Overlap(first, second, Degree.UNKNOWN, f"one {what} and disease, {_tail(thing)}")


def read_stated(graph: KnowledgeGraph) -> list[Stated]:
    """Read every finding as the conflict rules need it, sorted by IRI."""
    counted = {row["measure"] for row in _rows(graph, _COUNTED)}
    found: dict[str, Stated] = {}
    for row in _rows(graph, _FINDINGS):
        quantity = None
        if "value" in row:
            names = (row.get(name, "").removeprefix(TERM) for name in ("statistic", "comparator", "quantity"))
            quantity = Quantity(Decimal(row["value"]), _tail(row.get("unit", "")), *names)
        found[row["finding"]] = Stated(
            iri=row["finding"],
            cohort=row["cohort"],
            measure=row["measure"],
            label=row.get("label", _tail(row["finding"])),
            window=_window(row),
            numerator=_count(row, "numerator"),
            denominator=_count(row, "denominator"),
            quantity=quantity,
            grade=_grade(row),
            about=" ".join(row.get(name, "") for name in _TELLING_APART).strip(),
            patients=_count(row, "patients"),
            counts_patients=row["measure"] in counted,
            characteristic=row["described"] == "true",
            of_unknown=row["unsaid"] == "true",
            doubtful=row["doubtful"] == "true",
        )
    return [found[iri] for iri in sorted(found)]


def _window(row: Row) -> Window:
    time, low, high = (Decimal(row[name]) if name in row else None for name in ("time", "from", "until"))
    return Window(row.get("kind", "").removeprefix(TERM), time, row.get("timeUnit", ""), low, high)


def _grade(row: Row) -> str:
    low, high = row.get("low"), row.get("high")
    if low is None and high is None:
        return row.get("grade", "")
    return str(low) if low == high else f"{low or ''}-{high or ''}"


def _count(row: Row, name: str) -> int | None:
    return int(row[name]) if name in row else None


def _tail(iri: str) -> str:
    """Give what stands behind the kind in one of our IRIs, for a name where there is no label."""
    return "/".join(iri.split("/")[5:]) or iri


def _rows(graph: KnowledgeGraph, text: str) -> Iterator[Row]:
    result = graph.query(_HEAD + text)
    if not isinstance(result, QuerySolutions):
        raise QueryError("a reading query of the synthesis selects rows")
    names = [variable.value for variable in result.variables]
    for solution in result:
        terms = ((name, solution[name]) for name in names)
        yield {name: term.value for name, term in terms if isinstance(term, NamedNode | Literal)}
