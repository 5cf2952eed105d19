"""Read cohorts with their traits, and overlap statements, from a graph."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from cartkg.namespaces import TERM
from cartkg.synthesis.patients.cohorts import Cells, Cohort, Degree, Overlap, Span, Traits
from cartkg.synthesis.patients.relations import Relations
from cartkg.synthesis.reading.rows import rows, tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.graph import KnowledgeGraph
    from cartkg.synthesis.reading.rows import Row

_COHORTS = """
SELECT ?cohort ?study ?label ?row ?counted ?patients ?arm ?role ?from ?to ?cut WHERE {
  ?cohort a cartkg:Cohort ; cartkg:ofStudy ?study .
  OPTIONAL { ?cohort rdfs:label ?label }
  OPTIONAL { ?cohort cartkg:dossierRow ?row }
  OPTIONAL { ?cohort cartkg:countedAs ?counted }
  OPTIONAL { ?cohort cartkg:patientCount ?patients }
  OPTIONAL { ?cohort cartkg:inArm ?arm . ?arm cartkg:armRole ?role }
  OPTIONAL { ?cohort cartkg:enrolledFrom ?from }
  OPTIONAL { ?cohort cartkg:enrolledTo ?to }
  OPTIONAL { ?cohort cartkg:dataCutOffDate ?cut }
}
"""
_PLACES = """
SELECT ?cohort ?country ?site ?siteCountry WHERE {
  { ?cohort cartkg:ofStudy ?study ; cartkg:country ?country }
  UNION { ?cohort cartkg:ofStudy ?study ; cartkg:conductedAt ?site . OPTIONAL { ?site cartkg:country ?siteCountry } }
}
"""
_STUDY_SITES = """
SELECT ?study ?site ?country WHERE {
  ?study a cartkg:Study ; cartkg:conductedAt ?site . OPTIONAL { ?site cartkg:country ?country }
}
"""
_STUDIES = """
SELECT ?study ?trial ?issued ?author ?review ?outside ?retracted WHERE {
  ?study a cartkg:Study .
  { ?study (cartkg:registeredAs|^cartkg:reportsStudy/cartkg:registeredAs) ?trial }
  UNION { ?study ^cartkg:reportsStudy/dcterms:issued ?issued }
  UNION { ?study ^cartkg:reportsStudy/cartkg:authorName ?author }
  UNION { ?study ^cartkg:reportsStudy/a ?review
          FILTER(?review IN (cartkg:SystematicReview, cartkg:MetaAnalysis, cartkg:Review)) }
  UNION { ?study cartkg:outOfScope ?outside }
  UNION { ?study ^cartkg:reportsStudy/cartkg:outOfScope ?outside }
  UNION { ?report cartkg:retractionStatus cartkg:retracted ; cartkg:reportsStudy ?study ; cartkg:dossierRow ?retracted }
}
"""
_DISEASES = """
SELECT ?cohort ?disease WHERE { ?cohort a cartkg:Cohort ; cartkg:hasDisease ?disease }
"""
_KINDS = """
SELECT ?disease ?kind WHERE {
  { SELECT DISTINCT ?disease WHERE { ?cohort a cartkg:Cohort ; cartkg:hasDisease ?disease } }
  ?disease (rdfs:subClassOf|cartkg:broaderDisease)+ ?kind
}
"""
_WITHIN = """
SELECT ?inner ?outer ?same WHERE {
  { ?inner cartkg:partOfCohort ?outer } UNION { ?inner cartkg:samePatientsAs ?same }
}
"""
_OVERLAPS = """
SELECT ?overlap ?degree ?side ?basis ?low ?high ?row ?overrules WHERE {
  ?overlap cartkg:overlapDegree ?degree ; cartkg:overlapBetween ?side .
  OPTIONAL { ?overlap cartkg:basis ?basis }
  OPTIONAL { ?overlap cartkg:sharedPatientsLow ?low }
  OPTIONAL { ?overlap cartkg:sharedPatientsHigh ?high }
  OPTIONAL { ?overlap cartkg:dossierRow ?row }
  OPTIONAL { ?overlap cartkg:overrules ?overrules }
}
"""
_CELLS = """
SELECT ?cohort ?therapy ?product ?developer ?target ?type ?source WHERE {
  ?cohort a cartkg:Cohort ; cartkg:receivedTherapy ?therapy .
  OPTIONAL { ?therapy cartkg:ofProduct ?product OPTIONAL { ?product cartkg:developedBy ?developer } }
  OPTIONAL { ?therapy cartkg:ofProduct?/cartkg:targets ?target }
  OPTIONAL { ?therapy a ?type }
  OPTIONAL { ?therapy cartkg:cellSource ?source }
}
"""
_FEATURES = """
SELECT ?cohort ?patients ?measure ?statistic ?value ?low ?high ?unit ?n ?of WHERE {
  VALUES ?measure { criterion:age criterion:women criterion:men }
  ?finding cartkg:measure ?measure ; cartkg:ofCohort ?cohort ; cartkg:statistic ?statistic .
  OPTIONAL { ?cohort cartkg:patientCount ?patients }
  OPTIONAL { ?finding cartkg:value ?value }
  OPTIONAL { ?finding cartkg:spreadKind cartkg:range ; cartkg:spreadLow ?low }
  OPTIONAL { ?finding cartkg:spreadKind cartkg:range ; cartkg:spreadHigh ?high }
  OPTIONAL { ?finding cartkg:unit ?unit }
  OPTIONAL { ?finding cartkg:numerator ?n }
  OPTIONAL { ?finding cartkg:denominator ?of }
}
"""
_ASSESSED = """
SELECT ?cohort (MAX(?number) AS ?most) WHERE {
  ?finding cartkg:ofCohort ?cohort .
  { ?finding a cartkg:OutcomeFinding } UNION { ?finding a cartkg:SafetyFinding }
  { ?finding cartkg:denominator ?number } UNION { ?finding cartkg:numerator ?number }
  MINUS { ?finding cartkg:timeKind cartkg:baseline }
  MINUS { ?finding cartkg:doubtful true }
} GROUP BY ?cohort
"""

#: A cohort named for this is mixed: it may hold patients with any disease of ours.
_ANY_AUTOIMMUNE = "http://purl.obolibrary.org/obo/MONDO_0007179"
_UNKNOWN_SOURCE = f"{TERM}cellSourceNotReported"
_PLAIN_CELLS = f"{TERM}CellTherapy"
_REASONS = {
    "plannedPatients": "planned, not treated yet",
    "screenedPatients": "screened, not all treated",
    "reportedPatients": "patients of other reports, pooled by a review",
    "untreatedPatients": "not treated with the cells",
    "centres": "centres, not patients",
    "respondents": "people who answered a survey",
    "animals": "animals",
}
_RETRACTED = "its report was retracted"
_ROLES = {
    "comparatorArm": "a comparator arm",
    "untreatedArm": "an untreated arm",
    "armRoleNotReported": "what they received is not stated",
}


@dataclass
class _Gathered:
    """What several queries say of one cohort or study."""

    countries: set[str] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)
    trials: set[str] = field(default_factory=set)
    team: set[str] = field(default_factory=set)
    issued: list[float] = field(default_factory=list)
    excluded: str = ""


def read_relations(graph: KnowledgeGraph) -> Relations:
    """Read every cohort with the traits of its patients, and every statement on shared patients."""
    return Relations(read_cohorts(graph), read_overlaps(graph))


def read_cohorts(graph: KnowledgeGraph) -> list[Cohort]:
    """Read every cohort, sorted by IRI."""
    studies = _studies(graph)
    places = _places(graph)
    traits = _traits(graph)
    assessed = {row["cohort"]: int(row["most"]) for row in rows(graph, _ASSESSED) if "most" in row}
    parts: dict[str, set[str]] = defaultdict(set)
    same: dict[str, set[str]] = defaultdict(set)
    for row in rows(graph, _WITHIN):
        (parts if "outer" in row else same)[row["inner"]].add(row.get("outer") or row["same"])
    found: dict[str, Cohort] = {}
    for row in rows(graph, _COHORTS):
        iri = row["cohort"]
        study = studies.get(row["study"], _Gathered())
        low, high = _size(row, assessed.get(iri, 0))
        if iri in found:
            low, high = min(low, found[iri].low), _larger(high, found[iri].high)
        found[iri] = Cohort(
            iri,
            row.get("label", tail(iri)),
            low,
            high,
            row["study"],
            row.get("arm", ""),
            frozenset(parts[iri]),
            frozenset(same[iri]),
            _placed(traits.get(iri, Traits()), places.get(iri, _Gathered()), study, row),
            row.get("row", ""),
            study.excluded or _reason(row),
            treated=not _is_enrolled(row),
        )
    return [found[iri] for iri in sorted(found)]


def _placed(traits: Traits, place: _Gathered, study: _Gathered, row: Row) -> Traits:
    """Add where and when the patients were treated: as the cohort states it, else as its study does."""
    return replace(
        traits,
        countries=frozenset(place.countries or (() if place.sites else study.countries)),
        sites=frozenset(place.sites or study.sites),
        trials=frozenset(study.trials),
        team=frozenset(study.team),
        period=_period(row, study),
    )


def _larger(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _size(row: Row, assessed: int) -> tuple[int, int | None]:
    """Return fewest and most treated patients; of enrolled ones only those assessed later were treated for certain."""
    if "patients" not in row:
        return (assessed if "counted" in row else 0), None
    number = int(row["patients"])
    return (min(assessed, number) if _is_enrolled(row) else number), number


def _is_enrolled(row: Row) -> bool:
    """Return whether a report does not say that all the patients it counts were treated."""
    return row.get("counted", "").removeprefix(TERM) in ("enrolledPatients", "countedUnitNotStated")


def _reason(row: Row) -> str:
    counted = row.get("counted", "").removeprefix(TERM)
    if counted in _REASONS:
        return _REASONS[counted]
    if "role" not in row:
        return _ROLES["armRoleNotReported"] if counted else ""
    return _ROLES.get(row["role"].removeprefix(TERM), "")


def _period(row: Row, study: _Gathered) -> Span:
    """Return the days of treatment: no one in a report was treated after it appeared or was cut off."""
    lasts = [_day(row[name], last=True) for name in ("to", "cut") if name in row]
    return Span(_day(row["from"], last=False) if "from" in row else None, min([*lasts, *study.issued], default=None))


def _day(text: str, *, last: bool) -> float:
    """Return the first or last day that a date, month or year may mean."""
    year, month, day = ([int(part) for part in text[:10].split("-")] + [0, 0])[:3]
    if day:
        return date(year, month, day).toordinal()
    if not last:
        return date(year, month or 1, 1).toordinal()
    ahead = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
    return ahead.toordinal() - 1


def _studies(graph: KnowledgeGraph) -> dict[str, _Gathered]:
    found: dict[str, _Gathered] = defaultdict(_Gathered)
    for row in rows(graph, _STUDIES):
        study = found[row["study"]]
        if "trial" in row:
            study.trials.add(row["trial"])
        elif "issued" in row:
            study.issued.append(_day(row["issued"], last=True))
        elif "author" in row:
            study.team.add(row["author"])
        elif "review" in row:
            study.excluded = study.excluded or "a review: its patients are those of other reports"
        elif "retracted" in row:
            study.excluded = _RETRACTED
        elif row.get("outside") == "true" and study.excluded != _RETRACTED:
            study.excluded = "out of scope: no patients treated for an autoimmune disease"
    for row in rows(graph, _STUDY_SITES):
        study = found[row["study"]]
        study.sites.add(row["site"])
        if "country" in row:
            study.countries.add(row["country"])
    return found


def _places(graph: KnowledgeGraph) -> dict[str, _Gathered]:
    found: dict[str, _Gathered] = defaultdict(_Gathered)
    for row in rows(graph, _PLACES):
        place = found[row["cohort"]]
        place.sites |= {row["site"]} if "site" in row else set()
        place.countries |= {row[name] for name in ("country", "siteCountry") if name in row}
    return found


def _traits(graph: KnowledgeGraph) -> dict[str, Traits]:
    """Read diseases, cells, ages and sexes."""
    diseases: dict[str, set[str]] = defaultdict(set)
    wider: dict[str, set[str]] = defaultdict(set)
    for row in rows(graph, _KINDS):
        wider[row["disease"]].add(row["kind"])
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in rows(graph, _DISEASES):
        diseases[row["cohort"]].add(row["disease"])
        kinds[row["cohort"]] |= wider[row["disease"]]
    cells, developers = _cells(graph)
    ages, sexes = _features(graph)
    return {
        cohort: Traits(
            developers=frozenset(developers.get(cohort, ())),
            cells=frozenset(cells.get(cohort, ())),
            ages=ages.get(cohort, Span()),
            sexes=frozenset(sexes.get(cohort, ())),
            diseases=frozenset() if _ANY_AUTOIMMUNE in diseases[cohort] else frozenset(diseases[cohort]),
            kinds=frozenset() if _ANY_AUTOIMMUNE in diseases[cohort] else frozenset(kinds[cohort]),
        )
        for cohort in {*diseases, *cells, *ages, *sexes}
    }


def _cells(graph: KnowledgeGraph) -> tuple[dict[str, set[Cells]], dict[str, set[str]]]:
    gathered: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    developers: dict[str, set[str]] = defaultdict(set)
    for row in rows(graph, _CELLS):
        each = gathered[row["cohort"], row["therapy"]]
        for name in ("product", "target", "type", "source"):
            if name in row:
                each[name].add(row[name])
        if "developer" in row:
            developers[row["cohort"]].add(row["developer"])
    cells: dict[str, set[Cells]] = defaultdict(set)
    for (cohort, _), each in gathered.items():
        types = {name for name in each["type"] if name.startswith(TERM)} - {_PLAIN_CELLS}
        sources = frozenset() if _UNKNOWN_SOURCE in each["source"] else frozenset(each["source"])
        product = min(each["product"], default="")
        cells[cohort].add(Cells(product, frozenset(each["target"]), frozenset(types), sources))
    unnamed = {cohort for cohort, received in cells.items() if not all(cell.product for cell in received)}
    return cells, {cohort: names for cohort, names in developers.items() if cohort not in unnamed}


def _features(graph: KnowledgeGraph) -> tuple[dict[str, Span], dict[str, set[str]]]:
    ages: dict[str, Span] = {}
    sexes: dict[str, set[str]] = defaultdict(set)
    for row in rows(graph, _FEATURES):
        cohort, measure = row["cohort"], tail(row["measure"])
        if measure == "age":
            ages[cohort] = _wider(ages.get(cohort), _age(row))
        elif "n" in row and row["n"] == row.get("of") == row.get("patients"):
            sexes[cohort].add(measure)
    return ages, sexes


def _age(row: Row) -> Span:
    years = {"year": 1.0, "month": 1 / 12}.get(tail(row.get("unit", "")))
    if years is None:
        return Span()
    statistic = row["statistic"].removeprefix(TERM)
    value = float(row["value"]) * years if "value" in row else None
    low, high = (float(row[name]) * years if name in row else None for name in ("low", "high"))
    if statistic == "singleValue":
        return Span(value, value) if row.get("patients") == "1" else Span()
    if statistic in ("minimum", "maximum"):
        return Span(value, None) if statistic == "minimum" else Span(None, value)
    return Span(low, high)


def _wider(one: Span | None, other: Span) -> Span:
    """Return what covers both where two sources print different ages; an end that only one gives is kept."""
    if one is None:
        return other
    lows = [end for end in (one.low, other.low) if end is not None]
    highs = [end for end in (one.high, other.high) if end is not None]
    return Span(min(lows, default=None), max(highs, default=None))


def read_overlaps(graph: KnowledgeGraph) -> list[Overlap]:
    """Read every statement on shared patients, sorted by IRI."""
    sides: dict[str, set[str]] = defaultdict(set)
    stated: dict[str, Row] = {}
    for row in rows(graph, _OVERLAPS):
        sides[row["overlap"]].add(row["side"])
        stated[row["overlap"]] = row
    return list(_pairs(stated, sides))


def _pairs(stated: dict[str, Row], sides: dict[str, set[str]]) -> Iterator[Overlap]:
    for iri, row in sorted(stated.items()):
        degree = Degree(row["degree"].removeprefix(TERM))
        low, high = (int(row[name]) if name in row else None for name in ("low", "high"))
        basis, where = row.get("basis", "no reason given"), row.get("row", tail(iri))
        for first, second in combinations(sorted(sides[iri]), 2):
            yield Overlap(first, second, degree, basis, low, high, where, row.get("overrules") == "true")
