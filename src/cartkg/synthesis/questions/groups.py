"""Find the groups of patients that answer a question, with their sources, and the rows left out.

A group is a set of patients inside a cohort: all of them, or those of whom a finding says that they reached the outcome
or had the event. "At any time" and "at month 6" are different questions: a finding counts for a time only when it was
made at that time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from cartkg.namespaces import TERM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.synthesis.patients.relations import Relations
    from cartkg.synthesis.reading.lookup import GraphLookup, Speakers
    from cartkg.synthesis.reading.rows import Row

#: Days of the units of time of findings.
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25, "hour": 1 / 24}
#: A visit counts for a time when it lies within this part of it: week 24 and week 26 are month 6.
_NEAR = 0.1
_REACHED = frozenset({"met", "maintained", "lost"})
_FAVOURABLE = frozenset(
    {
        "improved",
        "improvedOrResolved",
        "resolved",
        "normalised",
        "recovered",
        "becameNegative",
        "present",
        "increased",
        "decreased",
        "reduced",
        "stopped",
        "started",
        "received",
        "absent",
        "valueReached",
    }
)
_ANY_GRADE = "any grade"
_HAD = frozenset({"present", "resolved", "notResolved", "recovered", "notRecovered"})


@dataclass(frozen=True, slots=True)
class CountedTime:
    """The time that counts: any time, each report's best visit, or a number of days after infusion."""

    name: str = "any"
    days: float | None = None


@dataclass(frozen=True, slots=True)
class PatientQuestion:
    """What is counted.

    Attributes:
        disease: IRI of the disease that the patients have, itself or a kind of it; empty for any.
        measures: IRIs of outcome criteria or adverse events, any of which counts; empty to count the patients treated.
        event: whether the measures are adverse events.
        target: IRI of a target of the cells; empty for any.
        product: IRI of a product; empty for any.
        moment: at which time.
        own_only: whether only what publications say of their own patients counts.
        press: whether news, press releases and web pages count.
    """

    disease: str = ""
    measures: tuple[str, ...] = ()
    event: bool = False
    target: str = ""
    product: str = ""
    moment: CountedTime = CountedTime()
    own_only: bool = False
    press: bool = True


