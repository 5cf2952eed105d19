"""Count the distinct patients who meet a condition: bounds, reasons, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from cartkg.synthesis.counting.bounds import bound
from cartkg.synthesis.counting.shares import GroupShare, LowerBoundBasis
from cartkg.synthesis.patients.cohorts import Contradiction
from cartkg.synthesis.patients.setting import SetFacts, tightened
from cartkg.synthesis.patients.standing import Standing
from cartkg.synthesis.questions.groups import CountedGroups, NotCounted, PatientGroup, PatientQuestion
from cartkg.synthesis.reading.lookup import GraphLookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from cartkg.graph import KnowledgeGraph
    from cartkg.synthesis.patients.relations import Relations
    from cartkg.synthesis.patients.setting import Apart
    from cartkg.synthesis.patients.standing import Relation

    Set = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Gap:
    """Two groups that may share patients, so that the bounds differ.

    Attributes:
        first, second: IRIs of the two cohorts.
        why: how they stand to each other, with the facts.
        rows: dossier rows of the facts.
        most: most patients that they may share.
        closed_by: what one would have to know.
    """

    first: str
    second: str
    why: str
    rows: tuple[str, ...]
    most: int
    closed_by: str

    def __str__(self) -> str:
        first, second = (iri.rpartition("/cohort/")[2] for iri in (self.first, self.second))
        return f"{first} and {second} may share up to {self.most}: {self.why}"


@dataclass(frozen=True, slots=True)
class PatientCount:
    """The number of distinct patients that answer a question.

    Attributes:
        low: fewest distinct patients.
        high: most distinct patients; None when a number is not reported and nothing bounds it.
        bare_sum: what adding the groups up would give; shown to be compared, never to be used.
        used: the groups that the question found.
        apart: those whose patients make up the lower bound.
        left_out: cohorts and findings that do not count, and why.
        gaps: why the bounds differ; empty when the count is exact.
        open: groups without a number that leave the upper end open.
        shares: what the lower bound counts of each group, and why not all; they add up to it. Empty when it is refused.
        contradictions: statements on the cohorts of the question that cannot all be true; the count is then refused.
    """

    low: int
    high: int | None
    bare_sum: int
    used: tuple[PatientGroup, ...]
    apart: tuple[PatientGroup, ...]
    left_out: tuple[NotCounted, ...]
    gaps: tuple[Gap, ...]
    open: tuple[PatientGroup, ...]
    contradictions: tuple[Contradiction, ...] = ()
    shares: tuple[GroupShare, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the two bounds are one number."""
        return self.low == self.high

    def __str__(self) -> str:
        if self.contradictions:
            return "refused"
        if self.exact:
            return str(self.low)
        return f"at least {self.low}" if self.high is None else f"{self.low} to {self.high}"


def count(question: PatientQuestion, relations: Relations, graph: KnowledgeGraph) -> PatientCount:
    """Count the patients that answer a question, each once."""
    answers = CountedGroups(question, relations, GraphLookup(graph))
    return count_once(relations, answers.groups, answers.left_out)


def count_once(
    relations: Relations, groups: Iterable[PatientGroup], left_out: Iterable[NotCounted] = ()
) -> PatientCount:
    """Count the distinct patients of some groups.

    Args:
        relations: all cohorts and what is known of the patients that they share.
        groups: what is counted together.
        left_out: what is only carried into the result.
    """
    found = count_groups(relations, groups, left_out)
    if found.contradictions:
        return found
    setting, places, cohorts = _with_groups(relations, found.used)
    tight = tightened(setting)
    counted = bound(setting, sorted(set(places))).counted if found.used else {}
    shares = tuple(LowerBoundBasis(tight, cohorts, places, found.used, counted).shares())
    gaps = () if found.exact else tuple(_gaps(relations, setting, places, found.used))
    return replace(found, gaps=gaps, shares=shares)


def count_groups(
    relations: Relations, groups: Iterable[PatientGroup], left_out: Iterable[NotCounted] = ()
) -> PatientCount:
    """Count as `count_once` does, without looking for the reasons: what is counted of each group, and the gaps."""
    used = tuple(sorted(set(groups), key=lambda group: (group.cohort, group.row, group.low)))
    refused = PatientCount(0, None, 0, used, (), tuple(left_out), (), ())
    clashes = _clashes(relations, used)
    if clashes:
        return replace(refused, contradictions=clashes)
    setting, places, _ = _with_groups(relations, used)
    try:
        found = bound(setting, sorted(set(places)))
    except ValueError:
        rows = tuple(dict.fromkeys(row for group in used for row in (relations.cohorts[group.cohort].row, group.row)))
        return replace(refused, contradictions=(Contradiction("these rows cannot all be true", rows),))
    standing = dict(reversed(list(zip(places, used, strict=True))))
    apart = tuple(standing[place] for place in sorted(set(found.apart) & standing.keys()))
    opened = tuple(group for group in used if group.high is None) if found.high is None else ()
    return PatientCount(
        found.low, found.high, sum(group.low for group in used), used, apart, tuple(left_out), (), opened
    )


def assessed(relations: Relations, groups: Iterable[PatientGroup]) -> int:
    """Return how many patients were assessed: of each cohort the largest number that a result states, else its size.

    Visits of one cohort, cohorts inside another, and cohorts that are the same patients count once. A cohort that also
    includes patients with other diseases counts whole. Cohorts that only may share patients are added up.

    Args:
        relations: all cohorts and what is known of the patients that they share.
        groups: those of whom a finding says that they reached an outcome.
    """
    above, most = relations.setting.above, dict[int, int]()
    for group in groups:
        number = relations.cohorts[group.cohort].high if group.of is None else group.of
        at = relations.index(group.cohort)
        most[at] = max(most.get(at, 0), number or 0)
    outer = [at for at in most if not above[at] & most.keys()]
    return sum(max(number for at, number in most.items() if at == whole or whole in above[at]) for whole in outer)


