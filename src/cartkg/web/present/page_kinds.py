"""A thing's record in, what its page shows out: a template, the evidence under headings, and related things."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.namespaces import BASE
from cartkg.web.present.charts import Chart, charts
from cartkg.web.present.evidence import Evidence, Part, gather, parts
from cartkg.web.present.records import iri_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.web.present.records import Facts, Record

_SAME_COHORT = "?cohort cartkg:ofStudy {it} . "
_GIVEN = (
    "{{ ?cohort cartkg:receivedTherapy {it} }} "
    "UNION {{ ?therapy cartkg:ofProduct {it} . ?cohort cartkg:receivedTherapy ?therapy }} "
)
_HIERARCHY = "/(rdfs:subClassOf|cartkg:broaderDisease)*"
_COUNTED = (
    "?finding cartkg:ofCohort ?cohort ; cartkg:numerator ?n ; cartkg:denominator ?d ; rdf:type ?part . "
    "VALUES ?part {{ cartkg:OutcomeFinding cartkg:SafetyFinding }}"
)
_OVERLAP_OF_STUDY = (
    "{{ ?s cartkg:overlapBetween {it} }} UNION {{ ?s cartkg:overlapBetween ?cohort . ?cohort cartkg:ofStudy {it} }}"
)
_CONFLICTS_SAID = (
    "{{ ?s cartkg:involves {it} }} UNION {{ ?s cartkg:involves ?c . ?c cartkg:claimedBy {it} }} UNION "
    "{{ ?s cartkg:involves ?f . ?c cartkg:asserts ?f ; cartkg:claimedBy {it} }}"
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of thing is shown.

    Attributes:
        template: file under templates/.
        evidence: pattern that binds ?finding, `{it}` standing for the thing; empty for none.
        related: heading -> pattern that binds ?s.
        chart: whether counts are drawn as bars above the tables.
    """

    template: str
    evidence: str = ""
    related: Mapping[str, str] = field(default_factory=dict)
    chart: bool = False