@dataclass(frozen=True, slots=True)
class PatientGroup:
    """Patients that answer a question: inside a cohort, at least and at most so many.

    Attributes:
        cohort: IRI of the cohort.
        low, high: fewest and most patients; None when no number bounds them.
        says: the result in words.
        sources: citations of those who say so.
        row: the dossier row.
        derived: how the number was derived where no count is reported; empty otherwise.
        press_only: whether known only from news, press releases and web pages.
        whole: whether it is the whole cohort.
        besides: IRIs of cohorts in which none of the group can be, for they have other diseases.
        finding: IRI of the finding that counts them; empty for a cohort.
        of: patients assessed; None where no number is printed or follows.
    """

    cohort: str
    low: int
    high: int | None
    says: str
    sources: tuple[str, ...] = ()
    row: str = ""
    derived: str = ""
    press_only: bool = False
    whole: bool = False
    besides: frozenset[str] = frozenset()
    finding: str = ""
    of: int | None = None


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A cohort or finding that does not count, and why."""

    iri: str
    label: str
    reason: str


_MIXED = {
    "some": "the cohort also includes patients with other diseases",
    "unknown": "which patients of the cohort have the disease is not stated",
}


class CountedGroups:
    """The groups that answer a question, and what was left out."""

    def __init__(self, question: PatientQuestion, relations: Relations, lookup: GraphLookup) -> None:
        self._question = question
        self._relations = relations
        self._lookup = lookup
        self.groups: list[PatientGroup] = []
        self.left_out: list[NotCounted] = []
        self._kinds = lookup.narrower(question.disease) | {question.disease} if question.disease else frozenset()
        self._shares = lookup.shares(question.disease, relations.cohorts)
        self._others = lookup.others(question.disease, relations.cohorts)
        self._received = self._treated_so()
        self._certain: dict[str, int] = {}
        if question.measures:
            self._read_findings()
        else:
            self._read_cohorts()

    def _treated_so(self) -> frozenset[str] | None:
        """Return the cohorts that received the target or product asked for; None when none is requested."""
        asked = self._question
        found = self._lookup.targeted(asked.target) if asked.target else None
        if asked.product:
            given = self._lookup.of_product(asked.product)
            found = given if found is None else found & given
        return found

    def _excluded(self, iri: str, label: str) -> bool:
        """Leave a cohort out whose patients do not count as treated ones, or were treated otherwise."""
        cohort = self._relations.cohorts[iri]
        if cohort.excluded:
            self.left_out.append(NotCounted(iri, label, cohort.excluded))
            return True
        if self._received is not None and iri not in self._received:
            if not any(cell.targets for cell in cohort.traits.cells):
                self.left_out.append(NotCounted(iri, label, "the target of the cells is not stated"))
            return True
        return False

    def _counts(self, said: Iterable[Speakers], iri: str, label: str) -> bool:
        """Leave out what only press says, or no one states about own patients, when the question asks for that."""
        if reason := self._unheard(said):
            self.left_out.append(NotCounted(iri, label, reason))
        return not reason

    def _unheard(self, said: Iterable[Speakers]) -> str:
        """Return why nobody whom the question admits states a row; empty where somebody does."""
        claims = list(said)
        if not self._question.press and claims and all(claim.press for claim in claims):
            return "known only from news, press releases and web pages"
        if self._question.own_only and not any(claim.own for claim in claims):
            return "no publication reports it as its own result"
        return ""

    def _read_cohorts(self) -> None:
        said = self._lookup.claims_on_cohorts()
        for iri, cohort in self._relations.cohorts.items():
            share = self._shares[iri]
            if share == "none":
                continue
            if self._excluded(iri, cohort.label) or not self._counts(said.get(iri, ()), iri, cohort.label):
                continue
            low, high = (cohort.low, cohort.high) if share == "all" else (self._of_mixed(iri), cohort.high)
            whole = share == "all"
            besides = frozenset() if whole else self._others
            made = PatientGroup(
                iri, low, high, cohort.size, (), cohort.row, _MIXED.get(share, ""), whole=whole, besides=besides
            )
            self.groups.append(_with_sources(made, said.get(iri, ())))

    def _of_mixed(self, iri: str) -> int:
        """Return how many treated patients of a mixed cohort have the disease for certain: one, for the list names it.

        Of patients who were enrolled, the one with the disease may not have been treated.
        """
        cohort = self._relations.cohorts[iri]
        return 1 if cohort.treated and cohort.traits.diseases & self._kinds else 0

    def _certain_of_mixed(self, iri: str) -> int:
        """Return how many patients of a mixed cohort certainly have the disease, as its parts state it.

        Of parts that share no patients, all those count that only have patients with the disease.
        """
        if iri not in self._certain:
            cohorts, said = self._relations.cohorts, self._lookup.claims_on_cohorts()
            parts = [
                part
                for part in sorted(self._relations.inside(iri), key=lambda part: (-cohorts[part].low, part))
                if self._shares[part] == "all" and not cohorts[part].excluded and not self._unheard(said.get(part, ()))
            ]
            taken: list[str] = []
            for part in parts:
                if not any(self._relations.may_share(part, other) for other in taken):
                    taken.append(part)
            self._certain[iri] = max(self._of_mixed(iri), sum(cohorts[part].low for part in taken))
        return self._certain[iri]

    def _read_findings(self) -> None:
        said = self._lookup.claims_on_findings(self._question.measures)
        found = self._lookup.findings(self._question.measures)
        wanted = _wanted(found, event=self._question.event)
        candidates: list[tuple[PatientGroup, Row]] = []
        for row in sorted(found, key=lambda each: each["finding"]):
            iri, label = row["finding"], row.get("label", row["finding"])
            cohort = row["cohort"]
            if cohort not in self._relations.cohorts:
                continue
            share = self._shares[cohort]
            if share == "none" or self._excluded(cohort, label):
                continue
            if reason := self._unfit(row, wanted):
                self.left_out.append(NotCounted(iri, label, reason))
                continue
            if not self._counts(said.get(iri, ()), iri, label):
                continue
            candidates.append((self._of_finding(row, share, said.get(iri, ())), row))
        if self._question.event:
            candidates = self._without_parts(candidates)
        self.groups += self._at_best(candidates) if self._question.moment.name == "best" else [g for g, _ in candidates]

    def _without_parts(self, candidates: list[tuple[PatientGroup, Row]]) -> list[tuple[PatientGroup, Row]]:
        """Let a finding on one grade or kind of an event bound the patients from below alone."""
        rows_of = {group.finding: row for group, row in candidates}
        kept, left_out = bound_by_parts([(group, self._is_part(row)) for group, row in candidates], self._relations)
        self.left_out += left_out
        return [(group, rows_of[group.finding]) for group in kept]

    def _is_part(self, row: Row) -> bool:
        """Whether a finding is about a narrower event than the one asked for, or about one grade or sort of it."""
        return row["measure"] != self._question.measures[0] or _is_part(row)

    def _unfit(self, row: Row, wanted: frozenset[str]) -> str:
        """Return why a finding does not answer the question; empty when it does."""
        result = row.get("result", "").removeprefix(TERM)
        if row.get("doubtful") == "true":
            return "the number is doubtful as printed"
        if "counted" in row:
            return "counts events or centres, not patients"
        if row.get("kind", "").removeprefix(TERM) == "baseline":
            return "before treatment"
        if result not in wanted:
            return f"counts another result ({result})" if result else "states no result that counts patients"
        if row.get("statistic", "").removeprefix(TERM) not in ("", "count", "percentOnly") and "n" not in row:
            return "states a value, not a number of patients"
        days = self._question.moment.days
        if days is not None and not _at(row, days):
            return f"not at {self._question.moment.name}"
        return ""

    def _of_finding(self, row: Row, share: str, said: Iterable[Speakers]) -> PatientGroup:
        cohort = self._relations.cohorts[row["cohort"]]
        low, high, derived = _number(row, cohort.high)
        if share != "all":
            others = None if cohort.high is None else cohort.high - self._certain_of_mixed(row["cohort"])
            low = 0 if others is None else max(0, low - others)
            derived = "; ".join(filter(None, (derived, _MIXED[share])))
        besides = frozenset() if share == "all" else self._others
        made = PatientGroup(
            row["cohort"], low, high, row.get("label", ""), (), row.get("row", ""), derived, besides=besides
        )
        of = int(row["of"]) if "of" in row else cohort.high if low == high and share == "all" else None
        return _with_sources(replace(made, finding=row["finding"], of=of), said)

    def _at_best(self, candidates: list[tuple[PatientGroup, Row]]) -> list[PatientGroup]:
        """Keep, of each cohort, the finding that counts most patients."""
        best: dict[str, PatientGroup] = {}
        for group, row in candidates:
            kept = best.get(group.cohort)
            if kept is None or (group.low, group.high or 0) > (kept.low, kept.high or 0):
                if kept is not None:
                    self.left_out.append(
                        NotCounted(kept.row, kept.says, "another visit of this cohort has the higher count")
                    )
                best[group.cohort] = group
            else:
                self.left_out.append(
                    NotCounted(row["finding"], group.says, "another visit of this cohort has the higher count")
                )
        return list(best.values())


def bound_by_parts(
    candidates: Iterable[tuple[PatientGroup, bool]], relations: Relations
) -> tuple[list[PatientGroup], list[NotCounted]]:
    """Return the groups that count an event, and those left out.

    A group that counts one grade or kind of the event bounds the patients of its cohort from below alone, for others of
    the cohort may have had it in another grade; where a group counts the event in full, its parts are left out.

    Args:
        candidates: the groups, each with whether it counts a part.
        relations: their cohorts.
    """
    found = list(candidates)
    full = {group.cohort for group, part in found if not part and group.low == group.high}
    kept: list[PatientGroup] = []
    left_out: list[NotCounted] = []
    for group, part in found:
        if not part:
            kept.append(group)
        elif group.cohort in full:
            reason = "one grade or kind of an event that another finding on the cohort counts in total"
            left_out.append(NotCounted(group.finding, group.says, reason))
        else:
            derived = "; ".join(filter(None, (group.derived, "one grade or kind; others may have had another")))
            kept.append(replace(group, high=relations.cohorts[group.cohort].high, of=None, derived=derived))
    return kept, left_out


def _with_sources(group: PatientGroup, said: Iterable[Speakers]) -> PatientGroup:
    """Return a group with those who say so."""
    claims = list(said)
    names = tuple(sorted({claim.citation for claim in claims}))
    return replace(group, sources=names, press_only=bool(claims) and all(claim.press for claim in claims))


def _wanted(found: Iterable[Row], *, event: bool) -> frozenset[str]:
    """Return the results that count: the event was there, or the criterion was met, or what is favourable."""
    if event:
        return _HAD
    stated = {row.get("result", "").removeprefix(TERM) for row in found}
    return _REACHED if stated & _REACHED else _FAVOURABLE


def _is_part(row: Row) -> bool:
    """Whether a finding on an event is about one grade, severity or sort of it."""
    if row.get("serious") == "true" or "severity" in row or "qualifier" in row:
        return True
    if row.get("grade", _ANY_GRADE) != _ANY_GRADE:
        return True
    return "lowest" in row and (row["lowest"] != "1" or "highest" in row)


def _at(row: Row, days: float) -> bool:
    """Whether a finding was made at a number of days after infusion."""
    if row.get("kind", "").removeprefix(TERM) != "atTimePoint" or "time" not in row:
        return False
    unit = _DAYS.get(row.get("unit", "").rpartition("/")[2])
    return unit is not None and abs(float(row["time"]) * unit - days) <= _NEAR * days


def _number(row: Row, cohort: int | None) -> tuple[int, int | None, str]:
    """Return fewest and most patients whom a finding counts, and how they were derived."""
    comparator = row.get("comparator", "").removeprefix(TERM)
    if "n" in row:
        number = int(row["n"])
        if comparator in ("atLeast", "moreThan"):
            return number + (comparator == "moreThan"), cohort, "a lower limit"
        if comparator in ("atMost", "lessThan", "approximately"):
            return 0, cohort, "the number is not exact"
        return number, number, ""
    of = int(row["of"]) if "of" in row else None
    if row.get("statistic", "").removeprefix(TERM) == "percentOnly" and "value" in row:
        if comparator not in ("", "equal"):
            return 0, of if of is not None else cohort, "the percentage is not exact"
        low, high = counts_of(row["value"], of, cohort)
        whole = f"{of}" if of is not None else f"at most {cohort}" if cohort is not None else "a number not reported"
        return low, high, f"derived from {float(row['value']):g} % of {whole}"
    if cohort == 1:
        return 1, 1, "the one patient"
    return 0, cohort if of is None else of, "no count is reported"


def counts_of(percentage: str, of: int | None, most: int | None) -> tuple[int, int | None]:
    """Return the smallest and the largest number of patients that a printed percentage can mean.

    A percentage may be rounded or cut off at its last decimal. Where the denominator is not printed, it is any number
    up to `most`; with neither, only that someone is counted is known.

    Args:
        percentage: as printed; 90.0 counts as printed whole.
        of: the denominator, when printed.
        most: the most that it can be.
    """
    text = percentage.removesuffix(".0")
    share = Fraction(text)
    if share == 0:
        # 0 % may be a few in a very large group; in ours it is nobody.
        return 0, 0 if (of or most or 0) <= 100 else of or most  # noqa: PLR2004  # per cent
    unit = Fraction(1, 10 ** len(text.partition(".")[2]))
    if of is None and most is None:
        return 1, None
    sizes = [of] if of is not None else range(1, (most or 0) + 1)
    found = [
        count
        for size in sizes
        for count in range(
            max(0, math.floor((share - unit) * size / 100)), min(size, math.ceil((share + unit) * size / 100)) + 1
        )
        if -unit / 2 <= share - Fraction(100 * count, size) <= unit / 2
        or 0 <= Fraction(100 * count, size) - share < unit
    ]
    return (min(found), max(found)) if found else (0, of if of is not None else most)
