"""A set of cohorts in, the number of distinct patients out: exact, or a lower and an upper bound with the reasons.

Upper bound: the sum less the patients that cohorts share for sure, along a spanning forest (Hunter 1976, J Appl Probab
13:597; Worsley 1982, Biometrika 69:297). Lower bound: the best of the sums over a subfamily less all that its pairs may
share (Bonferroni). Both hold whatever the patients are, as long as what is stated of the cohorts is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from cartkg.synthesis.apart import heaviest
from cartkg.synthesis.sharing import Sharing, maximal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A cohort that adds nothing to a total, and why."""

    iri: str
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class PatientCount:
    """The number of distinct patients in a set of cohorts.

    Attributes:
        low: fewest distinct patients.
        high: most distinct patients; None when a cohort's number is not reported and nothing bounds it.
        bare_sum: what adding the cohorts up would give; shown to be compared, never to be used.
        used: IRIs of the cohorts that carry the count.
        left_out: cohorts whose patients all lie in a used one.
        reasons: why the bounds differ, one line a cause; empty when the count is exact.
        assumed_apart: pairs of used cohorts counted as apart only because nothing is stated of them.
    """

    low: int
    high: int | None
    bare_sum: int
    used: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    reasons: tuple[str, ...]
    assumed_apart: int

    @property
    def exact(self) -> bool:
        """Whether the two bounds are one number."""
        return self.low == self.high

    def __str__(self) -> str:
        if self.exact:
            return str(self.low)
        return f"at least {self.low}" if self.high is None else f"{self.low} to {self.high}"


def count_patients(sharing: Sharing, chosen: Iterable[str]) -> PatientCount:
    """Count the distinct patients of the chosen cohorts.

    Args:
        sharing: all cohorts and statements; those around and inside the chosen ones tighten the bounds.
        chosen: IRIs of cohorts that `sharing` knows; a cohort named twice counts once.
    """
    names = sorted(set(chosen))
    keeper = maximal(sharing, names)
    used = [name for name in names if keeper[name] == name]
    low, high = _lower(sharing, used), _upper(sharing, used)
    clash = []
    if high is not None and low > high:
        clash = [f"the statements contradict each other: by some at least {low} patients, by others at most {high}"]
        low, high = high, low
    return PatientCount(
        low=low,
        high=high,
        bare_sum=sum(sharing.low(name) for name in names),
        used=tuple(used),
        left_out=tuple(_left_out(sharing, name, keeper[name]) for name in names if keeper[name] != name),
        reasons=() if low == high else tuple(clash or _reasons(sharing, used)),
        assumed_apart=sum(sharing.assumed_apart(*pair) for pair in combinations(used, 2)),
    )


def _left_out(sharing: Sharing, name: str, holder: str) -> LeftOut:
    label = sharing.cohorts[holder].label
    same = holder in sharing.below(name)
    return LeftOut(name, sharing.cohorts[name].label, f"the same patients as {label}" if same else f"lies in {label}")


def _lower(sharing: Sharing, used: Sequence[str]) -> int:
    """Take the best subfamily out of the cohorts and all that lie in them: their union lies in the union sought."""
    pool = sorted({part for name in used for part in sharing.below(name) if sharing.low(part) > 0})
    return heaviest(pool, sharing.low, lambda one, other: sharing.shared(one, other).high).weight


def _upper(sharing: Sharing, used: Sequence[str]) -> int | None:
    """Sum less what is shared for sure; a cohort around several stands for them where that gives fewer."""
    family = set(used)
    best = _forest_bound(sharing, sorted(family))
    around = sorted({holder for name in used for holder in sharing.above(name)} - family)
    for holder in sorted(around, key=lambda iri: (len(sharing.below(iri)), iri)):
        wider = (family - sharing.below(holder)) | {holder}
        bound = _forest_bound(sharing, sorted(wider))
        if bound is not None and (best is None or bound < best):
            family, best = wider, bound
    return best


def _forest_bound(sharing: Sharing, family: Sequence[str]) -> int | None:
    """Give the sum of sizes less the heaviest spanning forest of surely shared patients (Kruskal)."""
    total = 0
    for name in family:
        high = sharing.high(name)
        if high is None:
            return None
        total += high
    root = {name: name for name in family}

    def find(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    edges = [(sharing.shared(one, other).low, one, other) for one, other in combinations(family, 2)]
    for weight, one, other in sorted(edges, reverse=True):
        if weight > 0 and find(one) != find(other):
            root[find(one)] = find(other)
            total -= weight
    return total


def _reasons(sharing: Sharing, used: Sequence[str]) -> list[str]:
    reasons = [
        f"{sharing.cohorts[name].label}: {sharing.cohorts[name].size}"
        for name in used
        if sharing.low(name) != sharing.high(name)
    ]
    for one, other in combinations(used, 2):
        shared = sharing.shared(one, other)
        if shared.low != shared.high:
            span = f"at least {shared.low}" if shared.high is None else f"{shared.low} to {shared.high}"
            labels = f"{sharing.cohorts[one].label} and {sharing.cohorts[other].label}"
            reasons.append(f"{labels} may share {span} patients ({'; '.join(shared.why)})")
    return reasons or ["three or more cohorts share patients, and how many are in all of them is not stated"]
