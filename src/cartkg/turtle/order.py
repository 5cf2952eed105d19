"""The order of predicates in a block: `a`, label, identifiers, links, values, provenance."""

from __future__ import annotations

from cartkg.namespaces import BASE, OWL, RDF, RDFS, SH, SKOS, TERM

_DCTERMS = "http://purl.org/dc/terms/"
_PROV = "http://www.w3.org/ns/prov#"

_LABELS = (
    f"{RDF}type",
    f"{RDFS}label",
    f"{SKOS}prefLabel",
    f"{_DCTERMS}title",
    f"{TERM}citationName",
    f"{TERM}cohortName",
    f"{SH}name",
    f"{SKOS}altLabel",
)
_IDENTIFIERS = (
    f"{_DCTERMS}identifier",
    f"{SKOS}notation",
    f"{TERM}doi",
    f"{TERM}pmid",
    f"{TERM}pmcid",
    f"{TERM}registeredAs",
    f"{TERM}ucumCode",
    f"{SH}prefix",
    f"{SH}namespace",
    f"{SH}targetClass",
    f"{SH}path",
    f"{OWL}onProperty",
    f"{OWL}versionIRI",
    f"{OWL}versionInfo",
)
#: Values that are read as one: n before N, value before its unit, low before high.
_VALUES = (
    f"{SKOS}definition",
    f"{SH}description",
    f"{SH}message",
    f"{TERM}timeKind",
    f"{TERM}timeValue",
    f"{TERM}timeLow",
    f"{TERM}timeHigh",
    f"{TERM}timeUnit",
    f"{TERM}timeStatistic",
    f"{TERM}timeText",
    f"{TERM}statistic",
    f"{TERM}quantityKind",
    f"{TERM}comparator",
    f"{TERM}numerator",
    f"{TERM}denominator",
    f"{TERM}eventCount",
    f"{TERM}value",
    f"{TERM}unit",
    f"{TERM}spreadKind",
    f"{TERM}spreadLow",
    f"{TERM}spreadHigh",
    f"{TERM}spreadWidth",
    f"{TERM}spreadNumber",
    f"{TERM}confidenceLevel",
    f"{TERM}doseValue",
    f"{TERM}doseLow",
    f"{TERM}doseHigh",
    f"{TERM}receivedCount",
    f"{TERM}receivedOf",
    f"{TERM}sharedPatientsLow",
    f"{TERM}sharedPatientsHigh",
    f"{TERM}enrolledFrom",
    f"{TERM}enrolledTo",
    f"{TERM}gradingSystem",
    f"{TERM}gradeLow",
    f"{TERM}gradeHigh",
    f"{TERM}resultKind",
    f"{TERM}resultDegree",
    f"{TERM}qualifierText",
    f"{TERM}resultText",
    f"{TERM}sideRank",
    f"{TERM}sideText",
)
_PROVENANCE = (
    f"{TERM}claimedBy",
    f"{TERM}statedBy",
    f"{TERM}judgedBy",
    f"{TERM}readIn",
    f"{TERM}place",
    f"{TERM}originality",
    f"{TERM}restates",
    f"{TERM}restatesUnrecorded",
    f"{TERM}readLevel",
    f"{TERM}readLevelText",
    f"{TERM}readCertainty",
    f"{TERM}readBy",
    f"{TERM}checkedBy",
    f"{TERM}pageReadOn",
    f"{TERM}dossierRow",
    f"{TERM}note",
    f"{SKOS}editorialNote",
    f"{_DCTERMS}source",
    f"{_DCTERMS}license",
    f"{RDFS}seeAlso",
    f"{RDFS}isDefinedBy",
)

_PLACES: dict[str, tuple[int, int]] = {
    iri: (group, place)
    for group, iris in ((0, _LABELS), (1, _IDENTIFIERS), (3, _VALUES), (4, _PROVENANCE))
    for place, iri in enumerate(iris)
}
_LAST = 1_000


def predicate_order(predicate: str, written: str, *, links: bool) -> tuple[int, int, str]:
    """Return a predicate's sort key.

    Args:
        predicate: its IRI.
        written: how it is written; predicates of one group that have no fixed place are sorted by it.
        links: whether its objects are things rather than literals.
    """
    place = _PLACES.get(predicate)
    if place is not None:
        return (*place, written)
    if predicate.startswith(_PROV):
        return (4, _LAST, written)
    if predicate.startswith((BASE, RDFS)) or links:
        return (2 if links else 3, _LAST, written)
    return (3, _LAST, written)
