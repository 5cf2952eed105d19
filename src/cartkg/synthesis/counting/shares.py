"""Show how many patients of each group a lower bound counts, and why not all.

What is counted adds up to the bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cartkg.synthesis.patients.setting import SetFacts
    from cartkg.synthesis.questions.groups import PatientGroup

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class GroupShare:
    """The part of a group that a lower bound counts.

    Attributes:
        cohort: IRI of the cohort.
        group: the group; None for a cohort that no answer names but that is inside one.
        counted: patients that the lower bound counts of it.
        why: why that is not the number of the group; empty where it is.
    """

    cohort: str
    group: PatientGroup | None
    counted: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class LowerBoundBasis:
    """The basis of a lower bound.

    Attributes:
        setting: what is certain of the sets.
        cohorts: IRI of the cohort of each set.
        places: the number of the set of each group.
        groups: the groups.
        counted: patients counted of each set, by its number.
    """

    setting: SetFacts
    cohorts: Sequence[str]
    places: Sequence[int]
    groups: Sequence[PatientGroup]
    counted: Mapping[int, int]

    def shares(self) -> Iterator[GroupShare]:
        """Yield what is counted of each group, then of cohorts inside them; the sum is the lower bound."""
        seen: set[int] = set()
        for place, group in zip(self.places, self.groups, strict=True):
            again = place in seen
            seen.add(place)
            counted = 0 if again else self.counted.get(place, 0)
            why = self._again(place, group) if again else self._why(place, group, counted)
            yield GroupShare(group.cohort, group, counted, why)
        for place, counted in sorted(self.counted.items()):
            if place not in seen and counted:
                around = self._names(up for up in sorted(self.setting.above[place]) if up in seen)
                yield GroupShare(self.cohorts[place], None, counted, f"is part of {around}")

    def _again(self, place: int, group: PatientGroup) -> str:
        name = self._names(iter([place]))
        return f"the same patients as {'another row' if group.cohort.endswith(f'/cohort/{name}') else name}"

    def _why(self, place: int, group: PatientGroup, counted: int) -> str:
        if counted == group.low:
            return "" if counted else "its number of patients is not stated"
        if counted > group.low:
            inside = (one for one, above in enumerate(self.setting.above) if place in above and self.setting.low[one])
            return f"it contains {self._names(inside)}"
        tied = [one for one, size in self.counted.items() if size and one != place]
        parts = [one for one in tied if place in self.setting.above[one]]
        around = [one for one in tied if one in self.setting.above[place]]
        beside = [one for one in tied if not self.setting.apart[one, place] and one not in {*parts, *around}]
        said = [
            f"{words} {self._names(iter(ones), group.cohort)}"
            for words, ones in (("it holds", parts), ("lies inside", around), ("may be the same patients as", beside))
            if ones
        ]
        return " and ".join(said)

    def _names(self, places: Iterator[int], own: str = "") -> str:
        known = dict(zip(reversed(self.places), (group.cohort for group in reversed(self.groups)), strict=True))
        iris = (known.get(place, self.cohorts[place]) for place in places)
        names = list(
            dict.fromkeys("another row of this cohort" if iri == own else iri.rpartition("/cohort/")[2] for iri in iris)
        )
        return ", ".join([*names[:_SHOWN], *(["others"] if len(names) > _SHOWN else [])])


def steps(totals: Sequence[int]) -> list[int]:
    """Return what each of some sets adds to a bound: never negative, and in sum the last total.

    Args:
        totals: the bound for the first set, for the first two, and so on.
    """
    found, reached = [], 0
    for total in totals:
        step = max(0, min(total, totals[-1]) - reached)
        reached += step
        found.append(step)
    return found
