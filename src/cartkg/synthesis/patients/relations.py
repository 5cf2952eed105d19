"""Work out how the patients of any two cohorts are related, with the facts; the rules are in docs on counting."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cartkg.synthesis.patients.apartness import Distinction, differ_in, rules
from cartkg.synthesis.patients.cohorts import Cohort, CohortReason, Contradiction, Degree, Overlap, Traits
from cartkg.synthesis.patients.setting import SetFacts, pair, tightened
from cartkg.synthesis.patients.standing import Relation, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Grid = NDArray[np.bool_]


class Relations:
    """Everything known about shared patients, with what follows from it.

    Attributes:
        cohorts: the cohorts by IRI.
        contradictions: statements that cannot all be true; a count that touches them is refused.
    """

    def __init__(self, cohorts: Iterable[Cohort], overlaps: Iterable[Overlap]) -> None:
        self.cohorts = {cohort.iri: cohort for cohort in cohorts}
        self._list = list(self.cohorts.values())
        self._at = {cohort.iri: at for at, cohort in enumerate(self._list)}
        self.contradictions: list[Contradiction] = []
        self.overlaps = [self._checked(item) for item in overlaps if item.first in self._at and item.second in self._at]
        self._by_end: dict[str, list[Overlap]] = {iri: [] for iri in self.cohorts}
        for overlap in self.overlaps:
            self._by_end[overlap.first].append(overlap)
            self._by_end[overlap.second].append(overlap)
        self._up: list[dict[int, CohortReason]] = [{} for _ in self._list]
        self._state_containment()
        self._close()
        stated = list(self.contradictions)
        self._separate()
        if self._partitions():
            self.contradictions = stated
            self._close()
            self._separate()
        self.setting = self._settle()

    def index(self, iri: str) -> int:
        """Return the number, in `setting`, of the set that a cohort is."""
        return self._class[self._at[iri]]

    def above(self, iri: str) -> frozenset[str]:
        """Return the cohorts that contain all patients of this one, including itself."""
        return frozenset(self._list[at].iri for at in self._above[self._at[iri]])

    def inside(self, iri: str) -> frozenset[str]:
        """Return the cohorts whose patients this one contains, including itself."""
        return frozenset(self._list[at].iri for at in self._below[self._at[iri]])

    def may_share(self, first: str, second: str) -> bool:
        """Whether nothing rules out that the two share a patient."""
        return not self._apart[self._at[first], self._at[second]]

    def traits(self, iri: str) -> Traits:
        """Return the traits of a cohort, with those that it has from the cohorts around it."""
        return self._traits[self._at[iri]]

    def _checked(self, overlap: Overlap) -> Overlap:
        """Report a share that is larger than a cohort, and bound it by the cohort."""
        for iri in (overlap.first, overlap.second):
            size = self.cohorts[iri].high
            if size is not None and overlap.least > size:
                message = f"{overlap.least} shared patients are more than the {size} of {self.cohorts[iri].label}"
                self.contradictions.append(Contradiction(message, (overlap.row, self.cohorts[iri].row)))
                overlap = replace(overlap, low=size)
        return overlap

    def _state_containment(self) -> None:
        for at, cohort in enumerate(self._list):
            rows = (cohort.row,) if cohort.row else ()
            for whole in sorted(cohort.part_of & self._at.keys()):
                self._up[at][self._at[whole]] = CohortReason(
                    f"{_name(cohort)} is part of {_name(self.cohorts[whole])}", rows
                )
            for other in sorted(cohort.same_as & self._at.keys()):
                fact = CohortReason(f"{_name(cohort)} and {_name(self.cohorts[other])} are the same patients", rows)
                self._up[at][self._at[other]] = self._up[self._at[other]][at] = fact
                self._same_size(cohort, self.cohorts[other])
        self._circles()
        for overlap in self.overlaps:
            for here, there in ((overlap.first, overlap.second), (overlap.second, overlap.first)):
                size = self.cohorts[here].high
                if overlap.least and size is not None and overlap.least >= size and here != there:
                    text = f"all {size} of {_name(self.cohorts[here])} are part of {_name(self.cohorts[there])}"
                    fact = CohortReason(f"{text} ({overlap.basis})", (overlap.row,))
                    self._up[self._at[here]].setdefault(self._at[there], fact)

    def _same_size(self, one: Cohort, other: Cohort) -> None:
        if None not in (one.high, other.high) and (one.low > (other.high or 0) or other.low > (one.high or 0)):
            message = f"{_name(one)} ({one.size}) and {_name(other)} ({other.size}) cannot be the same patients"
            self.contradictions.append(Contradiction(message, (one.row, other.row)))

    def _circles(self) -> None:
        """Report cohorts that are part of themselves through `part_of` alone."""
        for at, cohort in enumerate(self._list):
            ahead, seen = [*cohort.part_of], set()
            while ahead:
                iri = ahead.pop()
                if iri == cohort.iri:
                    self.contradictions.append(Contradiction(f"{_name(cohort)} is part of itself", (cohort.row,)))
                    self._up[at] = {}
                    break
                if iri in self.cohorts and iri not in seen:
                    seen.add(iri)
                    ahead.extend(self.cohorts[iri].part_of)

    def _close(self) -> None:
        """Find which cohorts are parts of which, directly or not, and give parts the traits of their wholes."""
        self._as_large()
        self._above = [self._reach(at) for at in range(len(self._list))]
        self._class = [min(up for up in self._above[at] if at in self._above[up]) for at in range(len(self._list))]
        self._below: list[set[int]] = [set() for _ in self._list]
        for at, found in enumerate(self._above):
            for up in found:
                self._below[up].add(at)
        self._traits = [self._merged(at) for at in range(len(self._list))]

    def _as_large(self) -> None:
        """Make a part that has as many patients as its whole the same patients."""
        for at, found in enumerate(self._up):
            for up in list(found):
                size = self._list[up].high
                if size is not None and self._list[at].low == size:
                    text = f"{_name(self._list[up])} has as many patients as its part {_name(self._list[at])}"
                    rows = (self._list[up].row, self._list[at].row)
                    self._up[up].setdefault(at, CohortReason(text, rows))

    def _reach(self, start: int) -> frozenset[int]:
        seen, ahead = {start}, [start]
        while ahead:
            for up in self._up[ahead.pop()]:
                if up not in seen:
                    seen.add(up)
                    ahead.append(up)
        return frozenset(seen)

    def _merged(self, at: int) -> Traits:
        """Return the traits of a cohort, narrowed by those of the cohorts around it; the team grows by theirs."""
        own = self._list[at].traits
        if len(self._above[at]) == 1:
            return own
        team = set(own.team)
        for up in sorted(self._above[at] - {at}):
            whole = self._list[up].traits
            team |= whole.team
            own = replace(
                own,
                countries=_narrowed(own.countries, whole.countries),
                sites=_narrowed(own.sites, whole.sites),
                trials=own.trials or whole.trials,
                developers=own.developers or whole.developers,
                cells=own.cells or whole.cells,
                period=own.period.meet(whole.period),
                ages=own.ages.meet(whole.ages),
                sexes=_narrowed(own.sexes, whole.sexes),
            )
        return replace(own, team=frozenset(team))

    def _separate(self) -> None:
        """Find the pairs that share no patients: by a rule, by their arms, or as stated; and parts of such pairs."""
        self.rules: list[Distinction] = [
            *rules(self._traits),
            Distinction("arm", lambda *_: "different arms of one study", self._arms()),
        ]
        size = len(self._list)
        hard, soft = np.zeros((size, size), dtype=bool), np.zeros((size, size), dtype=bool)
        for rule in self.rules:
            grid = soft if rule.soft else hard
            grid |= rule.pairs
        hard, soft = self._inherited(hard), self._inherited(soft)
        for overlap in self.overlaps:
            if overlap.degree is Degree.EXCLUDED:
                continue
            self._reopen(soft, overlap)
            if overlap.degree is not Degree.UNKNOWN or overlap.overrules:
                self._clash(hard, overlap)
                self._reopen(hard, overlap)
        derived = hard | soft
        self._both_degrees()
        stated = np.zeros((size, size), dtype=bool)
        for overlap in self.overlaps:
            if overlap.degree is Degree.EXCLUDED and not self._overruled(overlap):
                one, other = (sorted(self._below[self._at[iri]]) for iri in (overlap.first, overlap.second))
                stated[np.ix_(one, other)] = True
                stated[np.ix_(other, one)] = True
        self._apart = derived | stated
        self._related_never_apart()

    def _overruled(self, overlap: Overlap) -> bool:
        """Whether another statement on the same two cohorts overrules this one."""
        both = {overlap.first, overlap.second}
        return not overlap.overrules and any(
            other.overrules and {other.first, other.second} == both for other in self._by_end[overlap.first]
        )

    def _both_degrees(self) -> None:
        """Report pairs that are stated both to share patients and to share none."""
        known = {frozenset((each.first, each.second)): each for each in self.overlaps if each.degree is Degree.KNOWN}
        for overlap in self.overlaps:
            other = known.get(frozenset((overlap.first, overlap.second)))
            if overlap.degree is Degree.EXCLUDED and other and not (overlap.overrules or other.overrules):
                names = f"{_name(self.cohorts[overlap.first])} and {_name(self.cohorts[overlap.second])}"
                message = f"{names} are stated both to share patients and to share none"
                rows = (overlap.row, other.row, self.cohorts[overlap.first].row, self.cohorts[overlap.second].row)
                self.contradictions.append(Contradiction(message, rows))

    def _inherited(self, grid: Grid) -> Grid:
        """Let parts be apart where their wholes are."""
        for at, above in enumerate(self._above):
            if len(above) > 1:
                row = grid[sorted(above)].any(axis=0)
                grid[at] |= row
                grid[:, at] |= row
        return grid

    def _clash(self, grid: Grid, overlap: Overlap) -> None:
        """Report a known overlap of cohorts that traits of the patients keep apart."""
        one, other = self._at[overlap.first], self._at[overlap.second]
        if not grid[one, other] or overlap.degree is not Degree.KNOWN or overlap.overrules:
            return
        rule = next((each for each in self.rules if each.pairs[one, other] and not each.soft), None)
        why = rule.says(self._traits[one], self._traits[other]) if rule else "their whole cohorts are separate"
        message = f"a known overlap of {self._pair_name(one, other)}, which cannot share patients ({why})"
        rows = (overlap.row, self._list[one].row, self._list[other].row)
        self.contradictions.append(Contradiction(message, rows))

    def _reopen(self, grid: Grid, overlap: Overlap) -> None:
        """Let a stated overlap win where traits keep the two apart, also for the cohorts around and inside them."""
        one, other = self._at[overlap.first], self._at[overlap.second]
        if not grid[one, other]:
            return
        near, far = (sorted(self._below[at] | self._above[at]) for at in (one, other))
        grid[np.ix_(near, far)] = False
        grid[np.ix_(far, near)] = False

    def _related_never_apart(self) -> None:
        for at, above in enumerate(self._above):
            for up in above:
                if self._apart[at, up]:
                    if up != at and any(
                        overlap.degree is Degree.EXCLUDED and {overlap.first, overlap.second} == self._iris(at, up)
                        for overlap in self.overlaps
                    ):
                        pair = self._pair_name(at, up)
                        message = f"{pair}: one is part of the other, but they are stated to share no patients"
                        self.contradictions.append(Contradiction(message, (self._list[at].row, self._list[up].row)))
                    self._apart[at, up] = self._apart[up, at] = False

    def _iris(self, one: int, other: int) -> set[str]:
        return {self._list[one].iri, self._list[other].iri}

    def _pair_name(self, one: int, other: int) -> str:
        return f"{_name(self._list[one])} and {_name(self._list[other])}"

    def _arms(self) -> Grid:
        """Separate arms of one study, unless a cohort of the one is in a cohort of the other."""
        names = [f"{cohort.study} {cohort.arm}" if cohort.arm else "" for cohort in self._list]
        nested = {frozenset((names[at], names[up])) for at, above in enumerate(self._above) for up in above if up != at}
        grid = np.zeros((len(names), len(names)), dtype=bool)
        by_study: dict[str, list[int]] = {}
        for at, cohort in enumerate(self._list):
            if cohort.arm:
                by_study.setdefault(cohort.study, []).append(at)
        for members in by_study.values():
            for one in members:
                for other in members:
                    grid[one, other] = (
                        names[one] != names[other] and frozenset((names[one], names[other])) not in nested
                    )
        return grid

    def _partitions(self) -> bool:
        """Put cohorts into the one part of a whole in which their patients can be; whether any was put."""
        found = False
        for whole, cohort in enumerate(self._list):
            if cohort.high is None or len(self._below[whole]) < 2:  # noqa: PLR2004  # nothing but itself inside
                continue
            parts = sorted(at for at in self._below[whole] if whole not in self._below[at] and whole in self._up[at])
            parts = self._disjoint(parts)
            if sum(self._list[at].low for at in parts) < cohort.high:
                continue
            text = f"{_name(cohort)} is made up of {' and '.join(_name(self._list[at]) for at in parts)}"
            for inner in self._below[whole]:
                left = [part for part in parts if not self._apart[inner, part]]
                if len(left) == 1 and left[0] not in self._above[inner] and inner not in self._above[whole]:
                    rows = (cohort.row, *(self._list[at].row for at in parts), self._list[inner].row)
                    self._up[inner][left[0]] = CohortReason(
                        f"{text}, and only the {_name(self._list[left[0]])} can hold it", rows
                    )
                    found = True
        return found

    def _disjoint(self, parts: Sequence[int]) -> list[int]:
        taken: list[int] = []
        for part in sorted(parts, key=lambda at: -self._list[at].low):
            if all(self._apart[part, other] for other in taken):
                taken.append(part)
        return taken

    def _settle(self) -> SetFacts:
        """Make one set of the cohorts that are the same patients, and carry sizes and shares along."""
        roots = sorted(set(self._class))
        place = {root: at for at, root in enumerate(roots)}
        self._class = [place[root] for root in self._class]
        low = [0] * len(roots)
        high: list[int | None] = [None] * len(roots)
        for at, cohort in enumerate(self._list):
            one = self._class[at]
            low[one] = max(low[one], cohort.low)
            high[one] = min((each for each in (high[one], cohort.high) if each is not None), default=None)
        above = [frozenset(self._class[up] for up in self._above[root]) - {place[root]} for root in roots]
        least: dict[tuple[int, int], int] = {}
        most: dict[tuple[int, int], int] = {}
        for overlap in self.overlaps:
            one, two = self.index(overlap.first), self.index(overlap.second)
            if one == two:
                continue
            both = pair(one, two)
            if overlap.least:
                least[both] = max(overlap.least, least.get(both, 0))
            if overlap.high is not None and overlap.degree is Degree.KNOWN:
                most[both] = min(overlap.high, most.get(both, overlap.high))
        apart = self._apart[np.ix_(roots, roots)]
        return self._consistent(SetFacts(low, high, above, apart, least, most), roots)

    def _consistent(self, setting: SetFacts, roots: list[int]) -> SetFacts:
        """Carry sizes along; where they clash, report it and leave the clashing upper bound out."""
        while True:
            try:
                return tightened(setting)
            except ValueError as clash:
                number, _, text = str(clash).partition(": ")
                cohort = self._list[roots[int(number)]]
                rows = [cohort.row, *(self._list[at].row for at in sorted(self._below[roots[int(number)]]))]
                self.contradictions.append(Contradiction(f"{_name(cohort)}: {text}", tuple(dict.fromkeys(rows))))
                around = {int(number), *setting.above[int(number)]}
                high = [None if at in around else bound for at, bound in enumerate(setting.high)]
                setting = replace(setting, high=high)

    def relation(self, first: str, second: str) -> Relation:
        """Return how two cohorts are related, with the facts that show it."""
        one, other = self._at[first], self._at[second]
        inside, around = other in self._above[one], one in self._above[other]
        if inside or around:
            standing = Standing.SAME if inside and around else Standing.INSIDE if inside else Standing.AROUND
            return Relation(standing, self._path(one, other) if inside else self._path(other, one))
        if self._apart[one, other]:
            return Relation(Standing.APART, self._why_apart(one, other), 0, 0)
        both = pair(self._class[one], self._class[other])
        least = self.setting.least.get(both, 0)
        facts = tuple(self._stated(one, other)) or tuple(self._common(one, other)) or (self._nothing(one, other),)
        standing = Standing.SOME if least else Standing.OPEN
        return Relation(standing, facts, least, self.setting.most.get(both))

    def in_common(self, first: str, second: str) -> tuple[CohortReason, ...]:
        """Return what two cohorts have in common that makes shared patients likely; it never decides a bound."""
        return tuple(self._common(self._at[first], self._at[second]))

    def closing(self, first: str, second: str) -> str:
        """Return what one would have to know to close an open overlap."""
        missing = differ_in(self.traits(first), self.traits(second))
        wanted = "a statement of which patients are in both"
        return f"{wanted}, or {' or '.join(missing)} of both" if missing else wanted

    def _path(self, start: int, goal: int) -> tuple[CohortReason, ...]:
        """Return the facts of the shortest chain of containment."""
        before: dict[int, int] = {start: start}
        ahead = deque([start])
        while ahead and goal not in before:
            here = ahead.popleft()
            for up in self._up[here]:
                if up not in before:
                    before[up] = here
                    ahead.append(up)
        facts: list[CohortReason] = []
        while goal != start:
            facts.insert(0, self._up[before[goal]][goal])
            goal = before[goal]
        return tuple(facts)

    def _why_apart(self, one: int, other: int) -> tuple[CohortReason, ...]:
        for near in (one, *sorted(self._above[one] - {one})):
            for far in (other, *sorted(self._above[other] - {other})):
                sides = (self._list[near], self._list[far])
                for overlap in self.overlaps:
                    if overlap.degree is Degree.EXCLUDED and {overlap.first, overlap.second} == self._iris(near, far):
                        return (
                            CohortReason(f"stated: {overlap.basis}", (overlap.row,)),
                            *self._chain(one, near, other, far),
                        )
                for rule in self.rules:
                    if rule.pairs[near, far]:
                        fact = rule.fact(*sides, (self._traits[near], self._traits[far]))
                        return (fact, *self._chain(one, near, other, far))
        return ()

    def _chain(self, one: int, near: int, other: int, far: int) -> tuple[CohortReason, ...]:
        return (*self._path(one, near), *self._path(other, far))

    def _stated(self, one: int, other: int) -> list[CohortReason]:
        near, far = self._above[one] | self._below[one], self._above[other] | self._below[other]
        found = []
        for at in sorted(near):
            for overlap in self._by_end[self._list[at].iri]:
                end = overlap.second if overlap.first == self._list[at].iri else overlap.first
                if self._at[end] in far:
                    degree = overlap.degree.value.removesuffix("Overlap")
                    found.append(CohortReason(f"{degree} overlap: {overlap.basis}", (overlap.row,)))
        return found

    def _nothing(self, one: int, other: int) -> CohortReason:
        rows = tuple(row for row in (self._list[one].row, self._list[other].row) if row)
        return CohortReason("nothing separates them", rows)

    def _common(self, one: int, other: int) -> list[CohortReason]:
        here, there = self._traits[one], self._traits[other]
        rows = tuple(row for row in (self._list[one].row, self._list[other].row) if row)
        common = (
            ("one study", bool(self._list[one].study) and self._list[one].study == self._list[other].study),
            ("one registered trial", bool(here.trials & there.trials)),
            ("one site", bool(here.sites & there.sites)),
            ("one product", bool(here.products & there.products)),
            ("authors in common", bool(here.team & there.team)),
        )
        return [CohortReason(name, rows) for name, holds in common if holds]


def _narrowed(own: frozenset[str], whole: frozenset[str]) -> frozenset[str]:
    """Return what both allow; the own ones when nothing is in both."""
    return (own & whole or own) if own and whole else own or whole


def _name(cohort: Cohort) -> str:
    return cohort.row or cohort.label
