"""Cohorts and overlap statements in, bounds of the patients that any two of them share out.

A pair of different studies that no chain of statements ties counts as apart: the one assumption made, and every count
says how many pairs rest on it. If A may share patients with B, and B with C, then A may share patients with C, whatever
is silent on that pair. Two cohorts of one study may share patients unless it is stated that they do not, or they are
treated for different diseases: a patient is counted under the disease that the cells were given for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.synthesis.cohorts import Cohort, Degree, Overlap, Shared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LEAST = {Degree.KNOWN: 1, Degree.LIKELY: 0, Degree.UNKNOWN: 0, Degree.EXCLUDED: 0}


@dataclass(frozen=True, slots=True)
class _Tie:
    """What an overlap says of a pair: fewest shared patients, and whether its two sides lie around the pair."""

    overlap: Overlap
    low: int
    around: bool

    @property
    def why(self) -> str:
        return f"{self.overlap.degree.value}: {self.overlap.basis}"


class Sharing:
    """All that is known of shared patients, closed under containment.

    If A lies in B and C in D, what is stated of B and D bounds A and C, and what is stated of A and C bounds B and D.
    """

    def __init__(self, cohorts: Iterable[Cohort], overlaps: Iterable[Overlap]) -> None:
        self.cohorts: dict[str, Cohort] = {cohort.iri: cohort for cohort in cohorts}
        self._above = {iri: self._closure(iri) for iri in self.cohorts}
        self._below: dict[str, set[str]] = {iri: set() for iri in self.cohorts}
        for iri, holders in self._above.items():
            for holder in holders:
                self._below[holder].add(iri)
        self._overlaps = [item for item in overlaps if item.first in self.cohorts and item.second in self.cohorts]
        self._group = self._groups()
        self._by_pair: dict[tuple[str, str], Shared] = {}

    def _closure(self, iri: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = [iri]
        while waiting:
            here = waiting.pop()
            if here in found or here not in self.cohorts:
                continue
            found.add(here)
            waiting.extend(self.cohorts[here].within)
        return frozenset(found)

    def _groups(self) -> dict[str, str]:
        """Map each cohort to a name of its group: all that chains of overlap, containment and studies tie."""
        root: dict[str, str] = {}

        def find(name: str) -> str:
            root.setdefault(name, name)
            while root[name] != name:
                name = root[name]
            return name

        for cohort in self.cohorts.values():
            for other in (*cohort.within, f"study {cohort.study}" if cohort.study else cohort.iri):
                root[find(cohort.iri)] = find(other)
        for overlap in self._overlaps:
            if overlap.degree is not Degree.EXCLUDED:
                root[find(overlap.first)] = find(overlap.second)
        return {iri: find(iri) for iri in self.cohorts}

    def extended(self, cohorts: Iterable[Cohort]) -> Sharing:
        """Give the same knowledge with more cohorts, for instance the responders inside one."""
        return Sharing([*self.cohorts.values(), *cohorts], self._overlaps)

    def above(self, iri: str) -> frozenset[str]:
        """Give the cohorts that hold all patients of this one, itself too."""
        return self._above[iri]

    def below(self, iri: str) -> frozenset[str]:
        """Give the cohorts whose patients all lie in this one, itself too."""
        return frozenset(self._below[iri])

    def low(self, iri: str) -> int:
        """Give the fewest patients: its own number, or that of a cohort inside it."""
        inside, around = self._inside(iri), self._around(iri)
        return inside if around is None else min(inside, around)

    def high(self, iri: str) -> int | None:
        """Give the most patients: its own number, or that of a cohort around it; None when neither is reported."""
        inside, around = self._inside(iri), self._around(iri)
        return None if around is None else max(inside, around)

    def _inside(self, iri: str) -> int:
        return max(self.cohorts[part].low for part in self._below[iri])

    def _around(self, iri: str) -> int | None:
        """Give the tightest number around; it is below that inside only where sources contradict each other."""
        return _least(*(self.cohorts[holder].high for holder in self._above[iri]))

    def shared(self, first: str, second: str) -> Shared:
        """Give bounds of the patients that two cohorts share."""
        pair = (first, second) if first <= second else (second, first)
        if pair not in self._by_pair:
            self._by_pair[pair] = self._bound(*pair)
        return self._by_pair[pair]

    def assumed_apart(self, first: str, second: str) -> bool:
        """Whether the pair counts as apart only because nothing is stated of it."""
        return not self.shared(first, second).possible and not self.shared(first, second).why

    def _bound(self, first: str, second: str) -> Shared:
        if second in self._above[first] or first in self._above[second]:
            inner = first if second in self._above[first] else second
            return Shared(self.low(inner), self.high(inner), ("one lies in the other",))
        if self.cohorts[first].other_disease(self.cohorts[second]):
            return Shared(0, 0, ("treated for different diseases",))
        stated = [tie for overlap in self._overlaps for tie in self._ties(first, second, overlap)]
        excluded = [tie for tie in stated if tie.overlap.degree is Degree.EXCLUDED]
        if any(tie.around for tie in excluded):
            return Shared(0, 0, tuple(dict.fromkeys(tie.why for tie in excluded if tie.around)))
        ties = [tie for tie in stated if tie.overlap.degree is not Degree.EXCLUDED]
        inside = max((self.low(part) for part in self._below[first] & self._below[second]), default=0)
        low = max(inside, self._crowded(first, second), *(tie.low for tie in ties))
        review = self.cohorts[first].review or self.cohorts[second].review
        if not ties and low == 0 and not review and self._group[first] != self._group[second]:
            return Shared(0, 0)
        high = _least(self.high(first), self.high(second), *(tie.overlap.high for tie in ties if tie.around))
        why = [tie.why for tie in ties]
        if self._of_one_study(first, second):
            why.insert(0, "both are of one study")
        if review:
            why.insert(0, "a review gathers patients of other studies")
        why = list(dict.fromkeys(why)) or ["tied by a chain of overlaps"]
        return Shared(low if high is None else min(low, high), high, tuple(why))

    def _ties(self, first: str, second: str, overlap: Overlap) -> Iterator[_Tie]:
        """Give what an overlap says of a pair, when its sides lie around or inside the two, either way round."""
        for here, there in ((overlap.first, overlap.second), (overlap.second, overlap.first)):
            if self._related(first, here) and self._related(second, there):
                around = first in self._below[here] and second in self._below[there]
                yield _Tie(overlap, self._least_shared(first, second, overlap, here, there), around)

    def _crowded(self, first: str, second: str) -> int:
        """Give how many two cohorts share because a cohort around both is too small to keep them apart."""
        both = self.low(first) + self.low(second)
        around = (self.cohorts[holder].high for holder in self._above[first] & self._above[second])
        return max((both - high for high in around if high is not None), default=0)

    def _of_one_study(self, first: str, second: str) -> bool:
        study = self.cohorts[first].study
        return bool(study) and study == self.cohorts[second].study

    def _related(self, one: str, other: str) -> bool:
        return one in self._above[other] or other in self._above[one]

    def _least_shared(self, first: str, second: str, overlap: Overlap, here: str, there: str) -> int:
        """Carry the stated number over: whole when both sides grow, less those that a smaller side may leave out."""
        stated = overlap.low if overlap.low is not None else _LEAST[overlap.degree]
        for mine, theirs in ((first, here), (second, there)):
            if theirs in self._below[mine]:
                continue
            most = self.high(theirs)
            if most is None:
                return 0
            stated -= most - self.low(mine)
        return max(stated, 0)


def _least(*values: int | None) -> int | None:
    return min((value for value in values if value is not None), default=None)


def maximal(sharing: Sharing, chosen: Iterable[str]) -> Mapping[str, str]:
    """Map each chosen cohort to the chosen cohort that holds all its patients (itself when none does).

    Of cohorts with the same patients the first by IRI stands for all.
    """
    names = sorted(set(chosen))
    keeper: dict[str, str] = {}
    for name in names:
        holders = [other for other in names if other in sharing.above(name)]
        outer = [other for other in holders if not (sharing.above(other) & set(names)) - sharing.below(other)]
        keeper[name] = min(outer)
    return keeper
