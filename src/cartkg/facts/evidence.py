"""Read the findings that a graph pattern selects, with their cohorts, claims and conflicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.facts.names import name_of_source
from cartkg.facts.phrases import citation, share
from cartkg.facts.records import Record, grouped, iri_tokens, is_iri

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cartkg.facts.phrases import PatientShare
    from cartkg.facts.records import AnswerTerm, Records

#: Degrees of overlap that rule shared patients out.
_APART = frozenset({"excludedOverlap"})
#: Classes of publications that no one reviewed.
_PRESS = frozenset({"NewsItem", "PressRelease", "WebPage"})
#: Things named in one query: well below the length that a query may have.
_AT_ONCE = 500
#: Parts of a page, by the class that a finding is stated to have, in the order a paper is read.
PARTS = (
    ("CharacteristicFinding", "Patients and treatment before infusion"),
    ("OutcomeFinding", "Outcomes"),
    ("SafetyFinding", "Safety"),
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """One claim: who says a finding, where, as whose result, and how much of the text was read."""

    claim: Record
    publication: Record | None

    @property
    def citation(self) -> str:
        """Cite the publication that makes the claim."""
        return citation(self.publication) if self.publication else self.claim.text("claimedBy") or "nobody named"

    @property
    def is_own(self) -> bool:
        """Whether a claim is an own result or restates another's."""
        node = self.claim.first("originality")
        return node is not None and node.local == "ownResult"

    @property
    def is_press(self) -> bool:
        """Whether a publication is news, a press release or a web page."""
        return self.publication is not None and bool(self.publication.types & _PRESS)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One finding with all that a reader needs to judge it."""

    finding: Record
    cohort: Record | None
    said: tuple[Attribution, ...]
    conflicts: tuple[Record, ...]
    overlaps: tuple[Record, ...]

    @property
    def diseases(self) -> tuple[AnswerTerm, ...]:
        """Return the diseases of the cohort."""
        return self.cohort.all("hasDisease") if self.cohort else ()

    @property
    def share(self) -> PatientShare | None:
        """Return numerator and denominator where both are stated."""
        return share(self.finding)

    @property
    def is_own_anywhere(self) -> bool:
        """Return whether any publication states it as its own result."""
        return any(said.is_own for said in self.said)


@dataclass(frozen=True, slots=True)
class EvidenceSection:
    """A heading and the evidence under it."""

    title: str
    evidence: tuple[Evidence, ...]


def gather(facts: Records, selection: str) -> list[Evidence]:
    """Return the evidence of the findings that a pattern selects, sorted by measure, cohort and time.

    Args:
        facts: what answers.
        selection: the inside of a WHERE that binds ?finding.
    """
    findings = facts.records(f"{selection} ?finding cartkg:measure ?anyMeasure .", "finding")
    if not findings:
        return []
    claims = _about(facts, findings, "?s cartkg:asserts ?it .")
    cohorts = _named_in(facts, findings, "ofCohort")
    publications = _named_in(facts, claims, "claimedBy")
    by_finding, conflicts = grouped(claims, "asserts"), _conflicts(facts, findings, claims)
    overlaps = _overlaps(facts, list(cohorts.values()))
    gathered = [
        Evidence(
            finding,
            _named(cohorts, finding.first("ofCohort")),
            tuple(
                Attribution(claim, _named(publications, claim.first("claimedBy")))
                for claim in by_finding.get(finding.iri, ())
            ),
            tuple(conflicts.get(finding.iri, ())),
            tuple(overlaps.get(cohort.value, ())) if (cohort := finding.first("ofCohort")) else (),
        )
        for finding in findings
    ]
    return sorted(gathered, key=_order)


def attributions(facts: Records, things: Sequence[Record]) -> dict[str, list[Attribution]]:
    """Return the claims on each of some things, by IRI; nothing for a thing that no claim asserts."""
    claims = _about(facts, things, "?s cartkg:asserts ?it .")
    publications = _named_in(facts, claims, "claimedBy")
    return {
        iri: [Attribution(claim, _named(publications, claim.first("claimedBy"))) for claim in said]
        for iri, said in grouped(claims, "asserts").items()
    }


def _about(facts: Records, things: Sequence[Record], pattern: str) -> list[Record]:
    """Return the records ?s that a pattern ties to any of the things ?it, asked for in parts of bounded length."""
    found: dict[str, Record] = {}
    for start in range(0, len(things), _AT_ONCE):
        values = iri_tokens(thing.iri for thing in things[start : start + _AT_ONCE])
        found.update((record.iri, record) for record in facts.records(f"VALUES ?it {{ {values} }} {pattern}"))
    return list(found.values())


def _named_in(facts: Records, records: Sequence[Record], name: str) -> dict[str, Record]:
    """Return the records that a predicate of others names, by IRI."""
    iris = sorted({node.value for record in records for node in record.all(name)})
    asked = [Record(iri, {}) for iri in iris if is_iri(iri)]
    return {record.iri: record for record in _about(facts, asked, "BIND(?it AS ?s) ?s ?any ?thing .")}


def _conflicts(facts: Records, findings: Sequence[Record], claims: Sequence[Record]) -> dict[str, list[Record]]:
    """Return the conflicts by the finding that they involve, itself or through a claim."""
    asserted = {claim.iri: [node.value for node in claim.all("asserts")] for claim in claims}
    found: dict[str, list[Record]] = {}
    for conflict in _about(facts, [*findings, *claims], "?s cartkg:involves ?it ."):
        involved = [node.value for node in conflict.all("involves")]
        for iri in dict.fromkeys(finding for one in involved for finding in asserted.get(one, [one])):
            found.setdefault(iri, []).append(conflict)
    return found


def _overlaps(facts: Records, cohorts: Sequence[Record]) -> dict[str, list[Record]]:
    """Return by cohort the overlaps that it or its study takes part in, less those that were excluded."""
    studies = [Record(node.value, {}) for cohort in cohorts for node in cohort.all("ofStudy")]
    stated = _about(facts, [*cohorts, *studies], "?s cartkg:overlapBetween ?it .")
    between = grouped([one for one in stated if not one.names("overlapDegree") & _APART], "overlapBetween")
    return {
        cohort.iri: [
            overlap
            for iri in (cohort.iri, *(node.value for node in cohort.all("ofStudy")))
            for overlap in between.get(iri, ())
        ]
        for cohort in cohorts
    }


def source_name(source: Record, evidence: Iterable[Evidence]) -> str:
    """Name a page that was read, with how much of it was read by the claims that rest on it."""
    claims = [said.claim for item in evidence for said in item.said]
    levels = {claim.text("readLevel") for claim in claims if source.iri in {node.value for node in claim.all("readIn")}}
    return name_of_source(source.text("rdfs:label") or source.label, levels - {""})


def parts(evidence: list[Evidence]) -> list[EvidenceSection]:
    """Divide evidence into characteristics, outcomes and safety, then everything else."""
    divided = []
    rest = list(evidence)
    for name, title in PARTS:
        fitting = [item for item in rest if name in item.finding.types]
        rest = [item for item in rest if name not in item.finding.types]
        if fitting:
            divided.append(EvidenceSection(title, tuple(fitting)))
    if rest:
        divided.append(EvidenceSection("Other findings" if divided else "Findings", tuple(rest)))
    return divided


def _named(records: dict[str, Record], node: AnswerTerm | None) -> Record | None:
    return records.get(node.value) if node else None


def _order(item: Evidence) -> tuple[str, str, float, str]:
    value = item.finding.first("timeValue")
    time = float(value.value) if value else -1.0
    return (item.finding.text("measure").lower(), item.cohort.label if item.cohort else "", time, item.finding.iri)