_KINDS: dict[str, _Kind] = {
    "publication": _Kind(
        "kinds/publication.html",
        "?claim cartkg:claimedBy {it} ; cartkg:asserts ?finding .",
        {
            "Studies it reports": "{it} cartkg:reportsStudy ?s",
            "Cohorts": "{it} cartkg:reportsStudy ?study . ?s cartkg:ofStudy ?study",
            "Conflicts involving it": _CONFLICTS_SAID,
            "Publications that restate its results": "?claim cartkg:restates {it} ; cartkg:claimedBy ?s",
            "Remarks": "?s a cartkg:Remark ; cartkg:claimedBy|cartkg:aboutPublication {it}",
            "Pages that were read": "{it} cartkg:hasSource ?s",
        },
    ),
    "study": _Kind(
        "kinds/study.html",
        _SAME_COHORT + "?finding cartkg:ofCohort ?cohort .",
        {
            "Publications": "?s cartkg:reportsStudy {it}",
            "Arms": "{it} cartkg:hasArm ?s",
            "Cohorts": "?s cartkg:ofStudy {it}",
            "Patients shared with others": _OVERLAP_OF_STUDY,
        },
    ),
    "arm": _Kind(
        "kinds/arm.html",
        "",
        {"Cohorts": "?s cartkg:inArm {it}", "Studies": "?s cartkg:hasArm {it}"},
    ),
    "administration": _Kind(
        "kinds/administration.html", "", {"Regimens": "?s cartkg:hasElement|cartkg:withholdsElement {it}"}
    ),
    "cohort": _Kind(
        "kinds/cohort.html",
        "?finding cartkg:ofCohort {it} .",
        {
            "Part of": "{it} cartkg:partOfCohort ?s",
            "Its parts": "?s cartkg:partOfCohort {it}",
            "Patients shared with others": "?s cartkg:overlapBetween {it}",
        },
    ),
    "finding": _Kind(
        "kinds/finding.html",
        "VALUES ?finding {{ {it} }}",
        {
            "Other findings of the same cohort and measure": "{it} cartkg:ofCohort ?cohort ; cartkg:measure ?measure . "
            "?s cartkg:ofCohort ?cohort ; cartkg:measure ?measure . FILTER(?s != {it})",
        },
        chart=True,
    ),
    "claim": _Kind("kinds/claim.html", "{it} cartkg:asserts ?finding ."),
    "conflict": _Kind(
        "kinds/conflict.html",
        "{{ {it} cartkg:involves ?finding }} UNION {{ {it} cartkg:involves ?claim . ?claim cartkg:asserts ?finding }}",
        {"Sides": "{it} cartkg:hasSide ?s"},
    ),
    "overlap": _Kind("kinds/overlap.html", "", {"Who may share patients": "{it} cartkg:overlapBetween ?s"}),
    "therapy": _Kind(
        "kinds/therapy.html",
        _GIVEN + _COUNTED,
        {
            "Cohorts that received it": _GIVEN.replace("?cohort", "?s"),
            "Study therapies": "?s cartkg:ofProduct {it}",
        },
        chart=True,
    ),
    "measure": _Kind(
        "kinds/measure.html",
        "?finding cartkg:measure {it} .",
        {
            "Thresholds": "{it} cartkg:hasThreshold ?s",
            "Range": "{it} cartkg:hasScoreRange ?s",
            "Minimal clinically important differences (MCID)": "{it} cartkg:hasImportantDifference ?s",
            "Components": "{it} cartkg:hasComponent ?s",
            "Events that decide the result": "{it} cartkg:hasOverridingCondition ?s",
            "How it is scored": "{it} cartkg:hasScoringRule ?s",
            "How far back it looks": "{it} cartkg:hasLookBackWindow ?s",
            "How it was tested": "{it} cartkg:hasValidationResult ?s",
            "Definitions": "?s cartkg:definitionOf {it}",
            "Measures that build on it": "?s cartkg:broaderMeasure|cartkg:variantOf|cartkg:baseMeasure {it}",
        },
        chart=True,
    ),
    "disease": _Kind(
        "kinds/disease.html",
        "?cohort cartkg:hasDisease/(rdfs:subClassOf|cartkg:broaderDisease)* {it} . " + _COUNTED,
        {
            "Cohorts": "?s cartkg:hasDisease/(rdfs:subClassOf|cartkg:broaderDisease)* {it}",
            "Narrower diseases": "?s rdfs:subClassOf|cartkg:broaderDisease {it}",
            "Broader diseases": "{it} rdfs:subClassOf|cartkg:broaderDisease ?s . FILTER(ISIRI(?s))",
        },
        chart=True,
    ),
    "trial": _Kind(
        "kinds/trial.html",
        "",
        {
            "Publications": "?s cartkg:registeredAs {it}",
            "Studies": "?p cartkg:registeredAs {it} ; cartkg:reportsStudy ?s",
        },
    ),
    "regimen": _Kind(
        "kinds/regimen.html",
        "",
        {"What is given": "{it} cartkg:hasElement ?s", "Cohorts": "?s cartkg:receivedRegimen {it}"},
    ),
    "target": _Kind("kinds/thing.html", "", {"Cell therapies against it": "?s cartkg:targets {it}"}),
    "drug": _Kind(
        "kinds/thing.html",
        "?finding cartkg:aboutDrug {it} .",
        {"Regimens with it": "?element cartkg:drug {it} ; cartkg:elementOf ?s"},
    ),
    "site": _Kind("kinds/thing.html", "", {"Studies there": "?s cartkg:conductedAt {it}"}),
    "organization": _Kind(
        "kinds/thing.html",
        "",
        {"Products": "?s cartkg:developedBy {it}", "Trials": "?s cartkg:sponsoredBy {it}"},
    ),
    "source": _Kind(
        "kinds/source.html",
        "?claim cartkg:readIn {it} ; cartkg:asserts ?finding .",
        {"Read for": "?s cartkg:hasSource {it}"},
    ),
    "remark": _Kind("kinds/remark.html"),
    "thing": _Kind("kinds/thing.html"),
}
_BY_PATH = {"product": "therapy", "criterion": "measure", "term": "measure"}
_BY_USE = (("measure", "measure"), ("hasDisease", "disease"))


@dataclass(frozen=True, slots=True)
class Related:
    """A heading and the things under it."""

    title: str
    things: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What the page of one thing shows beside its own statements."""

    template: str
    evidence: tuple[Evidence, ...]
    parts: tuple[Part, ...]
    related: tuple[Related, ...]
    charts: tuple[Chart, ...]


def view_of(facts: Facts, record: Record) -> View:
    """Gather what the page of a thing shows."""
    kind = _KINDS[_kind_of(facts, record)]
    token = iri_token(record.iri)
    evidence = gather(facts, kind.evidence.format(it=token)) if kind.evidence else []
    related = tuple(
        Related(title, tuple(found))
        for title, pattern in kind.related.items()
        if (found := facts.records(pattern.format(it=token)))
    )
    divided = parts(evidence)
    return View(kind.template, tuple(evidence), tuple(divided), related, charts(divided) if kind.chart else ())


def _kind_of(facts: Facts, record: Record) -> str:
    path = record.iri.removeprefix(BASE).partition("/")[0] if record.iri.startswith(BASE) else ""
    if path in _KINDS:
        return path
    if path in _BY_PATH:
        return _BY_PATH[path]
    token = iri_token(record.iri)
    for predicate, kind in _BY_USE:
        if facts.truth(f"ASK {{ ?s cartkg:{predicate}{_HIERARCHY if kind == 'disease' else ''} {token} }}"):
            return kind
    return "thing"
