"""A graph pattern that selects findings in; findings with cohort, claims and conflicts side by side out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.web.facts import PREFIXES, grouped
from cartkg.web.wording import citation, share

if TYPE_CHECKING:
    from cartkg.web.facts import Facts, Node, Record
    from cartkg.web.wording import Share

#: Parts of a page, by the class that a finding is stated to have, in the order a paper is read.
PARTS = (
    ("CharacteristicFinding", "Patients and treatment before infusion"),
    ("OutcomeFinding", "Outcomes"),
    ("SafetyFinding", "Safety"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """One claim: who says a finding, where, as whose result, and how much of the text was read."""

    claim: Record
    publication: Record | None

    @property
    def citation(self) -> str:
        """Cite the publication that makes the claim."""
        return citation(self.publication) if self.publication else self.claim.text("claimedBy") or "nobody named"

    @property
    def is_own(self) -> bool:
        """Tell an own result from a restatement of another's."""
        node = self.claim.first("originality")
        return node is not None and node.local == "ownResult"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One finding with all that a reader needs to judge it."""

    finding: Record
    cohort: Record | None
    said: tuple[Said, ...]
    conflicts: tuple[Record, ...]

    @property
    def diseases(self) -> tuple[Node, ...]:
        """Give the diseases of the cohort."""
        return self.cohort.all("hasDisease") if self.cohort else ()

    @property
    def share(self) -> Share | None:
        """Give numerator and denominator where both are stated."""
        return share(self.finding)

    @property
    def is_own_anywhere(self) -> bool:
        """Tell whether any publication states it as its own result."""
        return any(said.is_own for said in self.said)


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and the evidence under it."""

    title: str
    evidence: tuple[Evidence, ...]


def gather(facts: Facts, selection: str) -> list[Evidence]:
    """Give the evidence of the findings that a pattern selects, sorted by measure, cohort and time.

    Args:
        facts: what answers.
        selection: the inside of a WHERE that binds ?finding.
    """
    findings = facts.records(f"{selection} ?finding cartkg:measure ?anyMeasure .", "finding")
    if not findings:
        return []
    cohorts = {record.iri: record for record in facts.records(f"{selection} ?finding cartkg:ofCohort ?s .")}
    claims = grouped(facts.records(f"{selection} ?s cartkg:asserts ?finding ."), "asserts")
    publications = {
        record.iri: record
        for record in facts.records(f"{selection} ?claim cartkg:asserts ?finding ; cartkg:claimedBy ?s .")
    }
    conflicts = conflicts_of(facts, selection)
    gathered = [
        Evidence(
            finding,
            _named(cohorts, finding.first("ofCohort")),
            tuple(_said(claim, publications) for claim in claims.get(finding.iri, ())),
            tuple(conflicts.get(finding.iri, ())),
        )
        for finding in findings
    ]
    return sorted(gathered, key=_order)


def conflicts_of(facts: Facts, selection: str) -> dict[str, list[Record]]:
    """Give the conflicts of the selected findings, by the finding that they involve, itself or through a claim."""
    direct = grouped(facts.records(f"{selection} ?s cartkg:involves ?finding ."), "involves")
    through = facts.records(f"{selection} ?claim cartkg:asserts ?finding . ?s cartkg:involves ?claim .")
    if not through:
        return direct
    asserted = facts.table(
        f"{PREFIXES}SELECT DISTINCT ?claim ?finding WHERE {{ {selection} ?claim cartkg:asserts ?finding . "
        "?conflict cartkg:involves ?claim }"
    )
    by_claim = grouped(through, "involves")
    for claim, finding in asserted.rows:
        if claim and finding:
            known = direct.setdefault(finding.value, [])
            known.extend(conflict for conflict in by_claim.get(claim.value, ()) if conflict not in known)
    return direct


def parts(evidence: list[Evidence]) -> list[Part]:
    """Divide evidence into characteristics, outcomes and safety; what is of no stated part comes last."""
    divided = []
    rest = list(evidence)
    for name, title in PARTS:
        fitting = [item for item in rest if name in item.finding.types]
        rest = [item for item in rest if name not in item.finding.types]
        if fitting:
            divided.append(Part(title, tuple(fitting)))
    if rest:
        divided.append(Part("Other findings" if divided else "Findings", tuple(rest)))
    return divided


def _said(claim: Record, publications: dict[str, Record]) -> Said:
    return Said(claim, _named(publications, claim.first("claimedBy")))


def _named(records: dict[str, Record], node: Node | None) -> Record | None:
    return records.get(node.value) if node else None


def _order(item: Evidence) -> tuple[str, str, float, str]:
    value = item.finding.first("timeValue")
    time = float(value.value) if value else -1.0
    return (item.finding.text("measure").lower(), item.cohort.label if item.cohort else "", time, item.finding.iri)
