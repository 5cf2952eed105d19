"""The rules on conflicts a second time, beside the check queries: findings in, proposals of conflicts out.

Numbers that cannot both hold, or that cannot hold at all.

A proposal is asserted in the data (cartkg:Conflict) by a curator, or by `cartkg add`, with an explanation. The rules
look at numbers only; sides that differ in words, window or statistic are for people to set side by side.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_EXACT = frozenset({"", "equal"})
_HALF = Decimal("0.5")


class ConflictKind(Enum):
    """Why two sides differ; the names are those of the ontology."""

    CONTRADICTION = "contradiction"
    ROUNDING = "rounding"
    MISPRINT = "misprint"


@dataclass(frozen=True, slots=True)
class Window:
    """When a finding holds: its kind of time (atTimePoint, overFollowUp ...), and its point or ends with a unit."""

    kind: str
    value: Decimal | None = None
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured value: number, unit, statistic, comparator, and what kind of quantity it is (absolute or change)."""

    value: Decimal
    unit: str = ""
    statistic: str = ""
    comparator: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """One finding as far as the rules need it.

    Attributes:
        iri, cohort, measure: IRIs.
        label: the finding for people.
        window: when.
        numerator, denominator: patients; None when not stated.
        quantity: the value measured, or a percentage given without its count.
        grade: grade of an adverse event as one text ("1", "3-4", "any"); empty otherwise.
        about: what else tells two findings apart (a drug, an antibody).
        patients: number of patients in the cohort; None when not reported.
        counts_patients: whether a percentage of this measure is a share of patients (not, say, of cells).
        characteristic: whether it describes the cohort; then it may count people outside it (screened, enrolled).
        of_unknown: whether the source says nothing of how many it counted among; then nobody may fill in the cohort.
        doubtful: whether the data already say that its number cannot be right.
    """

    iri: str
    cohort: str
    measure: str
    label: str
    window: Window
    numerator: int | None = None
    denominator: int | None = None
    quantity: Quantity | None = None
    grade: str = ""
    about: str = ""
    patients: int | None = None
    counts_patients: bool = True
    characteristic: bool = False
    of_unknown: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A conflict that the data should assert.

    Attributes:
        rule: name of the rule that found it.
        kind: what kind of conflict it looks like.
        involves: IRIs of the findings (or of the cohort, when its parts do not fit).
        first, second: what each side says.
        explanation: why both cannot hold.
    """

    rule: str
    kind: ConflictKind
    involves: tuple[str, ...]
    first: str
    second: str
    explanation: str


def find_conflicts(findings: Iterable[Stated]) -> list[Proposal]:
    """Apply every rule; the proposals are sorted by rule and by what they involve."""
    known = list(findings)
    proposals = [*_contradictions(known), *_above(known), *_percentages(known), *_grades(known)]
    return sorted(proposals, key=lambda proposal: (proposal.rule, proposal.involves))


def _contradictions(findings: list[Stated]) -> Iterator[Proposal]:
    groups: dict[tuple[object, ...], list[Stated]] = defaultdict(list)
    for finding in findings:
        groups[finding.cohort, finding.measure, finding.window, finding.grade, finding.about].append(finding)
    for group in groups.values():
        for one, other in combinations(sorted(group, key=lambda finding: finding.iri), 2):
            yield from _counts_differ(one, other)
            yield from _values_differ(one, other)


def _counts_differ(one: Stated, other: Stated) -> Iterator[Proposal]:
    if one.numerator is None or other.numerator is None:
        return
    if one.quantity != other.quantity:
        return
    if one.numerator == other.numerator and (
        one.denominator == other.denominator or None in {one.denominator, other.denominator}
    ):
        return
    yield Proposal(
        "counts-differ",
        ConflictKind.CONTRADICTION,
        (one.iri, other.iri),
        _count(one),
        _count(other),
        f"the same cohort, measure and window{_unsure(one.window)} cannot have both counts",
    )


def _values_differ(one: Stated, other: Stated) -> Iterator[Proposal]:
    first, second = one.quantity, other.quantity
    if first is None or second is None or first.value == second.value:
        return
    if (first.unit, first.statistic, first.kind) != (second.unit, second.statistic, second.kind):
        return
    if not (first.comparator in _EXACT and second.comparator in _EXACT):
        return
    if first.statistic == "singleValue" and one.patients != 1:
        return
    rounded = _same_when_rounded(first.value, second.value)
    yield Proposal(
        "values-differ",
        ConflictKind.ROUNDING if rounded else ConflictKind.CONTRADICTION,
        (one.iri, other.iri),
        _value(first),
        _value(second),
        "the coarser value is the finer one rounded"
        if rounded
        else f"the same cohort, measure, window{_unsure(one.window)} and statistic cannot have both values",
    )


def _above(findings: list[Stated]) -> Iterator[Proposal]:
    for finding in findings:
        whole, what = finding.denominator, "assessed"
        if whole is None and not finding.characteristic:
            whole, what = finding.patients, "in the cohort"
        if finding.numerator is not None and whole is not None and finding.numerator > whole:
            yield Proposal(
                "count-above-patients",
                ConflictKind.MISPRINT,
                (finding.iri,),
                f"{finding.numerator} patients",
                f"{whole} patients {what}",
                "more patients have it than there are; the figure may count events",
            )
        if finding.characteristic:
            continue
        if finding.denominator is not None and finding.patients is not None and finding.denominator > finding.patients:
            yield Proposal(
                "denominator-above-cohort",
                ConflictKind.CONTRADICTION,
                (finding.iri, finding.cohort),
                f"{finding.denominator} patients assessed",
                f"{finding.patients} patients in the cohort",
                "more patients were assessed than the cohort has",
            )


def _percentages(findings: list[Stated]) -> Iterator[Proposal]:
    for finding in findings:
        quantity = finding.quantity
        total = finding.denominator if finding.denominator is not None else finding.patients
        if (
            quantity is None
            or not finding.counts_patients
            or quantity.statistic != "percentOnly"
            or not total
            or finding.doubtful
            or (finding.of_unknown and finding.denominator is None)
            or quantity.comparator not in _EXACT
        ):
            continue
        counts = range(total + 1) if finding.numerator is None else (finding.numerator,)
        if any(_fits(quantity.value, count, total) for count in counts):
            continue
        count = "any whole number" if finding.numerator is None else str(finding.numerator)
        cut = any(_cut(quantity.value, count, total) for count in counts)
        yield Proposal(
            "percentage-unlike-count",
            ConflictKind.ROUNDING if cut else ConflictKind.CONTRADICTION,
            (finding.iri,),
            f"{quantity.value} %",
            f"{count} of {total}",
            "the percentage is cut off, not rounded"
            if cut
            else "the percentage is not the share of so many patients, however it is rounded",
        )


def _grades(findings: list[Stated]) -> Iterator[Proposal]:
    """A patient counts at the highest grade, so single grades cannot add up to more than any grade, nor than all."""
    groups: dict[tuple[object, ...], list[Stated]] = defaultdict(list)
    for finding in findings:
        if finding.numerator is not None:
            groups[finding.cohort, finding.measure, finding.window, finding.denominator, finding.about].append(finding)
    for group in groups.values():
        single = {finding.grade: finding for finding in group if finding.grade.isdigit()}
        whole = [finding for finding in group if finding.grade in {"", "any"}]
        total = sum(finding.numerator or 0 for finding in single.values())
        limits: list[tuple[int, str, tuple[str, ...]]] = [
            (finding.numerator or 0, f"{_count(finding)} with any grade", (finding.iri,)) for finding in whole
        ]
        patients = next(iter(group)).denominator
        if patients is not None and len(single) > 1:
            limits.append((patients, f"{patients} patients assessed", ()))
        for limit, said, involved in limits:
            if single and total > limit:
                yield Proposal(
                    "grades-above-whole",
                    ConflictKind.CONTRADICTION,
                    (*sorted(finding.iri for finding in single.values()), *involved),
                    f"{total} patients over grades {', '.join(sorted(single))}",
                    said,
                    "single grades add up to more patients than there can be",
                )


def _fits(percentage: Decimal, count: int, total: int) -> bool:
    """Whether the share, rounded to the decimals given (half up, half down or to even), is the percentage."""
    return abs(Decimal(100 * count) / Decimal(total) - percentage) <= _HALF.scaleb(-_decimals(percentage))


def _cut(percentage: Decimal, count: int, total: int) -> bool:
    """Whether the share is the percentage once its further decimals are dropped."""
    return 0 <= Decimal(100 * count) / Decimal(total) - percentage < Decimal(1).scaleb(-_decimals(percentage))


def _same_when_rounded(one: Decimal, other: Decimal) -> bool:
    first, second = (_decimals(value) for value in (one, other))
    return first != second and abs(one - other) <= _HALF.scaleb(-min(first, second))


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _unsure(window: Window) -> str:
    return " (neither says when)" if window.kind == "timeNotReported" else ""


def _count(finding: Stated) -> str:
    return str(finding.numerator) if finding.denominator is None else f"{finding.numerator} of {finding.denominator}"


def _value(quantity: Quantity) -> str:
    statistic = f"{quantity.statistic} " if quantity.statistic else ""
    return f"{statistic}{quantity.value}{' ' + quantity.unit if quantity.unit else ''}"