def clashing(relations: Relations, groups: Iterable[PatientGroup]) -> tuple[PatientGroup, ...]:
    """Return a smallest set of groups that contradict each other; without any one of them the others do not."""
    kept = sorted(set(groups), key=lambda group: (group.cohort, group.row, group.low))
    for group in tuple(kept):
        fewer = [each for each in kept if each is not group]
        if fewer and count_groups(relations, fewer).contradictions:
            kept = fewer
    return tuple(kept)


def _clashes(relations: Relations, used: Sequence[PatientGroup]) -> tuple[Contradiction, ...]:
    """Return the contradictions that touch a cohort of the question, or one around it."""
    rows = {relations.cohorts[up].row for group in used for up in relations.above(group.cohort)}
    return tuple(each for each in relations.contradictions if rows & set(each.rows))


def _with_groups(relations: Relations, groups: Sequence[PatientGroup]) -> tuple[SetFacts, list[int], list[str]]:
    """Return the setting of the cohorts with a set for each group inside, the numbers of these, and the cohorts."""
    base = relations.setting
    first = len(base)
    low, high, above = list(base.low), list(base.high), list(base.above)
    places, homes = [], []
    for group in groups:
        home = relations.index(group.cohort)
        if group.whole:
            places.append(home)
            continue
        places.append(len(low))
        homes.append(home)
        low.append(group.low)
        high.append(group.high)
        above.append(base.above[home] | {home})
    at = [*range(first), *homes]
    apart = base.apart[np.ix_(at, at)]
    _set_apart(relations, groups, places, apart)
    setting = SetFacts(low, high, _with_parts(relations, groups, places, above), apart, base.least, base.most)
    kept = sorted(set(places) | {up for place in places for up in setting.above[place]})
    kept += [number for number in _partners(setting, kept) if number not in set(kept)]
    kept = sorted({*kept, *setting.inside(kept)})
    place = {number: at for at, number in enumerate(kept)}
    iris = {relations.index(iri): iri for iri in reversed(relations.cohorts)}
    return setting.sub(kept), [place[number] for number in places], [iris[at[number]] for number in kept]


def _set_apart(relations: Relations, groups: Sequence[PatientGroup], places: Sequence[int], apart: Apart) -> None:
    """Keep the patients with a disease apart from cohorts, and from groups in these, that have other diseases."""
    homes = np.array([*range(len(relations.setting)), *(0 for _ in range(len(apart) - len(relations.setting)))])
    for group, place in zip(groups, places, strict=True):
        homes[place] = relations.index(group.cohort)
    known: dict[frozenset[str], Set] = {}
    for group, place in zip(groups, places, strict=True):
        if not group.besides:
            continue
        if group.besides not in known:
            others = np.zeros(len(relations.setting), dtype=bool)
            others[[relations.index(iri) for iri in group.besides]] = True
            known[group.besides] = others
        there = known[group.besides].copy()
        home = homes[place]
        there[[home, *relations.setting.above[home]]] = False
        apart[place, there[homes]] = apart[there[homes], place] = True


def _with_parts(
    relations: Relations, groups: Sequence[PatientGroup], places: Sequence[int], above: list[frozenset[int]]
) -> list[frozenset[int]]:
    """Put whole cohorts of the question into the part of a mixed cohort that has its disease."""
    wholes = {place for group, place in zip(groups, places, strict=True) if group.whole}
    for group, place in zip(groups, places, strict=True):
        if group.whole or group.row != relations.cohorts[group.cohort].row:
            continue
        home = relations.index(group.cohort)
        for inner in wholes:
            if home in above[inner]:
                above[inner] |= {place}
    return above


def _partners(setting: SetFacts, kept: Sequence[int]) -> list[int]:
    """Return the sets that certainly share patients with the kept ones, and those that contain them."""
    mine = set(kept)
    near = {number for both in setting.least for number in both if mine & set(both)}
    return sorted(near | {up for number in near for up in setting.above[number]})


def _gaps(relations: Relations, setting: SetFacts, places: Sequence[int], groups: Sequence[PatientGroup]) -> list[Gap]:
    """Return the pairs of groups that may share patients, the stated ones first, then by how many they may share."""
    outer: dict[str, int] = {}
    for group, place in zip(groups, places, strict=True):
        if setting.above[place] & set(places):
            continue
        most = setting.high[place]
        if most != 0:
            outer[group.cohort] = max(outer.get(group.cohort, 0), most if most is not None else group.low)
    found: list[tuple[bool, Gap]] = []
    for one, other in combinations(sorted(outer), 2):
        if not relations.may_share(one, other) or relations.index(one) == relations.index(other):
            continue
        relation = relations.relation(one, other)
        if relation.standing in (Standing.INSIDE, Standing.AROUND):
            continue
        most = min(each for each in (outer[one], outer[other], relation.most) if each is not None)
        found.append((_is_stated(relation), _gap(relations, one, other, relation, most)))
    return [
        gap for _, gap in sorted(found, key=lambda item: (not item[0], -item[1].most, item[1].first, item[1].second))
    ]


def _is_stated(relation: Relation) -> bool:
    return any("overlap:" in fact.text for fact in relation.facts)


def _gap(relations: Relations, one: str, other: str, relation: Relation, most: int) -> Gap:
    rows = tuple(dict.fromkeys(row for fact in relation.facts for row in fact.rows))
    why = "; ".join(fact.text for fact in relation.facts)
    return Gap(one, other, why, rows, most, relations.closing(one, other))
