"""Gather the evidence on a thing and its related things under headings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.facts.evidence import Evidence, gather
from cartkg.facts.records import iri_token
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.facts.records import Record, Records

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
#: Heading of what pages state about a trial: its statuses, numbers of patients and dates.
TRIAL_HISTORY = "History"


@dataclass(frozen=True, slots=True)
class RecordKind:
    """What pages show of things of one kind.

    Attributes:
        name: its name.
        evidence: pattern that binds ?finding, `{it}` standing for the thing; empty for none.
        related: heading -> pattern that binds ?s.
    """

    name: str
    evidence: str = ""
    related: Mapping[str, str] = field(default_factory=dict)


_KINDS: dict[str, RecordKind] = {
    "publication": RecordKind(
        "publication",
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
    "study": RecordKind(
        "study",
        _SAME_COHORT + "?finding cartkg:ofCohort ?cohort .",
        {
            "Publications": "?s cartkg:reportsStudy {it}",
            "Arms": "{it} cartkg:hasArm ?s",
            "Cohorts": "?s cartkg:ofStudy {it}",
            "Patients shared with others": _OVERLAP_OF_STUDY,
        },
    ),
    "arm": RecordKind(
        "arm",
        "",
        {"Cohorts": "?s cartkg:inArm {it}", "Studies": "?s cartkg:hasArm {it}"},
    ),
    "administration": RecordKind(
        "administration", "", {"Regimens": "?s cartkg:hasElement|cartkg:withholdsElement {it}"}
    ),
    "cohort": RecordKind(
        "cohort",
        "?finding cartkg:ofCohort {it} .",
        {
            "Part of": "{it} cartkg:partOfCohort ?s",
            "Its parts": "?s cartkg:partOfCohort {it}",
            "Patients shared with others": "?s cartkg:overlapBetween {it}",
        },
    ),
    "finding": RecordKind(
        "finding",
        "VALUES ?finding {{ {it} }}",
        {
            "Other findings of the same cohort and measure": "{it} cartkg:ofCohort ?cohort ; cartkg:measure ?measure . "
            "?s cartkg:ofCohort ?cohort ; cartkg:measure ?measure . FILTER(?s != {it})",
        },
    ),
    "claim": RecordKind("claim", "{it} cartkg:asserts ?finding ."),
    "conflict": RecordKind(
        "conflict",
        "{{ {it} cartkg:involves ?finding }} UNION {{ {it} cartkg:involves ?claim . ?claim cartkg:asserts ?finding }}",
        {"Sides": "{it} cartkg:hasSide ?s"},
    ),
    "overlap": RecordKind("overlap", "", {"Who may share patients": "{it} cartkg:overlapBetween ?s"}),
    "therapy": RecordKind(
        "therapy",
        _GIVEN + _COUNTED,
        {
            "Cohorts that received it": _GIVEN.replace("?cohort", "?s"),
            "Study therapies": "?s cartkg:ofProduct {it}",
        },
    ),
    "measure": RecordKind(
        "measure",
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
    ),
    "disease": RecordKind(
        "disease",
        "?cohort cartkg:hasDisease/(rdfs:subClassOf|cartkg:broaderDisease)* {it} . " + _COUNTED,
        {
            "Cohorts": "?s cartkg:hasDisease/(rdfs:subClassOf|cartkg:broaderDisease)* {it}",
            "Narrower diseases": "?s rdfs:subClassOf|cartkg:broaderDisease {it}",
            "Broader diseases": "{it} rdfs:subClassOf|cartkg:broaderDisease ?s . FILTER(ISIRI(?s))",
        },
    ),
    "trial": RecordKind(
        "trial",
        "",
        {
            "Publications": "?s cartkg:registeredAs {it}",
            "Studies": "?p cartkg:registeredAs {it} ; cartkg:reportsStudy ?s",
            TRIAL_HISTORY: "{it} cartkg:hasTrialEntry ?s",
        },
    ),
    "regimen": RecordKind(
        "regimen",
        "",
        {"What is given": "{it} cartkg:hasElement ?s", "Cohorts": "?s cartkg:receivedRegimen {it}"},
    ),
    "target": RecordKind("target", "", {"Cell therapies against it": "?s cartkg:targets {it}"}),
    "drug": RecordKind(
        "drug",
        "?finding cartkg:aboutDrug {it} .",
        {"Regimens with it": "?element cartkg:drug {it} ; cartkg:elementOf ?s"},
    ),
    "site": RecordKind("site", "", {"Studies there": "?s cartkg:conductedAt {it}"}),
    "organization": RecordKind(
        "organization",
        "",
        {"Products": "?s cartkg:developedBy {it}", "Trials": "?s cartkg:sponsoredBy {it}"},
    ),
    "source": RecordKind(
        "source",
        "?claim cartkg:readIn {it} ; cartkg:asserts ?finding .",
        {"Read for": "?s cartkg:hasSource {it}"},
    ),
    "remark": RecordKind("remark"),
    "thing": RecordKind("thing"),
}
_BY_PATH = {"product": "therapy", "criterion": "measure", "term": "measure"}
_BY_USE = (("measure", "measure"), ("hasDisease", "disease"))


@dataclass(frozen=True, slots=True)
class Related:
    """A heading and the things under it."""

    title: str
    things: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around one thing, beside its own statements; `kind` is the name of its kind."""

    kind: str
    evidence: tuple[Evidence, ...]
    related: tuple[Related, ...]


def surroundings(facts: Records, record: Record) -> Surroundings:
    """Gather what is around a thing."""
    kind = _KINDS[_kind_of(facts, record)]
    token = iri_token(record.iri)
    evidence = gather(facts, kind.evidence.format(it=token)) if kind.evidence else []
    related = tuple(
        Related(title, tuple(found))
        for title, pattern in kind.related.items()
        if (found := facts.records(pattern.format(it=token)))
    )
    return Surroundings(kind.name, tuple(evidence), related)


def _kind_of(facts: Records, record: Record) -> str:
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
